import math
import re

import pytest
from nnzoo.reports.charts import BOTTOM, HEIGHT, LEFT, RIGHT, TOP, WIDTH, Axis, chart, charts
from nnzoo.reports.page import page

from tests.reports.parsing import Page

CURVES = {"val": {1: 4.0, 2: 2.0, 3: 3.0}, "train": {1: 5.0, 2: 3.0, 3: 1.0}}


def lines(svg, kind):
    """The points of the curves of a split."""
    found = re.findall(rf'<polyline points="([^"]*)" class="curve {kind}"/>', svg)
    curves = [[tuple(map(float, point.split(","))) for point in each.split()] for each in found]
    return [each for each in curves if len(each) != 2 or each[0][1] != HEIGHT - 9]  # without the key of the legend


def test_points_are_at_their_epochs_and_values():
    (line,) = lines(chart("loss", CURVES, None), "val")
    width, height = WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM
    expected = [(LEFT + width * (e - 1) / 2, TOP + height * (5 - v) / 4) for e, v in CURVES["val"].items()]
    assert line == pytest.approx([pytest.approx(point, abs=0.06) for point in expected])


def test_best_epoch_is_marked():
    svg = chart("loss", CURVES, 2)
    middle = LEFT + (WIDTH - LEFT - RIGHT) / 2
    assert f'<line x1="{middle}" x2="{middle}" y1="{TOP}" y2="{HEIGHT - BOTTOM}" class="best"/>' in svg
    assert ">best: epoch 2</text>" in svg
    assert 'aria-label="loss by epoch; best epoch 2"' in svg
    assert "best" not in chart("loss", CURVES, None)


def test_splits_have_names_and_different_lines():
    svg = chart("loss", CURVES, None)
    assert ">training</text>" in svg
    assert ">validation</text>" in svg
    assert len(lines(svg, "train")) == len(lines(svg, "val")) == 1


def test_gap_at_values_that_are_not_finite():
    values = {1: 1.0, 2: 2.0, 3: math.nan, 4: 3.0, 5: math.inf}
    svg = chart("loss", {"val": values}, None)
    assert [len(line) for line in lines(svg, "val")] == [2, 1]
    assert "nan" not in svg
    assert "inf" not in svg
    markers = Page(svg).all("circle")
    places = [(float(given["cx"]), float(given["cy"])) for given in markers]
    assert places == [point for line in lines(svg, "val") for point in line]
    assert {given["class"] for given in markers} == {"val"}
    assert Page(svg).texts["title"] == ["epoch 1: 1", "epoch 2: 2", "epoch 4: 3"]


def test_log_scale_for_a_steep_loss():
    svg = chart("loss", {"val": {1: 100.0, 2: 10.0, 3: 1.0}}, None)
    assert ">loss (log scale)</text>" in svg
    (line,) = lines(svg, "val")
    assert line[0][1] - line[1][1] == pytest.approx(line[1][1] - line[2][1], abs=0.2)  # equal factors, equal distances
    for tick in ("1", "10", "100"):
        assert f">{tick}</text>" in svg
    assert "log scale" not in chart("acc", {"val": {1: 0.0, 2: 1.0}}, None)


@pytest.mark.parametrize("values", [(0.0, 0.0), (-3.0, -3.0), (1e300, -1e300), (1e-310, 2e-310), (5.0, 5.000001)])
def test_axis_of_extreme_values(values):
    axis = Axis(values)
    assert all(0 <= axis.share(value) <= 1 for value in values)
    assert all(axis.low <= tick <= axis.high for tick in axis.ticks())


def test_order_and_choice_of_charts():
    history = {
        **{
            f"{split}/{name}": {1: 1.0, 2: 2.0}
            for split in ("val", "train")
            for name in ("bits", "errors", "acc", "loss")
        },
        "lr": {1: 0.1, 2: 0.05},
        "val/f1": {1: 1.0, 2: math.nan},  # a single finite value
    }
    found = Page(page("t", [charts(history, "acc", 1)]))
    labels = [given["aria-label"].partition(" ")[0] for given in found.all("svg")]
    assert labels == ["loss", "acc", "bits", "lr"]  # errors of splits of different sizes are left out
    assert charts({"val/loss": {1: 1.0}}, None, None) == charts({}, None, None) == ""
    assert "errors by epoch" in charts({"val/errors": {1: 1.0, 2: 2.0}}, None, None)
