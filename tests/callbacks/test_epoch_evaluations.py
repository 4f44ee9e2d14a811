"""Evaluations after epochs, without a run."""

from types import SimpleNamespace
from typing import Any

import pytest
import torch
from nnzoo.callbacks.epoch_evaluations import EpochEvaluations
from nnzoo.errors import UserError

from .small_tasks import PLANE, make_task


@pytest.mark.parametrize(("splits", "split"), [({"train": 1, "val": 1}, "val"), ({"train": 1, "test": 1}, "train")])
@pytest.mark.parametrize(("every", "epochs"), [(None, [1, 2, 3, 4, 5]), (2, [2, 4])])
def test_values_of_all_evaluations_by_epoch(splits: Any, split: str, every: int | None, epochs: list[int]) -> None:
    task: Any = make_task(PLANE, torch.nn.Linear(2, 3))
    data: Any = SimpleNamespace(splits=splits)
    logged: list[tuple[dict[str, float], int, str]] = []
    task.metric_log = SimpleNamespace(add=lambda *given: logged.append(given))
    task.cursor = SimpleNamespace(finished=True)

    def compute(number: int) -> Any:
        def values(own: Any, given: Any, on: str) -> dict[str, float]:
            assert own is task
            assert given is data
            assert on == split
            assert not torch.is_grad_enabled()
            assert not task.training
            return {f"value{number}": float(number)}

        return SimpleNamespace(compute=values)

    callback = EpochEvaluations() if every is None else EpochEvaluations(every_n_epochs=every)
    trainer: Any = SimpleNamespace(loggers="loggers")
    for trainer.current_epoch in range(5):
        callback.on_train_epoch_end(trainer, task)  # nothing without data
    callback.bind(iter([compute(1), compute(2)]), data)
    for trainer.current_epoch in range(5):
        callback.on_train_epoch_end(trainer, task)
    task.cursor.finished = False
    callback.on_train_epoch_end(trainer, task)
    task.cursor = None
    callback.on_train_epoch_end(trainer, task)
    assert logged == [({f"{split}/value1": 1.0, f"{split}/value2": 2.0}, epoch, "loggers") for epoch in epochs]
    assert task.training


def test_without_evaluations_it_is_refused() -> None:
    with pytest.raises(UserError, match="callbacks=epoch_evaluations has no effect without evaluations"):
        EpochEvaluations().bind([], None)  # type: ignore[arg-type]
    with pytest.raises(UserError, match="every_n_epochs is 0; it must be at least 1"):
        EpochEvaluations(every_n_epochs=0)
