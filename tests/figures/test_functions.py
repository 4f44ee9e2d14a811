"""Values in the figures of activations and losses."""

import numpy as np
import pytest
import torch
from nnzoo.figures.functions.activations import plot_activations
from nnzoo.figures.functions.losses import plot_margin_losses
from nnzoo.layers.activations import activation
from nnzoo.losses.margin.hinge import Hinge
from nnzoo.losses.margin.logistic import Logistic
from nnzoo.losses.margin.perceptron import PerceptronCriterion
from nnzoo.losses.margin.squared_hinge import SquaredHinge
from nnzoo.losses.margin.widrow_hoff import WidrowHoff

from .checks import check_figure

NAMES = ("identity", "sign", "sigmoid", "tanh", "relu", "hard_tanh")
# Aggarwal figure 2.4, computed: margin, perceptron, Widrow-Hoff, logistic, hinge, squared hinge.
N2 = [
    (-3, 3, 16, 3.048587, 4, 16),
    (-2, 2, 9, 2.126928, 3, 9),
    (-1, 1, 4, 1.313262, 2, 4),
    (0, 0, 1, 0.693147, 1, 1),
    (0.5, 0, 0.25, 0.474077, 0.5, 0.25),
    (1, 0, 0, 0.313262, 0, 0),
    (2, 0, 1, 0.126928, 0, 0),
    (3, 0, 4, 0.048587, 0, 0),
]
LOSSES = {
    "perceptron": PerceptronCriterion(),
    "Widrow-Hoff": WidrowHoff(),
    "logistic": Logistic(),
    "hinge": Hinge(),
    "squared hinge": SquaredHinge(),
}


def test_activations_and_their_derivatives():
    figure = check_figure(plot_activations({name: activation(name) for name in NAMES}))
    assert [ax.get_title() for ax in figure.axes] == list(NAMES)
    expected = {
        "identity": lambda v: (v, np.ones_like(v)),
        "sign": lambda v: (np.where(v > 0, 1, -1), np.zeros_like(v)),
        "sigmoid": lambda v: (1 / (1 + np.exp(-v)), np.exp(-v) / (1 + np.exp(-v)) ** 2),
        "tanh": lambda v: (np.tanh(v), 1 - np.tanh(v) ** 2),
        "relu": lambda v: (np.maximum(v, 0), (v > 0) * 1.0),
        "hard_tanh": lambda v: (np.clip(v, -1, 1), (np.abs(v) < 1) * 1.0),
    }
    for ax in figure.axes:
        value, slope = (line for line in ax.lines if "(v)" in line.get_label())
        v = value.get_xdata()
        assert (v[0], v[-1], len(v)) == (-5, 5, 401)
        function, derivative = expected[ax.get_title()](v)
        np.testing.assert_allclose(value.get_ydata(), function, atol=1e-6)
        np.testing.assert_allclose(slope.get_ydata(), derivative, atol=1e-6)
        axes = [line for line in ax.lines if line not in (value, slope)]
        assert [list(line.get_ydata()) for line in axes] == [
            [0, 0],
            [0, 1],
        ]  # the x axis, and the y axis from end to end
        assert list(axes[1].get_xdata()) == [0, 0]
    places = [(ax.get_subplotspec().rowspan.start, ax.get_subplotspec().colspan.start) for ax in figure.axes]
    assert places == [(0, 0), (0, 1), (0, 2), (1, 0), (1, 1), (1, 2)]


def test_losses_of_the_margin():
    figure = check_figure(plot_margin_losses({name: loss.margin_loss for name, loss in LOSSES.items()}))
    (ax,) = figure.axes
    curves = {line.get_label(): line for line in ax.lines}
    assert list(curves) == list(LOSSES)
    for s, *values in N2:
        for name, value in zip(LOSSES, values, strict=True):
            assert np.interp(s, curves[name].get_xdata(), curves[name].get_ydata()) == pytest.approx(value, abs=1e-5)
    assert ax.get_xlim() == (-3, 3)
    assert ax.get_ylim() == (-0.1, 4)  # as in figure 2.4
    (correct,) = ax.patches
    assert (correct.get_x(), correct.get_width()) == (0, 3)
    widths = [line.get_linewidth() for line in ax.lines]
    assert sorted(set(widths), reverse=True) == widths  # later lines do not hide earlier ones
    assert [line.get_linestyle() for line in ax.lines] == ["-", "--", "-.", ":", "-"]
    many = plot_margin_losses({str(k): torch.relu for k in range(9)}, reach=2.0).axes[0]
    assert many.get_xlim() == (-2, 2)
    assert many.lines[-1].get_linewidth() == many.lines[-2].get_linewidth() > 1


def test_the_hinge_is_the_perceptron_criterion_shifted():
    s = torch.linspace(-3, 3, 61)
    torch.testing.assert_close(Hinge().margin_loss(s), PerceptronCriterion().margin_loss(s - 1))  # Aggarwal, figure 1.6
