"""Stated derivatives of losses against autograd, in float64."""

from inspect import isabstract

import pytest
import torch
from nnzoo import losses
from nnzoo.losses.base import DERIVATIVES, VALUES
from nnzoo.losses.stated import is_stated
from nnzoo.losses.weighted import Weighted
from torch.testing import assert_close

GENERATOR = torch.Generator().manual_seed(0)
CLASSES = torch.tensor([0, 2, 1, 1, 0, 2])
REALS = torch.randn(6, 3, dtype=torch.float64, generator=GENERATOR)
BITS = torch.rand(6, 3, dtype=torch.float64, generator=GENERATOR)
WEIGHTS = torch.tensor([0.5, 2.0, 0.0], dtype=torch.float64)
CASES = {
    "cross_entropy": (losses.CrossEntropy(), CLASSES),
    "weighted": (Weighted(losses.CrossEntropy(), WEIGHTS), CLASSES),
    "weighted hinge": (Weighted(losses.Hinge(), WEIGHTS), CLASSES),
    "bce": (losses.BinaryCrossEntropy(), BITS),
    "mean bce": (losses.BinaryCrossEntropy(outputs="mean"), BITS),
    "brier": (losses.Brier(), BITS),
    "mean brier": (losses.Brier(outputs="mean"), BITS),
    "squared": (losses.Squared(), REALS),
    "absolute": (losses.Absolute(), REALS),
    "huber": (losses.Huber(delta=0.5), REALS),
    "torch huber": (losses.Huber(delta=0.5, scaling="torch"), REALS),
    "multinomial": (losses.Multinomial(), BITS * 3),
    "multiclass_perceptron": (losses.MulticlassPerceptron(), CLASSES),
    "weston_watkins": (losses.WestonWatkins(), CLASSES),
    "hinge": (losses.Hinge(margin=0.7), CLASSES),
    "squared_hinge": (losses.SquaredHinge(), CLASSES),
    "least_absolute": (losses.LeastAbsolute(), CLASSES),
    "logistic": (losses.Logistic(), CLASSES),
    "perceptron": (losses.PerceptronCriterion(), CLASSES),
    "widrow_hoff": (losses.WidrowHoff(), CLASSES),
}


def test_every_loss_that_states_its_derivative_is_here():
    """A new loss that states one must be compared as well."""
    tested = {type(loss) for loss, _ in CASES.values()}
    kinds = [kind for name in losses.__all__ if not isabstract(kind := getattr(losses, name))]
    stated = {kind for kind in kinds if is_stated(kind, DERIVATIVES, VALUES)}
    assert stated - {Weighted} == tested - {Weighted}


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("shape", ["examples", "members"])
def test_equals_autograd(name, shape):
    loss, target = CASES[name]
    output = torch.randn(6, 3, dtype=torch.float64, generator=torch.Generator().manual_seed(1))
    output[0] = 0.0  # ties and kinks
    output[1] = torch.tensor([-60.0, 3.0, 60.0])
    output[2] = torch.tensor([-0.7, 0.7, 0.7], dtype=torch.float64)  # margins at the kinks of class 1
    output[3] = torch.tensor([-1.0, 1.0, 1.0])
    if shape == "members":
        output = torch.stack([output, -output])
        target = target.expand(2, *target.shape)
    z = output.clone().requires_grad_()
    value = loss(z, target)
    (expected,) = torch.autograd.grad(value.sum(), z)
    with torch.no_grad():
        losses, derivative = loss.with_derivative(output, target)
    assert_close(losses, value.detach())
    assert_close(derivative, expected)


@pytest.mark.parametrize("name", ["hinge", "logistic", "perceptron", "squared_hinge", "widrow_hoff", "least_absolute"])
def test_one_output_for_two_classes(name):
    loss, target = CASES[name][0], CLASSES % 2
    output = torch.linspace(-2, 2, 6, dtype=torch.float64)[:, None].requires_grad_()
    value = loss(output, target)
    (expected,) = torch.autograd.grad(value.sum(), output)
    with torch.no_grad():
        assert_close(loss.with_derivative(output.detach(), target)[1], expected)


def test_a_subclass_with_another_value_states_nothing():
    class Mine(losses.Squared):
        def forward(self, output, target):
            return 2 * super().forward(output, target)

    class Margin(losses.Hinge):
        def margin_loss(self, margin):
            return margin

    class Mean(losses.CrossEntropy):
        def mean(self, output, target):
            return self(output, target).sum()

    class Same(losses.Squared):
        """The value of the base class."""

    assert not Mine().states_derivative()
    assert not Margin().states_derivative()
    assert not Mean().states_derivative()
    assert Same().states_derivative()
    assert not Weighted(Mine(), WEIGHTS).states_derivative()
    for silent in (losses.ZeroOne(), losses.SignSquared(), losses.HierarchicalSoftmax()):
        assert not silent.states_derivative()
