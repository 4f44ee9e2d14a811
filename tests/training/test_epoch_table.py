"""The table of the metrics of a run."""

import math

import pandas as pd
import pytest
from nnzoo.errors import UserError
from nnzoo.training.epoch_table import EpochTable

TABLE = EpochTable(
    {
        "lr": [0.1, 0.1, 0.1],
        "train/loss": [3.0, 2.0, 1.0],
        "train/acc": [0.1, 0.2, 0.3],
        "train/steps": [1, 1, 1],
        "val/loss": [3.5, math.nan, 1.5],
        "val/acc": [0.0, math.nan, 0.4],
    },
    index=pd.Index([1, 2, 3], name="epoch"),
)


def test_curves_without_epochs_that_were_not_measured() -> None:
    assert TABLE._curves("loss") == {"training": {1: 3.0, 2: 2.0, 3: 1.0}, "validation": {1: 3.5, 3: 1.5}}
    assert TABLE._curves("steps") == {"training": {1: 1, 2: 1, 3: 1}}


@pytest.mark.parametrize(
    ("metrics", "labels"),
    [((), ["loss", "acc"]), (("acc",), ["acc"]), (("steps", "loss"), ["steps", "loss"])],
)
def test_pictures(metrics: tuple[str, ...], labels: list[str]) -> None:
    figure = TABLE.plot(*metrics)
    assert [ax.get_ylabel() for ax in figure.axes] == labels
    drawn = (
        {line.get_label(): line.get_ydata() for line in figure.axes[labels.index("acc")].lines}
        if "acc" in labels
        else {}
    )
    if drawn:
        assert {label: list(values) for label, values in drawn.items()} == {
            "training": [0.1, 0.2, 0.3],
            "validation": [0.0, 0.4],
        }


def test_pictures_of_what_is_not_there() -> None:
    with pytest.raises(UserError, match=r"^there are no epochs to draw$"):
        EpochTable({"lr": [0.1]}).plot()
    with pytest.raises(UserError, match=r"^unknown metric 'los'; did you mean 'loss'"):
        TABLE.plot("acc", "los")
    with pytest.raises(UserError, match="unknown metric 'lr'"):
        TABLE.plot("lr")
    (only,) = EpochTable({"train/loss": [1.0]}, index=[1]).plot().axes
    assert only.get_ylabel() == "loss"


def test_parts_are_ordinary_frames() -> None:
    assert type(TABLE[["lr"]]) is pd.DataFrame
