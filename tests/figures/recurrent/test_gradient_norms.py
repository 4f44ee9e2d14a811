"""Norms of gradients through time: medians and ranges over the seeds."""

import numpy as np
import pytest
from matplotlib.collections import PolyCollection
from nnzoo.figures.recurrent.gradient_norms import WIDE, plot_gradient_norms
from nnzoo.figures.style import DPI

from ..checks import check_figure

SEEDS = np.array([[1.0, 2.0, 4.0], [3.0, 4.0, 8.0], [2.0, 3.0, 0.0]])
ONE = np.array([[0.0, 1.0, 5.0]])


def test_medians_and_ranges_of_norms_above_zero() -> None:
    figure = check_figure(
        plot_gradient_norms({"before": {"rnn": SEEDS, "lstm": ONE}, "after": {"rnn": 2 * SEEDS}}, "title"),
        width=round(WIDE * DPI),
    )
    before, after = figure.axes
    assert [ax.get_title() for ax in figure.axes] == ["before", "after"]
    assert figure.get_suptitle() == "title"
    rnn, lstm = before.lines
    assert rnn.get_xydata().tolist() == [[1, 2], [2, 3], [3, 6]]
    assert lstm.get_xydata().tolist() == [[2, 1], [3, 5]]
    assert after.lines[0].get_ydata().tolist() == [4, 6, 12]
    (band,) = (each for each in before.collections if isinstance(each, PolyCollection))  # none of a single seed
    vertices = band.get_paths()[0].vertices
    for step, low, high in [(1, 1, 3), (2, 2, 4), (3, 4, 8)]:
        heights = vertices[vertices[:, 0] == step, 1]
        assert (heights.min(), heights.max()) == (low, high)
    assert [ax.get_yscale() for ax in figure.axes] == ["log", "log"]
    assert [ax.get_xlabel() for ax in figure.axes] == ["time step t"] * 2
    assert [bool(ax.get_ylabel()) for ax in figure.axes] == [True, False]
    assert before.get_ylim() == after.get_ylim()
    assert all(tick == int(tick) for tick in (*before.get_xticks(), *after.get_xticks()))
    assert rnn.get_color() != lstm.get_color()
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["rnn"]


@pytest.mark.parametrize("steps", [1, 100])
def test_any_number_of_steps(steps: int) -> None:
    figure = plot_gradient_norms({"before": {"rnn": np.ones((2, steps))}}, "")
    check_figure(figure, width=round(WIDE * DPI))
