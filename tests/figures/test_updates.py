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
    np.testing.assert_allclose(foot, (1.28, 2.04))  # (2, 3), the middle of the axes, less 6 / 25 w
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


def test_the_arrow_of_a_boundary_near_the_border_is_moved_along_it() -> None:
    after = Line(np.array([1.0, 3.0]), -21.5)  # the middle, (2, 3), plus 1.05 w is on it, 0.05 below the upper border
    (ax,) = plot_updates(POINTS, CLASSES, [replace(UPDATE, after=after)], "").axes
    (arrow,) = ax.texts
    # up to an eighth of the axes, 0.8, below the border, and back in the direction of w
    np.testing.assert_allclose(arrow.xyann, (3.05 + 0.75 * 3 / 10, 5.4 + 0.75 * 9 / 10))
    (ax,) = plot_updates(POINTS, CLASSES, [replace(UPDATE, after=replace(after, b=-0.5))], "").axes
    (opposite,) = ax.texts  # of the line through the middle minus 1.05 w
    np.testing.assert_allclose(np.add(arrow.xyann, opposite.xyann) / 2, (2, 3))


def test_boundaries_reach_beyond_the_axes() -> None:
    (ax,) = plot_updates(POINTS, CLASSES, [UPDATE], "").axes
    (left, right), (bottom, top) = ax.get_xlim(), ax.get_ylim()
    for name in ("boundary before", "boundary after"):
        for x, y in lines(ax)[name][[0, -1]]:
            assert not (left < x < right and bottom < y < top)
    first, last = lines(ax)["boundary before"][[0, -1]]
    assert min(first[1], last[1]) < bottom < top < max(first[1], last[1])


def test_equal_points_are_in_the_middle_of_the_axes() -> None:
    (ax,) = plot_updates(POINTS[:1], CLASSES[:1], [UPDATE], "").axes
    low, high = ax.get_xlim()
    assert low < 0 < high
    assert high - low < 1e-2


def test_points_of_one_panel_are_larger_and_those_of_many_examples_smaller() -> None:
    many = np.random.default_rng(0).random((51, 2))
    sizes = [
        plot_updates(points, np.zeros(len(points)), [UPDATE] * panels, "").axes[0].collections[0].get_sizes()[0]
        for points, panels in ((many, 1), (many[:50], 2), (many, 2))
    ]
    assert sizes[0] > sizes[1] > sizes[2]


def test_three_classes() -> None:
    figure = plot_updates(POINTS, np.array([0, 1, 2, 0]), [UPDATE], "")
    assert [text.get_text() for text in figure.legends[0].get_texts()[:4]] == ["0", "1", "2", "example"]
    assert [dots.get_offsets().tolist() for dots in figure.axes[0].collections[:3]] == [
        [[0, 1], [1, 5]],
        [[2, 1]],
        [[4, 3]],
    ]
