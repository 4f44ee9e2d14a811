"""All figures have one style, whatever rcParams are set, and leave rcParams unchanged."""

import io
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages

import matplotlib
import numpy as np
import pytest
import torch
from matplotlib import rc_context
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from nnzoo import figures
from nnzoo.figures.classes.confusion import plot_confusion
from nnzoo.figures.style import (
    COLOURS,
    MARKERS,
    RC,
    add_source,
    in_style,
    legend_below,
    new_figure,
    nth_colour,
    nth_marker,
    split_columns,
    subplot_grid,
)
from nnzoo.figures.values.curves import plot_metric
from PIL import Image

from .checks import check_figure

MODULES = [import_module(module.name) for module in walk_packages(figures.__path__, "nnzoo.figures.")]
PLOTS = {
    name: function
    for module in MODULES
    for name, function in vars(module).items()
    if name.startswith("plot_") and function.__annotations__.get("return") is Figure
}


@pytest.mark.parametrize("name", sorted(PLOTS))
def test_every_figure_is_in_style(name: str) -> None:
    assert hasattr(PLOTS[name], "__wrapped__") or name == "plot_confusion"  # dispatches to two plots


def curve() -> Figure:
    return plot_metric({"a": [[3.0, 2.0, 1.0]]}, "loss")  # its ticks are created while rendering


def matrix() -> Figure:
    return plot_confusion(torch.arange(3), torch.arange(3), 3)


def pixels_of(figure: Figure) -> np.ndarray:
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    return np.array(canvas.buffer_rgba())


@pytest.mark.parametrize("plot", [curve, matrix])
def test_rc_params_have_no_effect_and_stay_unchanged(plot: Callable[[], Figure]) -> None:
    pixels = pixels_of(plot())
    outside = {
        "font.size": 31,
        "xtick.labelsize": 29,
        "axes.titlesize": 30,
        "axes.labelsize": 28,
        "ytick.labelsize": 27,
    }
    with rc_context(outside):
        before = dict(matplotlib.rcParams)
        assert np.array_equal(pixels_of(plot()), pixels)
        assert dict(matplotlib.rcParams) == before


def test_settings_exist_in_matplotlib() -> None:
    assert set(RC) <= set(matplotlib.rcParams)


def test_source_is_a_line_of_the_title() -> None:
    figure = new_figure(2)
    figure.suptitle("1 of 2 wrong")
    add_source(figure, "test, best weights")
    assert figure.get_suptitle() == "1 of 2 wrong\ntest, best weights"
    add_source(bare := new_figure(2), "last weights")
    assert bare.get_suptitle() == "last weights"


@pytest.mark.parametrize(("labels", "columns"), [(["a"] * 9, 4), (["long label " * 3] * 4, 1), (["training"] * 2, 2)])
def test_legend_has_as_many_columns_as_fit(labels: list[str], columns: int) -> None:
    figure = new_figure(3)
    figure.subplots()
    legend_below(figure, [Line2D([], [], label=label) for label in labels], columns=4)
    legend = check_figure(figure).legends[0]
    assert len({round(text.get_window_extent().x0) for text in legend.get_texts()}) == columns


def test_split_columns() -> None:
    assert split_columns([1, 2, 3, 4, 5], 2) == [[1, 2, 3], [4, 5]]
    assert split_columns([1, 2], 3) == [[1], [2], []]


def test_failure_restores_the_settings() -> None:
    @in_style
    def failing() -> Figure:
        raise ValueError("no ink")

    before = dict(matplotlib.rcParams)
    with pytest.raises(ValueError, match="no ink"):
        failing()
    assert dict(matplotlib.rcParams) == before


def test_no_figure_uses_pyplot() -> None:
    assert len(MODULES) >= 20
    assert not any("pyplot" in Path(str(module.__file__)).read_text() for module in MODULES)


def test_colours_and_markers_repeat() -> None:
    assert len(COLOURS) == len(MARKERS) == 8
    assert [nth_colour(k) for k in range(17)] == [*COLOURS, *COLOURS, COLOURS[0]]
    assert "".join(nth_marker(k) for k in range(17)) == MARKERS + MARKERS + MARKERS[0]


@pytest.mark.parametrize(
    ("n", "columns", "rows", "each"),
    [(1, 3, 1, 1), (2, 3, 1, 2), (3, 3, 1, 3), (4, 3, 2, 3), (7, 3, 3, 3), (5, 1, 5, 1)],
)
def test_grid_of_axes(n: int, columns: int, rows: int, each: int) -> None:
    figure, axes = subplot_grid(n, columns, height=1.5)
    assert len(axes) == len(figure.axes) == n
    places = [ax.get_subplotspec().rowspan.start * each + ax.get_subplotspec().colspan.start for ax in axes]
    assert places == [*range(n)]
    grid = axes[0].get_gridspec()
    assert (grid.nrows, grid.ncols) == (rows, each)
    assert figure.get_figheight() == 1.5 * rows + 0.5


@pytest.mark.parametrize("sharey", [False, True])
def test_axes_of_a_grid_may_share_their_y_axis(sharey: bool) -> None:
    _, (first, *_, last) = subplot_grid(4, 3, height=1.5, sharey=sharey)
    last.set_ylim(3, 5)
    assert (first.get_ylim() == (3, 5)) == sharey
    default, other = subplot_grid(2, 3, height=1.5)[1]
    other.set_ylim(3, 5)
    assert default.get_ylim() == (0, 1)


@pytest.mark.parametrize(("letters", "columns"), [(27, 2), (28, 1)])
def test_a_row_of_a_legend_has_seventy_letters(letters: int, columns: int) -> None:
    figure = new_figure(3)
    labels = ["x" * letters, "x", "x", "x" * 27]  # columns of the first two and of the last two
    legend_below(figure, [Line2D([], [], label=label) for label in labels], title="title", markers=2)
    (legend,) = figure.legends
    assert legend._ncols == columns
    assert legend.get_title().get_text() == "title"
    assert legend.markerscale == 2


def test_a_notebook_shows_the_figure_in_its_style() -> None:
    image = Image.open(io.BytesIO(curve()._repr_png_()))
    assert image.size == (450, 340)
