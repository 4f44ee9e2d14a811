import numpy as np
import pytest
import torch
from nnzoo.figures.recurrent.echo_state import plot_by_radius, plot_forgetting
from nnzoo.figures.style import nth_colour, nth_marker

from ..checks import check_figure


def test_distances_by_radius():
    distances = {2.0: torch.tensor([3.0, 4.0]), 0.5: torch.tensor([1e-3, 0.0], dtype=torch.float64)}
    figure = check_figure(plot_forgetting(distances))
    ax = figure.axes[0]
    assert [line.get_label() for line in ax.lines] == ["0.5", "2"]
    assert ax.lines[0].get_ydata().tolist() == [1e-3, 1e-16]
    assert ax.lines[1].get_ydata().tolist() == [3, 4]
    assert list(ax.lines[1].get_xdata()) == [1, 2]
    assert (ax.get_yscale(), figure.legends[0].get_title().get_text()) == ("log", "spectral radius")


def test_errors_below_distances():
    errors = {"horizon 6": {1.0: [0.1, 0.3, 0.2], 0.5: [0.5]}, "horizon 20": {0.5: [0.9]}}
    above, below = check_figure(plot_by_radius({1.0: 2.0, 0.5: 0.0}, errors)).axes
    assert np.asarray(above.lines[0].get_xydata()).tolist() == [[0.5, 1e-16], [1, 2]]
    middle, points, *_ = below.lines
    assert np.asarray(middle.get_xydata()).tolist() == [[0.5, 0.5], [1, pytest.approx(0.2)]]
    assert sorted(points.get_ydata()) == [0.1, 0.2, 0.3, 0.5]
    assert [text.get_text() for text in below.get_legend().get_texts()] == ["horizon 6 (median)", "horizon 20 (median)"]
    assert [above.get_yscale(), below.get_yscale()] == ["log", "log"]
    assert above.get_xlim() == below.get_xlim()
    assert [line.get_color() for line in below.lines] == [nth_colour(1)] * 2 + [nth_colour(2)] * 2
    assert [line.get_marker() for line in below.lines] == ["None", nth_marker(1), "None", nth_marker(2)]
    assert np.asarray(points.get_xydata()).tolist() == [[0.5, 0.5], [1, 0.1], [1, 0.3], [1, 0.2]]
