"""Which members are trained together, and the ends of a group."""

import gc
import signal
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from nnzoo.errors import UserError
from nnzoo.runs.lock import locked
from nnzoo.runs.signals import Interrupted, Signals
from nnzoo.training import trainers
from nnzoo.training.members import run as module
from nnzoo.training.members.group import Group
from nnzoo.training.members.run import Together

from tests.support.members import member


def test_groups_of_equal_sizes(tmp_path: Path) -> None:
    wide = ("model.hidden=[4]",)
    settings = {0: (), 1: wide, 2: (), 3: ("data.val=0.3",), 4: wide, 5: ()}
    together = Together([])
    members = {number: member(tmp_path, number, *lines) for number, lines in settings.items()}
    assert together.divide(members) == [[0, 2, 5], [1, 4]]
    assert together.alone == {3: ""}


def test_members_that_are_trained_alone(tmp_path: Path) -> None:
    together = Together([])
    members = {number: member(tmp_path, number, "model.dropout=0.5") for number in (3, 8)}
    assert together.divide(members) == []
    reason = "the network draws random numbers in training, such as dropout"
    assert together.alone == {3: reason, 8: reason}


def test_members_that_had_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also one alone; the steps of the others are tried."""
    tried: list[int] = []
    monkeypatch.setattr(module, "why_step_differs", lambda members: tried.append(len(members)) or "no luck")
    members = {number: member(tmp_path, number) for number in range(5)}
    for number, epoch in ((0, 3), (1, 2), (2, 2), (3, 1)):
        place: Any = SimpleNamespace(
            ours={"stream": {"epoch": epoch, "done": 0}, "stopped": False}, epoch=epoch, step=3 * epoch
        )
        members[number].checkpoint = place
    together = Together([], alone={9: "other"})
    assert together.divide(members) == []
    assert together.alone == {
        9: "other",
        0: "it had ended before the sweep was interrupted",
        1: "no luck",
        2: "no luck",
        3: "",
        4: "",
    }
    assert tried == [2]


def test_requests_with_errors(monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[Any] = []

    def build(request: str, source: Any, known: Any, checked: Any) -> str:
        given.append((request, source, known, checked))
        if request == "wrong":
            raise UserError("wrong")
        return request

    monkeypatch.setattr(module, "build_member", build)
    together = Together(["a", "wrong", "c"], source="data")  # type: ignore[list-item]
    assert together.build() == {0: "a", 2: "c"}
    assert together.alone == {1: ""}
    assert [each[:2] for each in given] == [("a", "data"), ("wrong", "data"), ("c", "data")]
    assert given[0][2] is given[2][2]  # shared by all members
    assert given[0][3] is given[2][3]


@pytest.fixture
def collector() -> Iterator[None]:
    """Nothing is hidden from the garbage collector before and after."""
    gc.unfreeze()
    yield
    gc.unfreeze()


def train(together: Together, group: dict[int, Any]) -> list[tuple[int, str]]:
    with trainers.quiet_lightning():
        found = [*together.train_group(group, Signals(deferred=True))]
    return [(number, result.status) for number, result in found]


@pytest.mark.usefixtures("collector")
def test_results_of_a_group(tmp_path: Path) -> None:
    """The collector does not search what was built. A run that is active elsewhere is left to fail alone."""
    members = {number: member(tmp_path, number) for number in (2, 4, 7)}
    together = Together([])
    with locked(members[4].directory):
        assert train(together, dict(members)) == [(2, "done"), (7, "done")]
        assert gc.get_freeze_count() > 0
        assert together.alone == {4: ""}
        assert train(together, {4: members[4]}) == []
    assert [members[number].directory.status() for number in (2, 7)] == ["done", "done"]


@pytest.mark.usefixtures("collector")
def test_a_signal_interrupts_those_that_have_not_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    members = {number: member(tmp_path, number) for number in (2, 4)}

    def run_epoch(group: Group) -> Any:
        group.stack.weights[0] = float("nan")
        yield from original(group)
        raise Interrupted(signal.SIGTERM)

    original = Group.run_epoch
    monkeypatch.setattr(Group, "run_epoch", run_epoch)
    assert train(Together([]), dict(members)) == [(2, "diverged"), (4, "interrupted")]
    assert [each.directory.status() for each in members.values()] == ["diverged", "interrupted"]
