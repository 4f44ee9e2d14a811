"""Every network of the catalogue whose steps need no autograd takes the same steps as with it."""

from contextlib import suppress
from copy import deepcopy

import pytest
import torch
from nnzoo.config.inventory import options
from nnzoo.errors import UserError
from torch.testing import assert_close

from .test_zoo import NAMES, SPECS, fake, make


def tasks(name):
    """Yield the tasks of a network by kind of data; of one that differs from another in its loss or rule, only one."""
    for kind, spec in SPECS.items():
        with suppress(UserError):
            yield kind, make(name, spec)
            if name not in NAMES:
                return


@pytest.mark.parametrize("name", options("model"))
def test_a_direct_step_equals_that_of_autograd(name):
    for kind, made in tasks(name):
        if made.direct is None:
            continue
        found = []
        for engine in ("direct", "autograd"):
            task = deepcopy(made)
            task.engine = engine
            vars(task).pop("_direct")
            (optimizer,) = task.configure_optimizers()[0]
            torch.manual_seed(0)
            step = task.update(fake(task.spec), optimizer)
            gradients = [p.grad for p in task.net.parameters()]
            found.append([step.loss, step.output, *gradients, *task.net.parameters()])
            assert (task.direct is None) == (engine == "autograd")
        assert_close(found[0], found[1], msg=lambda text, kind=kind: f"{kind}: {text}")


def test_the_networks_that_are_chains():
    """Those that must be: a change of a network or layer can silently end its direct steps."""
    for name in ("mlp", "linear", "softmax_regression", "logistic_regression", "perceptron", "adaline", "autoencoder"):
        assert any(task.direct is not None for _, task in tasks(name)), name
