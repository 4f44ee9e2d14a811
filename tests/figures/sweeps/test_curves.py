import math
from statistics import mean, stdev

import numpy as np
import pytest
from matplotlib.collections import PolyCollection
from nnzoo.figures.sweeps.curves import plot_trial_curves

from .examples import check, legend_texts, tick_labels


def test_mean_and_sample_standard_deviation() -> None:
    seeds = [[1.0, 2.0, 4.0], [2.0, 2.5, 5.0], [3.0, 3.0, 9.0]]
    figure = check(plot_trial_curves({"lr=0.1": seeds}, "acc", "max"))
    (ax,) = figure.axes
    (line,) = ax.lines
    columns = list(zip(*seeds, strict=True))
    assert line.get_xdata().tolist() == [1, 2, 3]
    assert line.get_ydata().tolist() == pytest.approx([mean(column) for column in columns])
    (band,) = (c for c in ax.collections if isinstance(c, PolyCollection))
    vertices = band.get_paths()[0].vertices
    for x, column in enumerate(columns, 1):
        heights = vertices[vertices[:, 0] == x, 1]
        assert heights.min() == pytest.approx(mean(column) - stdev(column))
        assert heights.max() == pytest.approx(mean(column) + stdev(column))
    assert legend_texts(figure) == ["lr=0.1: 6 ± 2.6 (n = 3)"]
    assert figure.get_suptitle() == "acc by epoch\n(mean ± sd of the seeds)"


def test_dashed_where_a_seed_has_ended() -> None:
    figure = check(plot_trial_curves({"a": [[1.0, 2.0, 3.0, 4.0], [3.0, 4.0]]}, "acc", "max"))
    solid, dashed = figure.axes[0].lines
    assert solid.get_xydata().tolist() == [[1, 2], [2, 3]]
    assert dashed.get_xydata().tolist() == [[2, 3], [3, 3], [4, 4]]
    assert (solid.get_linestyle(), dashed.get_linestyle()) == ("-", "--")
    assert "dashed: fewer seeds" in figure.get_suptitle()
    assert legend_texts(figure) == ["a: 4 (n = 2)"]


@pytest.mark.parametrize(("mode", "order"), [("max", "cab"), ("min", "bac")])
def test_legend_is_ordered_by_the_last_value(mode: str, order: str) -> None:
    series = {"a": [[9.0, 2.0]], "b": [[8.0, 1.0]], "c": [[0.0, 3.0]]}
    figure = check(plot_trial_curves(series, "m", mode))
    assert [text[0] for text in legend_texts(figure)] == list(order)
    for line, text in zip(figure.axes[0].lines, legend_texts(figure), strict=True):
        assert line.get_ydata()[-1] == float(text.split()[-1])
    assert len({line.get_color() for line in figure.axes[0].lines}) == 3


def test_the_best_eight_of_many() -> None:
    series = {f"optimizer.lr={k},model.hidden=64,model.dropout=0.25": [[0.0, k / 100]] for k in range(12)}
    figure = check(plot_trial_curves(series, "acc", "max"))
    assert [text.split(": ")[1] for text in legend_texts(figure)] == [f"{k / 100:g}" for k in range(11, 3, -1)]
    assert "best 8 of 12 trials" in figure.get_suptitle()
    assert len({text.split(":")[0] for text in legend_texts(figure)}) == 8


def test_missing_values() -> None:
    nan = math.nan
    series = {"none": [[nan, math.inf]], "empty": [[]], "some": [[0.5, nan, 0.7], [nan], [0.4]], "no seeds": []}
    figure = check(plot_trial_curves(series, "acc", "max"))
    (text,) = legend_texts(figure)
    assert text.startswith("some: 0.55")
    solid, dashed = figure.axes[0].lines
    assert np.ma.compressed(solid.get_ydata(orig=True)).tolist() == [0.45]
    assert np.ma.compressed(dashed.get_ydata(orig=True)).tolist() == [0.45, 0.7]
    for nothing in ({}, {"none": [[nan]]}):
        figure = check(plot_trial_curves(nothing, "acc", "min"))
        assert "no trial has a value" in [text.get_text() for text in figure.texts]


def test_a_falling_loss_has_a_log_scale() -> None:
    seeds = [[10.0**-k for k in range(6)], [5 * 10.0**-k for k in range(6)], [10.0**-k for k in range(6)]]
    (ax,) = check(plot_trial_curves({"a": seeds}, "loss", "min")).axes
    assert ax.get_yscale() == "log"
    low, high = ax.get_ylim()
    assert (low, high) == pytest.approx((7 / 3 * 1e-5 / 10**0.4, 7 / 3 * 10**0.4))  # the means and 8 % of five decades
    assert tick_labels(ax.yaxis) == ["1e-5", "0.0001", "0.001", "0.01", "0.1", "1"]
    assert check(plot_trial_curves({"a": seeds}, "acc", "max")).axes[0].get_yscale() == "linear"


def test_a_single_epoch() -> None:
    (ax,) = check(plot_trial_curves({"a": [[0.5]]}, "acc", "max")).axes
    assert ax.lines[0].get_xydata().tolist() == [[1, 0.5]]


def test_eight_trials_are_all() -> None:
    series = {f"lr={k}": [[0.0, k / 100], [0.1, k / 100]] for k in range(8)}
    figure = plot_trial_curves(series, "acc", "max")
    assert figure.get_suptitle() == "acc by epoch\n(mean ± sd of the seeds)"
    assert len(legend_texts(figure)) == 8


@pytest.mark.parametrize(("last", "scale"), [(0.1, "linear"), (0.099, "log")])
def test_a_loss_that_falls_to_less_than_a_tenth_has_a_log_scale(last: float, scale: str) -> None:
    (ax,) = plot_trial_curves({"a": [[1.0, last]]}, "loss", "min").axes
    assert ax.get_yscale() == scale
    assert len(ax.collections) == 0  # no band of a single seed


def test_one_trial_with_several_seeds_is_enough_for_the_words_in_the_title() -> None:
    series = {"a": [[1.0, 2.0]], "b": [[1.0, 2.0], [3.0]]}
    title = plot_trial_curves(series, "acc", "max").get_suptitle()
    assert title == "acc by epoch\n(mean ± sd of the seeds, dashed: fewer seeds)"
