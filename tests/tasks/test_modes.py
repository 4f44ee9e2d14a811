"""A part of a network that the user put into evaluation mode stays in it."""

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from nnzoo.data.loader import Loader
from nnzoo.losses.multiclass.cross_entropy import CrossEntropy
from nnzoo.losses.regression.squared import Squared
from nnzoo.rules.perceptron import Perceptron
from nnzoo.spec import DataSpec
from nnzoo.tasks.base import Task
from nnzoo.tasks.batch_cursor import BatchCursor
from nnzoo.tasks.learners.closed_form import Ridge
from nnzoo.tasks.learners.last_linear import last_linear
from nnzoo.tasks.learners.pocket import Pocket
from nnzoo.tasks.modes import evaluation_mode
from nnzoo.training import trainers
from torch import Tensor, nn

from tests.support.tasks import loaders, make
from tests.support.trainers import fit

CLASSES = DataSpec("real", (4,), "classes", 3)
NUMBERS = DataSpec("real", (4,), "real", 2)
TWO = DataSpec("real", (4,), "classes", 2)


class Net(nn.Module):
    """A network whose dropout is in evaluation mode while the rest is trained."""

    def __init__(self, outputs: int) -> None:
        super().__init__()
        self.drop, self.norm, self.last = nn.Dropout(0.5), nn.LayerNorm(4), nn.Linear(4, outputs)
        self.drop.eval()

    def forward(self, x: Tensor, mask: Tensor | None = None) -> Tensor:
        return self.last(self.norm(self.drop(x)))


def modes(net: nn.Module) -> list[bool]:
    return [part.training for part in net.modules()]


def test_each_module_gets_its_own_mode_back() -> None:
    net = Net(3)
    before = modes(net)
    assert before == [True, False, True, True]
    with evaluation_mode(net):
        assert modes(net) == [False] * 4
    assert modes(net) == before
    with pytest.raises(RuntimeError), evaluation_mode(net):
        raise RuntimeError
    assert modes(net) == before


def count_work(net: Net) -> None:
    trainers.count_multiplications(make(Task, net, CrossEntropy(), CLASSES), 10)


def find_last(net: Net) -> None:
    last_linear(net, CLASSES)


def count_errors(net: Net) -> None:
    task = make(Pocket, net, Perceptron(), TWO)
    task.cursor = BatchCursor(Loader(TWO.fake_batch(6, torch.Generator().manual_seed(0)), batch_size=3))
    task.errors()


@pytest.mark.parametrize("look", [count_work, find_last, count_errors])
def test_a_frozen_part_stays_frozen(look: Callable[[Net], None]) -> None:
    net = Net(1 if look is count_errors else 3)
    before = modes(net)
    look(net)
    assert modes(net) == before


@pytest.mark.parametrize("kind", [Task, Ridge])
def test_a_frozen_part_stays_frozen_in_a_run(tmp_path: Path, kind: type[Task]) -> None:
    """It stays frozen in epochs and validations."""
    spec, loss = (CLASSES, CrossEntropy()) if kind is Task else (NUMBERS, Squared())
    net = Net(spec.target_size)
    before = modes(net)
    fit(make(kind, net, loss, spec), *loaders(spec), tmp_path, epochs=2)
    assert modes(net) == before
