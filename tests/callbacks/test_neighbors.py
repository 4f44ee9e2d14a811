"""Neighbors of words as text, without a run."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from nnzoo.callbacks.neighbors import Neighbors, neighbors_as_text, some_names
from nnzoo.errors import UserError
from nnzoo.text.named_vectors import NamedVectors

from .small_tasks import PLANE, make_task

ANGLES = {"a b": 0.0, "c": 0.1, "d": 1.0, "e": 3.0}  # of vectors in the plane
VECTORS = torch.tensor([[angle, angle] for angle in ANGLES.values()]) + torch.tensor([torch.pi / 2, 0.0])


def named() -> NamedVectors:
    return NamedVectors([*ANGLES], VECTORS.sin())  # (cos, sin) of each angle


def test_table_has_the_nearest_first_with_their_cosines() -> None:
    rows = [line.split("  ") for line in neighbors_as_text(named(), ["c", "e"], 2).splitlines()]
    cells = [[cell.strip() for cell in row if cell.strip()] for row in rows]
    assert cells == [["word", "1", "2"], ["c", "a b 1.00", "d 0.62"], ["e", "d -0.42", "c -0.97"]]
    assert neighbors_as_text(named(), ["d"], 9).splitlines()[0].split() == ["word", "1", "2", "3"]


@pytest.mark.parametrize(
    ("number", "places"),
    [(256, [1, 3, 7, 15, 31, 63, 127, 255]), (1, [0]), (3, [0, 1, 2])],  # 256^(1/8) is 2
)
def test_names_are_at_the_beginning_of_the_vocabulary(number: int, places: list[int]) -> None:
    names = [f"w{place}" for place in range(number)]
    assert some_names(names) == [names[place] for place in places]


def watched(callback: Neighbors, monkeypatch: pytest.MonkeyPatch) -> tuple[Any, Any, list[tuple[int, str]]]:
    """Return a trainer and a task without training, and the list of texts that are written to TensorBoard."""
    shown: list[tuple[int, str]] = []
    writer = SimpleNamespace(add_text=lambda tag, text, epoch: shown.append((epoch, text)))
    monkeypatch.setattr("nnzoo.callbacks.neighbors.writers", lambda trainer: [writer])
    monkeypatch.setattr("nnzoo.callbacks.neighbors.vectors_of", lambda task, which: named() if which == "sum" else None)
    task = make_task(PLANE, torch.nn.Linear(2, 3))
    task.cursor = SimpleNamespace(finished=True)  # type: ignore[assignment]
    return SimpleNamespace(is_global_zero=True, current_epoch=0), task, shown


def test_epochs_with_a_text(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    callback = Neighbors(words=["d"], top=1, vectors="sum")
    trainer, task, shown = watched(callback, monkeypatch)
    trainer.default_root_dir = tmp_path
    for trainer.current_epoch in range(12):
        callback.on_train_epoch_end(trainer, task)
    callback.on_train_end(trainer, task)
    callback.on_train_end(trainer, task)
    assert [epoch for epoch, _ in shown] == [1, 2, 5, 10, 12]
    assert shown[0][1] == "    word  1\n    d     c 0.62"
    written = (tmp_path / "neighbors.txt").read_text()
    assert written.startswith("After epoch 1\n-------------\n\nword  1\nd     c 0.62\n\nAfter epoch 2\n")
    assert written.count("After epoch") == 5


def test_no_text_within_an_epoch_and_in_other_processes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    callback = Neighbors(vectors="sum")
    trainer, task, shown = watched(callback, monkeypatch)
    trainer.default_root_dir = tmp_path
    task.cursor.finished = False
    callback.on_train_epoch_end(trainer, task)
    callback.on_train_end(trainer, task)
    task.cursor.finished, trainer.is_global_zero = True, False
    callback.on_train_epoch_end(trainer, task)
    assert shown == []
    trainer.is_global_zero = True
    callback.on_train_end(trainer, task)
    assert [line.split()[0] for line in shown[0][1].splitlines()] == ["word", "a", "c", "d", "e"]
    assert len(shown[0][1].splitlines()[0].split()) == 1 + 3  # all others, since there are fewer than five


def test_unknown_words_and_top(monkeypatch: pytest.MonkeyPatch) -> None:
    callback = Neighbors(words=["c", "f"], top=1, vectors="sum")
    _, task, _ = watched(callback, monkeypatch)
    with pytest.raises(UserError, match=r"^callbacks.neighbors: 'f' is not among the 4 names"):
        callback.check(task)
    Neighbors(words=["c", "d"], vectors="sum").check(task)
    Neighbors(vectors="sum").check(task)
    assert Neighbors().top == 5
    with pytest.raises(UserError, match=r"^top is 0; it must be at least 1"):
        Neighbors(top=0)
