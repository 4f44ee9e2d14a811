"""When the range test ends, step by step."""

from types import SimpleNamespace
from typing import Any

import pytest
import torch
from nnzoo.callbacks.range_test import RangeTest


def after(losses: list[float], rates: int) -> tuple[RangeTest, bool, float]:
    """Return the test after steps with these losses, whether training stops, and the learning rate."""
    group = {"lr": 0.5, "params": []}
    buffer: list[Any] = []
    task: Any = SimpleNamespace(
        optimizer_list=lambda: [SimpleNamespace(param_groups=[group])],
        after_step=[],
        accumulators={"train": SimpleNamespace(buffer=buffer)},
    )
    trainer: Any = SimpleNamespace(should_stop=False)
    test = RangeTest(rates=[float(k) for k in range(rates)], base=0.5)
    test.on_train_start(trainer, task)
    for loss in losses:
        buffer[:] = [SimpleNamespace(step=SimpleNamespace(loss=torch.tensor(loss)), weight=1)]
        task.after_step[0]()
    return test, trainer.should_stop, float(group["lr"])  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("losses", "rates", "stops", "diverged"),
    [
        ([1.0, 1.0], 3, False, False),
        ([1.0, 1.0, 1.0], 3, True, False),  # the last learning rate
        ([1.0, float("nan")], 9, True, True),
        ([float("inf")], 9, True, True),
        ([1.0, 6.69], 9, False, False),  # the average is (0.9 + 6.69) / 1.9, below 4
        ([1.0, 6.71], 9, True, True),
        ([-1.0, 50.0], 9, False, False),  # of a loss below 0 nothing is known
    ],
)
def test_end(losses: list[float], rates: int, stops: bool, diverged: bool) -> None:
    test, stopped, rate = after(losses, rates)
    assert (stopped, test.diverged) == (stops, diverged)
    assert rate == (len(losses) if not stops else len(losses) - 1)
    assert test.losses == pytest.approx(losses, nan_ok=True)
