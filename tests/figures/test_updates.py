"""Updates of a linear classifier: the points, the example, and the boundary before and after."""

from dataclasses import replace

import numpy as np
import pytest
from matplotlib.colors import to_hex
from nnzoo.figures.classes.updates import ARROW, PANEL, Line, Update, plot_updates
from nnzoo.figures.style import COLOURS, DPI, GREY

from .checks import check_figure

POINTS = np.array([[0.0, 1.0], [2.0, 1.0], [4.0, 3.0], [1.0, 5.0]])
CLASSES = np.array([0, 1, 1, 0])
BEFORE, AFTER = Line(np.array([1.0, 0.0]), -1.0), Line(np.array([3.0, 4.0]), -12.0)
UPDATE = Update("step 2", POINTS[1], BEFORE, AFTER)


def lines(ax) -> dict[str, np.ndarray]:
    return {line.get_label(): np.asarray(line.get_xydata(), dtype=float) for line in ax.lines}


def test_a_panel_has_points_example_and_boundaries() -> None:
    figure = check_figure(plot_updates(POINTS, CLASSES, [UPDATE], "1 update", ("no", "yes")))
    (ax,) = figure.axes
    assert figure.get_suptitle() == "1 update"
    assert ax.get_title() == "step 2"
    texts = [text.get_text() for text in figure.legends[0].get_texts()]
    assert texts == ["no", "yes", "example", "boundary before", "boundary after", "weights w after"]
    first, second, example = ax.collections
    assert np.array_equal(first.get_offsets(), POINTS[CLASSES == 0])
    assert np.array_equal(second.get_offsets(), POINTS[CLASSES == 1])
    assert [to_hex(dots.get_facecolor()[0]).upper() for dots in (first, second)] == [*COLOURS[:2]]
    assert np.array_equal(example.get_offsets(), POINTS[1:2])
    assert example.get_sizes()[0] > first.get_sizes()[0]  # around the point
    found = lines(ax)
    for name, line in (("boundary before", BEFORE), ("boundary after", AFTER)):
        np.testing.assert_allclose(found[name] @ line.w + line.b, 0, atol=1e-9)
    colours = {line.get_label(): (line.get_color(), line.get_linestyle()) for line in ax.lines}
    assert colours["boundary before"] == (GREY, "--")
    assert colours["boundary after"] == ("black", "-")


def test_the_axes_are_a_square_around_all_points() -> None:
    (ax,) = plot_updates(POINTS, CLASSES, [UPDATE], "").axes
    (left, right), (bottom, top) = ax.get_xlim(), ax.get_ylim()
    assert right - left == pytest.approx(top - bottom)
    assert left < 0
    assert right > 4
    assert bottom < 1
    assert top > 5
    assert (left + right) / 2 == pytest.approx(2)  # the middle of the points
    assert (bottom + top) / 2 == pytest.approx(3)
    assert right - left < 2 * 4  # the points fill more than half of it
    assert ax.get_aspect() == 1


def test_the_weights_are_an_arrow_from_the_boundary() -> None:
    (ax,) = plot_updates(POINTS, CLASSES, [UPDATE], "").axes
    (arrow,) = ax.texts
    tip, foot = np.array(arrow.xy), np.array(arrow.xyann)
    assert foot @ AFTER.w + AFTER.b == pytest.approx(0)
    width = ax.get_xlim()[1] - ax.get_xlim()[0]
    np.testing.assert_allclose(tip - foot, ARROW * width * AFTER.w / 5)
    assert ax.get_xlim()[0] < foot[0] < ax.get_xlim()[1]
    assert ax.get_ylim()[0] < foot[1] < ax.get_ylim()[1]


def test_weights_of_zero_have_no_boundary() -> None:
    nothing = Line(np.zeros(2), 1.0)
    (ax,) = check_figure(plot_updates(POINTS, CLASSES, [replace(UPDATE, after=nothing)], "")).axes
    assert len(lines(ax)["boundary after"]) == 0
    assert not ax.texts


@pytest.mark.parametrize(("count", "rows", "columns"), [(2, 1, 2), (3, 1, 3), (4, 2, 3), (7, 3, 3)])
def test_panels_are_in_rows_of_three(count: int, rows: int, columns: int) -> None:
    figure = plot_updates(POINTS, CLASSES, [UPDATE] * count, "updates")
    assert len(figure.axes) == count
    grid = figure.axes[0].get_gridspec()
    assert (grid.nrows, grid.ncols) == (rows, columns)
    assert figure.get_figwidth() == pytest.approx(0.2 + PANEL * columns)
    assert figure.dpi == DPI
    one_row = plot_updates(POINTS, CLASSES, [UPDATE] * 3, "").get_figheight()
    assert rows * one_row >= figure.get_figheight() >= 0.7 * rows * one_row  # one title and one legend
