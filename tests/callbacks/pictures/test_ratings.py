"""The ratings in a picture, worked by hand."""

from types import SimpleNamespace
from typing import Any

import pytest
import torch
from nnzoo.callbacks.pictures import ratings
from nnzoo.callbacks.pictures.ratings import RATINGS, id_names

PAIRS = torch.tensor([[2, 3], [2, 1], [4, 3], [4, 3], [5, 2], [0, 3], [2, 0]])


def examples(record: Any = None) -> Any:
    true = torch.tensor([[10.0], [11], [12], [13], [14], [15], [16]])
    task = SimpleNamespace(device=torch.device("cpu"), record=record)
    loader = SimpleNamespace(split=SimpleNamespace(x=PAIRS))
    return SimpleNamespace(
        task=task, loader=loader, predicted=(None, true), predict=lambda pairs: pairs[:, :1] * 100.0 + pairs[:, 1:]
    )


def test_users_and_items_with_most_examples(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ratings, "USERS", 2)
    found: list[Any] = []
    monkeypatch.setattr(ratings, "plot_ratings", lambda *given: found.append(given))
    RATINGS.draw(examples())
    monkeypatch.setattr(ratings, "ITEMS", 1)
    RATINGS.draw(examples(lambda: {"preprocessing": {"kind": "ids", "ids": (tuple("abcde"), tuple("xyz"))}}))
    (predicted, known, users, items), (few, of_few, *names) = found
    assert (users, items) == (["2", "4"], ["1", "3"])  # user 5 has fewer, and item 2 is only hers
    assert predicted.tolist() == [[201, 203], [401, 403]]
    assert known[0].tolist() == [11, 10]
    assert known[1, 1] in (12, 13)
    assert known[1, 0].isnan()
    assert (few.tolist(), of_few[0].tolist()) == ([[203], [403]], [10])
    assert names == [["b", "d"], ["z"]]


def test_names_of_ids() -> None:
    recorded = {"preprocessing": {"kind": "ids", "ids": (("a", 7), ("x",))}}
    assert id_names(examples(lambda: recorded), 0, torch.tensor([2, 1])) == ["7", "a"]
    assert id_names(examples(lambda: recorded), 1, torch.tensor([1])) == ["x"]
    other = examples(lambda: {"preprocessing": {"kind": "numbers"}})
    assert id_names(other, 0, torch.tensor([2, 1])) == ["2", "1"]
