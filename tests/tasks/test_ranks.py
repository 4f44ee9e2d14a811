"""Parts of batches and sums of gradients and metrics over processes, against whole batches."""

from collections.abc import Iterator
from copy import deepcopy
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import torch
from nnzoo.losses.base import Loss
from nnzoo.losses.multiclass.cross_entropy import CrossEntropy
from nnzoo.losses.regression.squared import Squared
from nnzoo.spec import Batch, DataSpec
from nnzoo.tasks.base import Task
from nnzoo.tasks.learners.rule import RuleTask
from nnzoo.tasks.metrics.base import Metrics
from nnzoo.tasks.metrics.classification import ClassificationMetrics
from nnzoo.tasks.metrics.reconstruction import ReconstructionMetrics
from nnzoo.tasks.metrics.regression import RegressionMetrics
from nnzoo.tasks.penalties import WeightPenalty
from nnzoo.tasks.ranks import Ranks
from torch import distributed, nn
from torch.testing import assert_close

from tests.support.networks import Flat, Steps
from tests.support.ranks import rank_of
from tests.support.tasks import make

EXAMPLES = DataSpec("real", (4,), "classes", 3)
CASES: dict[str, tuple[DataSpec, Any, Loss]] = {
    "examples": (EXAMPLES, lambda: Flat(4, 3), CrossEntropy()),
    "known entries": (DataSpec("real", (4,), "real", 5, partial=True), lambda: Flat(4, 5), Squared()),
    "masked steps": (
        DataSpec("real", (4,), "classes", 3, sequence=True, per_step=True),
        lambda: Steps(4, 3, every=True),
        CrossEntropy(),
    ),
}


@pytest.mark.usefixtures("float64")
@pytest.mark.parametrize("size", [2, 5])
@pytest.mark.parametrize("name", CASES)
def test_the_gradients_of_the_parts_add_up_to_that_of_the_batch(name: str, size: int) -> None:
    """Also of a batch of 3 examples among 5 processes, two of which have none. Penalties count once."""
    spec, network, loss = CASES[name]
    batches = [spec.fake_batch(n, torch.Generator().manual_seed(n)) for n in (7, 3)]
    batches = [b._replace(x=b.x.double(), y=b.y.double() if spec.partial else b.y) for b in batches]
    penalties = {"weight": WeightPenalty(weight=0.1)}
    descent = partial(torch.optim.SGD, lr=0.3)
    whole = make(Task, network(), loss, spec, optimizer=descent, penalties=penalties)
    before = deepcopy(whole.net.state_dict())
    whole.accumulate(batches, *whole.make_optimizers())
    changes: list[dict[str, torch.Tensor]] = []
    for rank in range(size):
        task = make(Task, network(), loss, spec, optimizer=descent, penalties=penalties)
        task.net.load_state_dict(before)
        task.ranks = ranks = rank_of(rank, size)
        ranks.sum_gradients = lambda parameters: None  # type: ignore[method-assign]
        parts = [ranks.part(batch) for batch in batches]
        task.update_together(parts, sum(map(task.count, batches)), *task.make_optimizers())
        changes.append({key: value - before[key] for key, value in task.net.state_dict().items()})
    for key, value in whole.net.state_dict().items():
        assert_close(sum(change[key] for change in changes), value - before[key])


def test_the_parts_are_the_batch() -> None:
    batch = Batch(torch.arange(7.0)[:, None], torch.arange(7))
    parts = [rank_of(rank, 3).part(batch) for rank in range(3)]
    assert [part.y.tolist() for part in parts] == [[0, 1], [2, 3], [4, 5, 6]]
    assert rank_of(0, 2).part(batch.rows(slice(1))) is None
    assert rank_of(1, 2).part(batch.rows(slice(1))).y.tolist() == [0]


@pytest.mark.parametrize("kind", [ClassificationMetrics, RegressionMetrics, ReconstructionMetrics])
def test_metrics_of_processes_together_equal_those_of_one(kind: type[Metrics]) -> None:
    """Far from 0, where the origins of the processes differ. The last process has had no batch."""
    generator = torch.Generator().manual_seed(3)
    shape = (20,) if kind is ClassificationMetrics else (20, 3)
    draw = partial(torch.rand, *shape, generator=generator, dtype=torch.float64)
    found, true = (1000 + draw(), 1000 + draw())
    if kind is ClassificationMetrics:
        found, true = (found * 3).long() % 3, (true * 3).long() % 3
    whole, first, second, none = (kind() for _ in range(4))
    whole.update(found, true, None)
    first.update(found[:7], true[:7], None)
    second.update(found[7:], true[7:], None)
    states = [each.state() for each in (first, second, none)]
    none.load_state(none.combined([state for state in states if state]))
    expected = whole.compute(0.5)
    assert none.compute(0.5) == pytest.approx(expected, rel=1e-9)


@pytest.fixture
def alone(tmp_path: Path) -> Iterator[Ranks]:
    """A process group of one process."""
    distributed.init_process_group("gloo", init_method=f"file://{tmp_path / 'store'}", rank=0, world_size=1)
    yield Ranks()
    distributed.destroy_process_group()


def test_a_parameter_without_gradient_stays_without(alone: Ranks) -> None:
    """Otherwise Adam with weight decay would change it."""
    used, unused = nn.Parameter(torch.ones(2, 3)), nn.Parameter(torch.ones(2))
    used.grad = torch.arange(6.0).view(2, 3)
    alone.sum_gradients([used, unused])
    assert unused.grad is None
    assert used.grad.tolist() == [[0, 1, 2], [3, 4, 5]]
    alone.copy([used, unused])
    assert alone.gather("a") == ["a"]
    assert alone.broadcast("a") == "a"


def test_random_numbers_differ_between_processes_and_are_restored(alone: Ranks) -> None:
    torch.manual_seed(5)
    alone.seed()
    states = alone.states("state")
    first = torch.rand(3)
    assert alone.restore(states) == "state"
    assert torch.equal(torch.rand(3), first)
    torch.manual_seed(5)
    alone.rank = 1
    assert alone.restore([states[0], states[0], states[0]]) is None  # of three processes
    assert not torch.equal(torch.rand(3), first)


def test_what_cannot_be_distributed() -> None:
    rule = make(RuleTask, nn.Linear(4, 3), CrossEntropy(), EXAMPLES)
    assert rule.why_not_distributed() == "a rule replaces the gradient"
    assert make(Task, Flat(4, 3), CrossEntropy(), EXAMPLES).why_not_distributed() is None
