"""Sweeps with nothing to draw get a figure that says so; missing and constant values are no obstacle."""

import math
from collections.abc import Callable

import pytest
from matplotlib.figure import Figure
from nnzoo.figures.sweeps.history import plot_history
from nnzoo.figures.sweeps.parallel import plot_parallel
from nnzoo.figures.sweeps.slices import plot_slices
from nnzoo.figures.sweeps.trial import Trial

from .examples import check, done

PLOTS = pytest.mark.parametrize("plot", [plot_history, plot_slices, plot_parallel])
Plot = Callable[..., Figure]


@PLOTS
def test_no_result(plot: Plot) -> None:
    failed = [Trial(k, {"lr": k}, "failed", None, None, 0) for k in range(2)]
    trials = [*failed, done(3, {"lr": 3}, math.nan), Trial(4, {"lr": 4}, "pruned", 0.5, None, 1)]
    figure = check(plot(trials, "val/acc", "max"))
    texts = [text.get_text() for text in figure.texts]
    assert texts == ["val/acc: no trial has a result", "2 failed, 1 no value, 1 pruned"]
    assert "no trials" in [text.get_text() for text in check(plot([], "val/acc", "max")).texts]


@pytest.mark.parametrize("plot", [plot_slices, plot_parallel])
def test_no_swept_key(plot: Plot) -> None:
    figure = check(plot([done(0, {}, 0.5)], "acc", "max"))
    assert "no key is swept" in [text.get_text() for text in figure.texts]


@PLOTS
@pytest.mark.parametrize(("mode", "value", "n"), [("max", 0.0, 5), ("min", 12345678.0, 1), ("min", -3e-200, 5)])
def test_constant_values(plot: Plot, mode: str, value: float, n: int) -> None:
    check(plot([done(k, {"lr": 0.1, "a": "x"}, value, 0.0) for k in range(n)], "acc", mode))


@PLOTS
def test_no_standard_deviation_where_it_is_not_finite(plot: Plot) -> None:
    trials = [done(0, {"lr": 0.1}, 0.5, math.nan), done(1, {"lr": 0.2}, 0.6, None), done(2, {"lr": 0.3}, math.inf, 0.1)]
    figure = check(plot(trials, "acc", "max"))
    assert not any("±" in text for text in (figure.get_suptitle(), *(t.get_text() for t in figure.axes[0].texts)))


@PLOTS
def test_values_over_many_powers_of_ten(plot: Plot) -> None:
    trials = [done(k, {"lr": 10.0 ** (-30 * k)}, 10.0 ** (-40 * k), 1e-3) for k in range(6)]
    check(plot(trials, "loss", "min"))


@PLOTS
def test_dollars_and_control_characters(plot: Plot) -> None:
    trials = [done(k, {"l$r": ("$x$ $y", "a\nb")[k % 2], "x_$": k}, k / 10) for k in range(4)]
    check(plot(trials, "$m$", "max"))
