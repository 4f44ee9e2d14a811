"""Metrics of several members at once, against the accumulator of each."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
import torch
from nnzoo.losses import CrossEntropy, Squared
from nnzoo.spec import DataSpec
from nnzoo.tasks.base import Task
from nnzoo.tasks.step import Step
from nnzoo.training.members import metrics
from nnzoo.training.members.gradient import StackedStep
from nnzoo.training.members.metrics import StackedMetrics
from torch import Tensor, nn
from torchmetrics import MeanAbsoluteError
from torchmetrics.classification import MulticlassF1Score

from tests.support.networks import Unmasked
from tests.support.tasks import make

MEMBERS = 2
CLASSES = DataSpec("real", (3,), "classes", 4)
STEPS = DataSpec("real", (3,), "classes", 4, sequence=True, per_step=True)
UNPADDED = replace(STEPS, seq_len=4)
CURVES = DataSpec("real", (3,), "real", 2, sequence=True, seq_len=4, per_step=True)
CURVE = DataSpec("real", (3,), "real", 2)
SCALED = [DataSpec("real", (3,), "real", 1, target_mean=(10.0 * i,), target_scale=(1.0 + i,)) for i in range(MEMBERS)]
SIZES = (5, 5, 3)
SPECS: dict[str, Sequence[DataSpec]] = {
    "classes": [CLASSES] * MEMBERS,
    "steps": [STEPS] * MEMBERS,
    "steps without padding": [UNPADDED] * MEMBERS,
    "curve": [CURVE] * MEMBERS,
    "curves": [CURVES] * MEMBERS,
    "units of their own": SCALED,
}


def tasks(specs: Sequence[DataSpec], **further: Any) -> list[Task]:
    loss = Squared if specs[0].target == "real" else CrossEntropy
    return [make(Task, Unmasked(nn.Linear(3, 1)), loss(), spec, **further) for spec in specs]


def steps(specs: Sequence[DataSpec], epoch: int = 0) -> list[tuple[list[Step], list[Tensor | None]]]:
    """Return steps of an epoch, of each member, with their masks. Sequences become shorter from step to step."""
    found = []
    for number, size in enumerate(SIZES):
        generator = torch.Generator().manual_seed(10 * epoch + number)
        each = [spec.fake_batch(size, generator) for spec in specs]
        length = min(batch.y.shape[1] for batch in each) - number if specs[0].sequence else 0
        each = [batch.steps(0, length, per_step=True) if length else batch for batch in each]
        shape = [*each[0].y.shape[: 1 + bool(length)], specs[0].target_size]
        made = [
            Step(torch.rand((), generator=generator), torch.randn(shape, generator=generator), batch.y)
            for batch in each
        ]
        found.append((made, [batch.mask for batch in each]))
    return found


def together(each: Sequence[Step]) -> StackedStep:
    notes = {name: torch.stack([step.notes[name] for step in each]) for name in each[0].notes}
    fields = [torch.stack([getattr(step, name) for step in each]) for name in ("loss", "output", "target")]
    return StackedStep(fields[0], fields[1], fields[2], notes)


def stacked_mask(masks: Sequence[Tensor | None]) -> Tensor | None:
    present = [mask for mask in masks if mask is not None]
    return torch.stack(present) if present else None


def add(mine: StackedMetrics, given: Sequence[tuple[list[Step], list[Tensor | None]]]) -> None:
    for made, masks in given:
        mine.add(together(made), stacked_mask(masks))


def alone(theirs: Sequence[Task], given: Sequence[tuple[list[Step], list[Tensor | None]]]) -> list[dict[str, float]]:
    """Return the metrics that the accumulators of the members compute."""
    found = []
    for row, task in enumerate(theirs):
        accumulator = task.accumulators["val"]
        accumulator.reset()
        for made, masks in given:
            accumulator.add(made[row], masks[row])
        accumulator.flush(task.predictions, task.actual)
        found.append(accumulator.compute())
    return found


def state_types(task: Task) -> list[type]:
    """Return the types of the numbers in a checkpoint."""
    return [type(value) for value in task.accumulators["val"].metrics.state()]


@pytest.mark.parametrize("extra", [False, True])
@pytest.mark.parametrize("case", SPECS)
def test_epochs(case: str, extra: bool) -> None:
    """Flushed twice in an epoch; the second epoch begins at 0."""
    specs = SPECS[case]
    added = MeanAbsoluteError() if specs[0].target == "real" else MulticlassF1Score(4)
    further = {"metrics": {"added": added}} if extra else {}
    mine = StackedMetrics(tasks(specs, **further), "val")
    assert mine.together == (specs[0].target == "classes" and not extra)
    for epoch in (0, 1):
        given = steps(specs, epoch)
        mine.reset()
        add(mine, given[:2])
        assert mine.flush() == [None, None]
        assert mine.flush() == [None, None]
        add(mine, given[2:])
        mine.flush()
        expected = alone(tasks(specs, **further), given)
        found = mine.compute()
        assert [[*each] for each in found] == [[*each] for each in expected]
        assert found == [pytest.approx(each) for each in expected]
        assert {type(value) for each in found for value in each.values()} == {float}


@pytest.mark.parametrize("case", SPECS)
def test_an_epoch_that_is_continued(case: str) -> None:
    """`store` writes what a checkpoint keeps; the next object begins with it."""
    specs = SPECS[case]
    mine = tasks(specs)
    given = steps(specs)
    first = StackedMetrics(mine, "val")
    first.reset()
    add(first, given[:1])
    first.flush()
    for row in range(MEMBERS):
        first.store(row)
    theirs = tasks(specs)
    half = alone(theirs, given[:1])
    assert [task.accumulators["val"].compute() for task in mine] == [pytest.approx(each) for each in half]
    assert [state_types(task) for task in mine] == [state_types(task) for task in theirs]
    second = StackedMetrics(mine, "val")
    add(second, given[1:])
    second.flush()
    assert second.compute() == [pytest.approx(each) for each in alone(tasks(specs), given)]
    if first.together:
        assert first.compute() == [pytest.approx(each) for each in half]
    second.reset()
    second.store(0)
    assert mine[0].accumulators["val"].metrics.total is None
    assert mine[0].accumulators["val"].weight == 0


def test_notes_are_those_of_each_member() -> None:
    mine, theirs = tasks(SPECS["classes"]), tasks(SPECS["classes"])
    for task in (*mine, *theirs):
        task.accumulators["val"].note_modes = {"gap": "min"}
        task.accumulators["val"].reset()
    given = [
        ([step._replace(notes={"gap": torch.tensor(number + row / 2)}) for row, step in enumerate(made)], masks)
        for number, (made, masks) in enumerate(steps(SPECS["classes"]))
    ]
    stacked = StackedMetrics(mine, "val")
    assert not stacked.together
    stacked.reset()
    add(stacked, given)
    stacked.flush()
    assert stacked.compute() == [pytest.approx(each) for each in alone(theirs, given)]


def test_the_first_loss_that_is_not_finite() -> None:
    stacked = StackedMetrics(tasks(SPECS["classes"]), "val")
    stacked.reset()
    given = steps(SPECS["classes"])
    for number, loss in enumerate((1.0, float("inf"), float("nan"))):
        given[number][0][1] = given[number][0][1]._replace(loss=torch.tensor(loss))
    add(stacked, given)
    assert stacked.flush() == [None, float("inf")]


def test_when_a_flush_is_due(monkeypatch: pytest.MonkeyPatch) -> None:
    """A step of 2 members, 5 examples and 4 classes has 40 outputs."""
    monkeypatch.setattr(metrics, "MAX_BUFFERED", 80)
    stacked = StackedMetrics(tasks(SPECS["classes"]), "val")
    stacked.reset()
    given = steps(SPECS["classes"])
    add(stacked, given[:2])
    assert not stacked.full
    add(stacked, given[2:])
    assert stacked.full
    stacked.flush()
    assert not stacked.full
