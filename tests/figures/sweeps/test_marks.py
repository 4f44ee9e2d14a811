"""Marks of trials without a result, and points of those with one."""

import pytest
from matplotlib.figure import Figure
from nnzoo.figures.sweeps.marks import BAND, draw_band, draw_results
from nnzoo.figures.sweeps.objective import BEYOND, Objective
from nnzoo.figures.sweeps.scale import FEW, Scale
from nnzoo.figures.sweeps.trial import Mode, Result

from .examples import done

TRIAL = done(0, {}, 1.0)


@pytest.mark.parametrize(("mode", "bottom", "marker"), [("max", 0.0, "v"), ("min", 1 - BAND, "^")])
def test_the_band_is_at_the_worse_edge(mode: Mode, bottom: float, marker: str) -> None:
    ax = Figure().subplots()
    objective = Objective([Result(TRIAL, 1.0, 0.0)], [(TRIAL, "failed")], Scale("linear"), mode)
    marks = draw_band(ax, objective, [(3.0, "failed"), (1.0, BEYOND), (2.0, "failed")])
    (band,) = ax.patches
    assert (*band.get_xy(), band.get_width(), band.get_height()) == (0, bottom, 1, BAND)
    assert band.get_transform() == band.get_patch_transform() + ax.transAxes
    assert list(marks) == ["failed", BEYOND]
    assert list(marks["failed"].get_xdata()) == [3, 2]
    assert list(marks["failed"].get_ydata()) == [bottom + BAND / 2] * 2
    assert (marks["failed"].get_marker(), marks[BEYOND].get_marker()) == ("x", marker)
    assert marks["failed"].get_transform() == ax.get_xaxis_transform()


def test_no_band_without_such_trials_and_an_empty_one_if_they_are_in_other_axes() -> None:
    ax = Figure().subplots()
    objective = Objective([Result(TRIAL, 1.0, 0.0)], [], Scale("linear"), "max")
    assert draw_band(ax, objective, []) == {}
    assert not ax.patches
    assert draw_band(ax, objective._replace(others=[(TRIAL, "failed")]), []) == {}
    assert len(ax.patches) == 1


@pytest.mark.parametrize(("count", "caps"), [(FEW, 2), (FEW + 1, 0)])
def test_few_results_have_strong_error_bars(count: int, caps: int) -> None:
    ax = Figure().subplots()
    results = [Result(TRIAL, float(k), 0.5 * (k == 3)) for k in range(count)]
    container = draw_results(ax, range(count), results, size=4)
    points, ends, (bars,) = container
    assert points.get_xydata().tolist() == [[k, k] for k in range(count)]
    assert len(ends) == caps
    assert [segment[:, 1].tolist() for segment in bars.get_segments()][2:4] == [[2, 2], [2.5, 3.5]]
    assert container.get_label() == "trial, ± sd"
    assert draw_results(ax, [0], results[:1], size=4).get_label() == "trial"
