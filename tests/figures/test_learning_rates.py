"""The figure of a learning-rate range test."""

import math

import pytest
from nnzoo.figures.values.learning_rates import plot_range_test

from .checks import check_figure


@pytest.mark.parametrize("suggestion", [1e-3, None])
def test_range_test(suggestion: float | None) -> None:
    rates, losses = [1e-5, 1e-4, 1e-3, 1e-2, 1e-1], [2.0, 1.9, 1.0, 500.0, math.inf]
    figure = check_figure(plot_range_test(rates, losses, [2.0, 1.95, 1.5, 90.0, math.inf], suggestion))
    (ax,) = figure.axes
    assert ax.get_xscale() == "log"
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("optimizer.lr", "training loss")
    assert ax.get_ylim() == pytest.approx((0.9, 2.1))  # the losses up to the minimum of the smoothed loss
    assert len(ax.lines) == 2 + (suggestion is not None)
    assert list(ax.lines[0].get_ydata()) == losses
    assert list(ax.lines[1].get_ydata()) == [2.0, 1.95, 1.5, 90.0, math.inf]
    assert [list(line.get_xdata()) for line in ax.lines[2:]] == [[suggestion] * 2] * (suggestion is not None)
    (level,) = plot_range_test(rates, [2.0] * 5, [2.0] * 5, suggestion).axes
    assert level.get_ylim() == (1, 3)
