"""The first step of a group against those of its first and last member alone."""

from pathlib import Path
from typing import Any

import pytest
import torch
from nnzoo.training import trainers
from nnzoo.training.members import trial
from nnzoo.training.members.run import num_threads
from nnzoo.training.members.trial import TOLERANCE, why_step_differs
from torch.testing import assert_close

from tests.support.members import member

DIFFERS = "its steps cannot be vectorized (the gradient would differ)"


@pytest.mark.parametrize("overrides", [(), ("model.norm=batch",)])
def test_steps_that_agree(tmp_path: Path, overrides: tuple[str, ...]) -> None:
    """Weights and statistics are as before, and there is no gradient left that is none of the networks."""
    members = [member(tmp_path, number, *overrides) for number in range(3)]
    before = [{name: value.clone() for name, value in each.task.state_dict().items()} for each in members]
    assert why_step_differs(members) is None
    for each, values in zip(members, before, strict=True):
        assert_close(dict(each.task.state_dict()), values, rtol=0, atol=0)


@pytest.mark.parametrize(
    ("row", "factor", "differs"),
    [
        (0, 1 + 0.5 * TOLERANCE, False),
        (2, 1 + 0.5 * TOLERANCE, False),
        (0, 1 + 2 * TOLERANCE, True),
        (2, 1 + 2 * TOLERANCE, True),
        (1, 2.0, False),  # only the first and the last member are compared
    ],
)
def test_gradients_that_differ(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, row: int, factor: float, differs: bool
) -> None:
    """Relative to the largest entry."""
    original = trial.member_gradient

    def member_gradient(tasks: Any, stack: Any) -> Any:
        made = original(tasks, stack)

        def call(batch: Any) -> None:
            made(batch)
            largest = stack.gradients[row].abs().argmax()
            stack.gradients[row, largest] *= factor

        return call

    monkeypatch.setattr(trial, "member_gradient", member_gradient)
    members = [member(tmp_path, number) for number in range(3)]
    assert why_step_differs(members) == (DIFFERS if differs else None)


def test_networks_that_cannot_be_vectorized(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    members = [member(tmp_path, number, "model.norm=batch") for number in range(2)]
    removed: list[int] = []
    for number, each in enumerate(members):
        hook = type("Hook", (), {"remove": lambda self, number=number: removed.append(number)})()
        monkeypatch.setattr(each.task.penalties, "register_hooks", lambda hook=hook: [hook])

    def fail(*_: Any) -> Any:
        with torch.no_grad():
            for each in members:
                next(each.task.net.buffers()).add_(1)
        raise RuntimeError("no batching rule\nfor this")

    monkeypatch.setattr(trial, "member_gradient", fail)
    before = [buffer.clone() for each in members for buffer in each.task.net.buffers()]
    reason = why_step_differs(members)
    assert reason is not None
    assert reason.startswith("its steps cannot be vectorized (RuntimeError: no batching rule")
    assert removed == [0, 1]
    assert_close([buffer for each in members for buffer in each.task.net.buffers()], before)


def test_threads_for_all_members(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Several if all members together multiply enough."""
    made = member(tmp_path, 0)
    one = trainers.count_multiplications(made.task, 40)
    monkeypatch.setattr(trainers, "MIN_PARALLEL_WORK", 3 * one)
    assert [num_threads(made, members, 8) for members in (1, 3, 4)] == [1, 1, 8]
    assert num_threads(member(tmp_path, 0, "trainer.threads=2"), 4, 8) == 2
