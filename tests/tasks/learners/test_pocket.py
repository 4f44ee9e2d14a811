"""The pocket algorithm: which weights it keeps, also in a resumed run."""

from functools import partial
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from nnzoo import api
from nnzoo.data.loader import Loader
from nnzoo.data.splits import Split
from nnzoo.rules.perceptron import Perceptron
from nnzoo.spec import Batch, DataSpec
from nnzoo.tasks.learners.pocket import Pocket
from torch import nn

from tests.support.networks import Affine
from tests.support.tasks import make


@pytest.fixture
def settings(tmp_path: Path) -> list[str]:
    """Two classes that overlap, a fifth of the labels wrong."""
    numbers = np.random.default_rng(0)
    x = numbers.normal(size=(120, 2)).astype("float32")
    y = ((x @ [1.0, 2.0] > 0) ^ (numbers.random(120) < 0.2)).astype(int)
    np.savez(tmp_path / "overlap.npz", x=x, y=y, x_test=x, y_test=y)
    return [
        f"data=array data.path={tmp_path / 'overlap.npz'} data.val=0 loader.batch_size=5 model=pocket".split(),
        f"callbacks=none trainer.threads=1 trainer.accelerator=cpu output_dir={tmp_path} evaluate=[test]".split(),
        ["+callbacks.last._target_=nnzoo.callbacks.last.LastCheckpoint", "+callbacks.last.every_seconds=0"],
    ]


def train(settings: list[list[str]], *further: str) -> api.Result:
    return api.train(*(word for line in settings for word in line), *further)


def test_the_pocket_has_the_fewest_training_errors(settings, monkeypatch):
    """The test set equals the training set, and the last weights are the best so far."""
    counted: list[int] = []
    errors = Pocket.errors
    monkeypatch.setattr(Pocket, "errors", lambda self: counted.append(errors(self)) or counted[-1])
    kept = train(settings, "trainer.max_epochs=6").metrics["test/last"]["errors"]
    assert len(counted) == 1 + 6 * 24
    assert kept == min(counted) < counted[-1]
    walking = train(settings, "trainer.max_epochs=6", "task=rule").metrics["test/last"]["errors"]
    assert walking == counted[-1]  # the pocket does not disturb the walk


def test_resumed_training_is_exact(settings):
    weights = {}
    for name, parts in {"whole": [6], "parts": [2, 6]}.items():
        result = train(settings, f"trainer.max_epochs={parts[0]}", "trainer.steps_per_slice=5")
        for epochs in parts[1:]:
            result = api.resume(result.directory, f"trainer.max_epochs={epochs}")
        saved = torch.load(result.directory / "checkpoints" / "last.ckpt", weights_only=True)
        weights[name] = [*saved["state_dict"].values(), *saved["nnzoo"]["walking"]], saved["nnzoo"]["fewest"]
    assert weights["whole"][1] == weights["parts"][1]
    assert all(map(torch.equal, weights["whole"][0], weights["parts"][0]))
    assert not torch.equal(weights["whole"][0][0], weights["whole"][0][2])


PER_STEP = DataSpec("real", (2,), "classes", 2, sequence=True, per_step=True)


def pocket(net: nn.Module, spec: DataSpec, batch: Batch) -> tuple[Pocket, torch.optim.Optimizer]:
    """Return the task with a batch as its training examples."""
    task = make(Pocket, net, Perceptron(), spec, optimizer=partial(torch.optim.SGD, lr=1.0))
    task.cursor = SimpleNamespace(loader=Loader(Split(batch), batch_size=2, per_step=spec.per_step))
    (optimizer,), _ = task.configure_optimizers()
    return task, optimizer


def test_of_equally_good_weights_the_earlier_ones_are_kept():
    """Exclusive or, one example after the other, with the bias as an input: other weights with as few errors come."""
    x = torch.tensor([[-1.0, -1, 1], [1, 1, 1], [1, -1, 1], [-1, 1, 1]])
    batch, net = Batch(x, torch.tensor([1, 1, 0, 0])), Affine(3, 1, bias=False)
    torch.nn.init.zeros_(net.linear.weight)
    task, optimizer = pocket(net, DataSpec("real", (3,), "classes", 2), batch)
    rule = torch.zeros(1, 3)
    best, kept, ties = wrong(rule, batch), rule, 0
    for step in range(20):
        i = slice(step % 4, step % 4 + 1)
        task.update(batch.rows(i), optimizer)
        rule = rule + task.loss.error(x[i] @ rule.T, batch.y[i]).T @ x[i]
        errors = wrong(rule, batch)
        ties += errors == best and not torch.equal(rule, kept)
        if errors < best:
            best, kept = errors, rule
        assert torch.equal(net.linear.weight, kept)
        assert torch.equal(task.current_weights[0], rule)
    assert ties


def wrong(weight: torch.Tensor, batch: Batch) -> int:
    return int((((batch.x @ weight.T)[:, 0] > 0) != batch.y.bool()).sum())


def test_errors_at_padding_do_not_count():
    x = torch.ones(3, 4, 2)
    mask = torch.tensor([[True] * 4, [True, True, False, False], [True, False, False, False]])
    y = torch.where(mask, 1, 0)
    y[0, 0] = 0
    net = Affine(2, 1)
    torch.nn.init.ones_(net.linear.weight)
    task, _ = pocket(net, PER_STEP, Batch(x, y, mask))
    assert task.errors() == 1
