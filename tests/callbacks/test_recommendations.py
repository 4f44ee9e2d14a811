"""The picture of recommendations shows those of `nnzoo.recommend`."""

import math
from pathlib import Path
from typing import Any

import nnzoo
import pytest
from matplotlib.figure import Figure
from nnzoo.callbacks.pictures import recommendations
from nnzoo.figures.values.recommendations import UserList

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
