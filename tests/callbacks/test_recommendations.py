"""The picture of recommendations shows those of `nnzoo.recommend`."""

import math
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import nnzoo
import numpy as np
import pytest
import torch
from matplotlib.figure import Figure
from nnzoo.callbacks.pictures import recommendations
from nnzoo.callbacks.pictures.recommendations import rows_by_user
from nnzoo.figures.values.recommendations import UserList
from nnzoo.runs.directory import RunDirectory
from nnzoo.runs.ratings import KnownRatings
from nnzoo.spec import DataSpec

from tests.inference.recommendations.conftest import FRAME, SETTINGS
from tests.inference.small_runs import SMALL

KEPT = [line for line in SMALL if line != "~callbacks.figures"]


@pytest.mark.parametrize(
    ("settings", "drawn"),
    [
        (("model=matrix_factorization",), True),
        (("data.layout=rows", "model=mlp"), True),
        (("data.layout=rows", "model=autoencoder"), True),
        (("data.layout=index", "model=row_index"), True),
        (("data.layout=items", "model=mlp"), False),
        (("model=matrix_factorization", "data.implicit=true", "data.threshold=45"), False),
        (
            ("data.layout=rows", "model=autoencoder", "data.implicit=true", "data.threshold=45", "loss=multinomial"),
            False,
        ),
    ],
)
def test_lists_of_a_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings: tuple[str, ...], drawn: bool
) -> None:
    lists: list[UserList] = []

    def plot(given: Any) -> Figure:
        lists.extend(given)
        return Figure()

    monkeypatch.setattr(recommendations, "plot_recommendations", plot)
    frame = FRAME.assign(title="The " + FRAME.film)
    run = nnzoo.train(*KEPT, *SETTINGS, *settings, "data.val=0.3", data=frame, output_dir=tmp_path).directory
    assert bool(lists) is drawn
    stars = {(str(row.who), row.title): row.stars for row in frame.itertuples()}
    for name, rated, recommended in lists:
        found = nnzoo.recommend(run, name, n=5, which="last")
        assert [item for item, *_ in recommended] == found["title"].tolist()
        assert [predicted for _, predicted, _ in recommended] == pytest.approx(found["prediction"].tolist(), rel=1e-4)
        values = [value for _, value in rated]
        assert values == sorted(values, reverse=True)
        assert all(stars[name, item] == pytest.approx(value) for item, value in rated)
        known = [(item, true) for item, _, true in recommended if not math.isnan(true)]
        assert all(stars[name, item] == pytest.approx(true, abs=1e-3) for item, true in known)
    if drawn:
        assert any(not math.isnan(true) for each in lists for *_, true in each.recommended)


def test_rows_are_those_of_the_user_with_equal_ratings() -> None:
    """b and c differ only in a value; d and e are equal in training; the input does not show a rating of 0 by f."""
    given = {"b": [3.0, 0, 0], "c": [5.0, 0, 0], "d": [0, 4.0, 0], "e": [0, 4.0, 0], "f": [0, 1.0, 2.0]}
    inputs = np.array(list(given.values()))
    places = np.argwhere(inputs)
    known = KnownRatings(
        np.r_[places + 1, [[5, 1]]], np.r_[inputs[tuple(places.T)], 0.0], {"ids": {"ids": [list(given), "xyz"]}}
    )
    x = torch.tensor([given["b"], given["d"], given["f"], [1.0, 0, 0]])
    examples: Any = SimpleNamespace(
        predicted=(torch.ones(4, 3), torch.ones(4, 3)),
        loader=SimpleNamespace(split=SimpleNamespace(x=x)),
        spec=DataSpec("real", (3,), "real", 3),
    )
    found = {user.name: sorted(zip(*user.rated, strict=True)) for user in rows_by_user(examples, known)}
    assert found == {
        "b": [(1, 3.0)],
        "d or 1 more": [(2, 4.0)],
        "f": [(1, 0.0), (2, 1.0), (3, 2.0)],
        "not in training": [(1, 1.0)],
    }


PREDICTED = torch.tensor([0.0, 10, 30, 20])  # of an item, whoever the user is
TABLE = {"ids": {"ids": [["ann", "bob", "cid"], ["x", "y", "z"]], "titles": None}}
KNOWN = KnownRatings(np.array([[1, 1], [1, 2], [2, 3], [3, 1]]), np.array([3.0, 5, 4, 2]), TABLE)


def lists_of(folder: Path, monkeypatch: pytest.MonkeyPatch, table: Any = TABLE, **changed: Any) -> list[Any]:
    """Return what is drawn of held-out ratings: cid has two, ann and bob have one each."""
    pairs = torch.tensor([[1, 3], [3, 2], [3, 3], [0, 1], [2, 0], [0, 2], [0, 3]])
    given: dict[str, Any] = {
        "predicted": (None, torch.arange(7.0)[:, None]),
        "predict": lambda grid: PREDICTED[grid[:, 1:]],
        "loader": SimpleNamespace(split=SimpleNamespace(x=pairs)),
        "spec": DataSpec("ids", (2,), "real", 1, sizes=(4, 4)),
        "task": SimpleNamespace(device=torch.device("cpu")),
        "trainer": SimpleNamespace(default_root_dir=folder),
    }
    replace(KNOWN, table=table).write(RunDirectory(folder).ratings_file)
    drawn: list[Any] = []
    monkeypatch.setattr(recommendations, "plot_recommendations", drawn.extend)
    recommendations.RECOMMENDATIONS.draw(SimpleNamespace(**given | changed))  # type: ignore[arg-type]
    return [(name, rated, [each[:2] for each in found], [each[2] for each in found]) for name, rated, found in drawn]


def test_lists_of_pairs_by_hand(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cid, ann, bob = lists_of(tmp_path, monkeypatch)
    assert cid == ("cid", [("x", 2)], [("y", 30), ("z", 20)], [1, 2])
    assert ann == ("ann", [("y", 5), ("x", 3)], [("z", 20)], [0])
    assert bob[:3] == ("bob", [("z", 4)], [("y", 30), ("x", 10)])
    assert all(math.isnan(true) for true in bob[3])
    titles = {"ids": {**TABLE["ids"], "titles": ["", "Why", "Zed"]}}
    monkeypatch.setattr(recommendations, "USERS", 2)
    monkeypatch.setattr(recommendations, "ITEMS", 1)
    cid, ann = lists_of(tmp_path, monkeypatch, titles)
    assert cid == ("cid", [("x", 2)], [("Why", 30)], [1])
    assert ann == ("ann", [("Why", 5)], [("Zed", 20)], [0])


def test_lists_of_rows_by_hand(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of users by number; the first has no number, and the second no target."""
    nan = float("nan")
    users = torch.tensor([[0], [2], [3], [1]])
    true = torch.tensor([[1.0, 1, 1], [nan, nan, nan], [nan, 7, nan], [8, nan, 9]])
    predicted = PREDICTED[1:].expand(4, 3)
    spec = DataSpec("ids", (1,), "real", 3, sizes=(4,))
    loader = SimpleNamespace(split=SimpleNamespace(x=users))
    ann, cid = lists_of(tmp_path, monkeypatch, spec=spec, loader=loader, predicted=(predicted, true))
    assert ann == ("ann", [("y", 5), ("x", 3)], [("z", 20)], [9])
    assert cid[:3] == ("cid", [("x", 2)], [("y", 30), ("z", 20)])
    assert cid[3][0] == 7
    assert math.isnan(cid[3][1])
