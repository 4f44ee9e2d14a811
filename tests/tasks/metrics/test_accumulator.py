"""Metrics of a split in an epoch: means over batches of different sizes, and buffered steps."""

import math
from typing import Any

import numpy as np
import pytest
import torch
from nnzoo.errors import UserError
from nnzoo.tasks.metrics import accumulator
from nnzoo.tasks.metrics.accumulator import MetricAccumulator, mode_of, one_number, value_of
from nnzoo.tasks.metrics.base import NoMetrics
from nnzoo.tasks.metrics.classification import ClassificationMetrics
from nnzoo.tasks.metrics.regression import RegressionMetrics
from nnzoo.tasks.step import Step
from torch import Tensor
from torchmetrics import MeanMetric, MeanSquaredError


def same(values: Tensor) -> Tensor:
    return values


def made(per_step: bool = False, notes: tuple[str, ...] = (), **extra: Any) -> MetricAccumulator:
    return MetricAccumulator(RegressionMetrics(), extra, dict.fromkeys(notes), per_step=per_step)


def step(loss: float, target: Tensor, error: float = 0.0, **further: Any) -> Step:
    return Step(torch.tensor(loss), target + error, target, **further)


def test_means_are_over_examples_not_over_batches() -> None:
    found = made(notes=("penalty",), gap=MeanSquaredError())
    found.add(step(1.0, torch.zeros(3, 2), 1.0, notes={"penalty": torch.tensor(2.0)}), None)
    found.add(step(5.0, torch.zeros(1, 2), 3.0, notes={"penalty": torch.tensor(6.0)}), None)
    assert found.flush(same, same) is None
    computed = found.compute()
    assert computed["loss"] == (3 * 1 + 5) / 4
    assert computed["penalty"] == (3 * 2 + 6) / 4
    assert computed["mse"] == pytest.approx((3 * 1 + 9) / 4)
    assert computed["gap"] == pytest.approx((3 * 1 + 9) / 4)
    assert next(iter(computed)) == "loss"


def test_means_are_over_real_steps() -> None:
    mask = torch.tensor([[True, True, True], [True, False, False]])
    found = made(per_step=True, gap=MeanSquaredError())
    target = torch.zeros(2, 3, 1)
    target[1, 1:] = 100.0  # padding
    found.add(Step(torch.tensor(1.0), torch.ones(2, 3, 1), target), mask)
    found.add(step(7.0, torch.zeros(2, 2, 1), 2.0), torch.ones(2, 2, dtype=torch.bool))
    found.flush(same, same)
    computed = found.compute()
    assert computed["loss"] == (4 * 1 + 4 * 7) / 8
    assert computed["mse"] == computed["gap"] == (4 * 1 + 4 * 4) / 8


def test_the_mask_of_sequences_with_one_target_is_ignored() -> None:
    found = made()
    found.add(step(1.0, torch.zeros(2, 1)), torch.tensor([[True, False], [True, True]]))
    found.add(step(4.0, torch.zeros(1, 1)), None)
    found.flush(same, same)
    assert found.compute()["loss"] == 2


def test_means_are_over_known_entries() -> None:
    known = torch.tensor([[True, False], [True, True]])
    found = made(gap=MeanSquaredError())
    target = torch.tensor([[1.0, math.nan], [2.0, 3.0]])
    found.add(Step(torch.tensor(2.0), torch.tensor([[2.0, 9.0], [2.0, 5.0]]), target, counts=known), None)
    found.add(Step(torch.tensor(6.0), torch.zeros(1, 2), torch.zeros(1, 2), counts=torch.tensor([[True, False]])), None)
    found.flush(same, same)
    computed = found.compute()
    assert computed["loss"] == (3 * 2 + 6) / 4
    assert computed["mse"] == computed["gap"] == (1 + 0 + 4 + 0) / 4


def test_the_first_loss_that_is_not_finite() -> None:
    found = made()
    assert found.flush(same, same) is None
    for loss in (1.0, math.inf, math.nan):
        found.add(step(loss, torch.zeros(1, 1)), None)
    assert found.flush(same, same) == math.inf
    block = Step(torch.tensor([1.0, math.nan, math.inf]), torch.zeros(3, 1), torch.zeros(3, 1))
    assert math.isnan(found.add_block(block, [1, 1, 1], same, same) or 0)


def test_a_block_equals_its_steps() -> None:
    target, output = torch.arange(5.0)[:, None], torch.ones(5, 1)
    one, other = made(), made()
    other.add_block(Step(torch.tensor([2.0, 3.0]), output, target), [3, 2], same, same)
    for loss, rows in ((2.0, slice(0, 3)), (3.0, slice(3, 5))):
        one.add(Step(torch.tensor(loss), output[rows], target[rows]), None)
    one.flush(same, same)
    assert one.compute() == pytest.approx(other.compute())
    assert one.compute()["loss"] == (3 * 2 + 2 * 3) / 5


def test_buffered_outputs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(accumulator, "MAX_BUFFERED", 8)
    found = made()
    for full in (False, False, True):
        found.add(step(0.0, torch.zeros(2, 2)), None)
        assert found.is_full is full
    found.flush(same, same)
    assert not found.is_full
    found.add(step(0.0, torch.zeros(5, 2)), None)
    assert found.is_full
    found.reset()
    assert not found.is_full
    assert found.flush(same, same) is None


@pytest.mark.parametrize(("large", "calls"), [(7, [3]), (6, [2, 1]), (4, [2, 1])])
def test_small_outputs_are_measured_at_once(monkeypatch: pytest.MonkeyPatch, large: int, calls: list[int]) -> None:
    """LARGE numbers are no longer small."""
    monkeypatch.setattr(accumulator, "LARGE", large)
    seen: list[int] = []
    found = made()
    for rows in (2, 1):
        found.add(step(0.0, torch.zeros(rows, 3)), None)
    found.flush(lambda output: (seen.append(len(output)), output)[1], same)
    assert seen == calls


def test_predictions_and_targets_are_those_of_the_head() -> None:
    found = MetricAccumulator(ClassificationMetrics(), {}, {}, per_step=False)
    found.add(Step(torch.tensor(0.0), torch.tensor([[0.1, 0.9], [0.8, 0.2]]), torch.tensor([3, 2])), None)
    found.flush(lambda output: output.argmax(-1), lambda target: target - 2)
    assert found.compute()["acc"] == 1


def test_steps_without_outputs_have_a_loss_alone() -> None:
    found = MetricAccumulator(NoMetrics(), {}, {}, per_step=False)
    found.add(Step(torch.tensor(3.0), torch.empty(0), torch.zeros(4)), None)
    found.flush(lambda _: pytest.fail("there is nothing to predict"), same)
    assert found.compute() == {"loss": 3.0}


def test_processes_together() -> None:
    """As if one process had measured all batches; its own sums stay."""
    one, other, whole = (made(notes=("penalty",)) for _ in range(3))
    for into in (one, whole):
        into.add(step(1.0, torch.arange(3.0)[:, None], 1.0, notes={"penalty": torch.tensor(0.5)}), None)
    for into in (other, whole):
        into.add(step(2.0, torch.ones(1, 1), 3.0, notes={"penalty": torch.tensor(1.5)}), None)
    for each in (one, other, whole):
        each.flush(same, same)
    before = one.compute()
    assert one.compute_together([one.sums(), other.sums()]) == pytest.approx(whole.compute())
    assert one.compute() == before


def test_sums_of_early_versions_have_no_notes() -> None:
    found, fresh = made(notes=("penalty",)), made(notes=("penalty",))
    found.add(step(1.0, torch.zeros(2, 1), notes={"penalty": torch.tensor(0.5)}), None)
    found.flush(same, same)
    state = found.state_dict()
    del state["notes"]
    fresh.load_state_dict(state)
    assert fresh.compute() == {**found.compute(), "penalty": 0}


@pytest.mark.parametrize(
    "value", [2, 2.0, np.float32(2), np.array([2.0]), np.array([[2]]), torch.tensor(2), torch.tensor([[2.0]])]
)
def test_one_number(value: Any) -> None:
    found = one_number(value)
    assert (type(found), found) == (float, 2.0)


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        (torch.zeros(2, 3), "Tensor [2, 3]"),
        (np.zeros(0), "ndarray [0]"),
        ("0.5", "str"),
        ({"acc": 0.5}, "dict"),
        (None, "NoneType"),
    ],
)
def test_not_one_number(value: Any, kind: str) -> None:
    class Metric:
        def compute(self) -> Any:
            return value

    message = f"metric 'own' fails for the predictions and targets of an epoch: .*it returns a {kind}, not one number"
    with pytest.raises(UserError, match=message.replace("[", r"\[").replace("]", r"\]")):
        value_of("own", Metric())


def test_a_metric_that_fails_names_the_shapes() -> None:
    class Fails(MeanMetric):
        def update(self, *_: Any) -> None:
            raise ValueError("no ink")

    found = made(own=Fails())
    found.add(step(0.0, torch.zeros(2, 3)), None)
    with pytest.raises(UserError, match=r"^metric 'own' fails for predictions \[2, 3\] and targets \[2, 3\]: .*no ink"):
        found.flush(same, same)


def test_modes() -> None:
    assert mode_of(MeanSquaredError()) == "min"
    assert mode_of(MeanMetric()) is None
    found = MetricAccumulator(ClassificationMetrics(), {"gap": MeanSquaredError()}, {"penalty": "min"}, per_step=False)
    assert list(found.modes.items()) == [
        ("loss", "min"),
        ("acc", "max"),
        ("errors", "min"),
        ("penalty", "min"),
        ("gap", "min"),
    ]
