import numpy as np
import torch
from nnzoo.figures.values.activity import plot_activity

from ..checks import check_figure


def test_shares_of_zeros_and_of_examples_on_which_units_are_active():
    codes = torch.tensor([[0.0, 2.0, 0.0], [0.0, 1.0, 0.5], [0.0, 3.0, 0.0], [0.0, 0.0, 0.0]])
    figure = check_figure(plot_activity(codes))
    top, bottom = figure.axes
    assert figure.get_suptitle() == "codes of 4 examples: 66.7% of the numbers are 0"
    assert sum(bar.get_height() for bar in top.patches) == 4
    assert list(bottom.lines[0].get_ydata()) == [0.75, 0.25, 0]
    assert list(bottom.lines[0].get_xdata()) == [1, 2, 3]
    area = bottom.collections[0].get_paths()[0].vertices
    assert (area[:, 0].min(), area[:, 0].max(), area[:, 1].max()) == (1, 3, 0.75)
    assert bottom.get_ylim() == (0, 1)
    low, high = top.patches[0].get_x(), top.patches[-1].get_x() + top.patches[-1].get_width()
    assert (low, high) == (0.5, 3)
    assert bottom.get_title() == "active units; 1 of 3 never"


def test_many_negative_and_positive_activations():
    codes = torch.randn(200, 64, generator=torch.Generator().manual_seed(0))
    codes[codes.abs() < 1] = 0
    top, bottom = check_figure(plot_activity(codes)).axes
    assert np.isclose(sum(bar.get_height() for bar in top.patches), (codes != 0).sum())
    assert bottom.get_title() == "active units"
