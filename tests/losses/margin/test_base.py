"""Margin losses against printed formulas and updates, in float64."""

import math

import pytest
import torch
from nnzoo.losses.margin.base import signs
from nnzoo.losses.margin.hinge import Hinge
from nnzoo.losses.margin.least_absolute import LeastAbsolute
from nnzoo.losses.margin.logistic import Logistic
from nnzoo.losses.margin.perceptron import PerceptronCriterion
from nnzoo.losses.margin.sign_squared import SignSquared
from nnzoo.losses.margin.squared_hinge import SquaredHinge
from nnzoo.losses.margin.widrow_hoff import WidrowHoff

# loss, its formula of the output z and y in {-1, +1}, and delta of the update y delta x (times 2 for squares)
LOSSES = {
    "perceptron": (PerceptronCriterion(), lambda z, y: max(-y * z, 0.0), lambda m: float(m <= 0)),
    "widrow_hoff": (WidrowHoff(), lambda z, y: (y - z) ** 2, lambda m: 2 * (1 - m)),
    "least_absolute": (LeastAbsolute(), lambda z, y: abs(y - z), lambda m: float(m < 1) - float(m > 1)),
    "logistic": (Logistic(), lambda z, y: math.log(1 + math.exp(-y * z)), lambda m: 1 / (1 + math.exp(m))),
    "hinge": (Hinge(), lambda z, y: max(1 - y * z, 0.0), lambda m: float(m < 1)),
    "wide hinge": (Hinge(margin=2.5), lambda z, y: max(2.5 - y * z, 0.0), lambda m: float(m < 2.5)),
    "squared_hinge": (SquaredHinge(), lambda z, y: max(1 - y * z, 0.0) ** 2, lambda m: 2 * max(1 - m, 0.0)),
    "sign_squared": (SignSquared(), lambda z, y: (y - (z > 0) + (z < 0)) ** 2, lambda m: 0.0),
}
VALUES = (-3.0, -1.0, -0.5, 0.0, 0.3, 1.0, 2.5, 4.0)


@pytest.mark.parametrize("name", LOSSES)
@pytest.mark.parametrize("lead", [(16,), (2, 8)])
def test_value_and_gradient_of_one_output(name, lead):
    loss, formula, delta = LOSSES[name]
    z = torch.tensor([*VALUES, *VALUES], dtype=torch.float64).view(*lead, 1).requires_grad_()
    t = torch.tensor([0] * 8 + [1] * 8).view(lead)
    values = loss(z, t)
    y = [2 * each - 1 for each in t.flatten().tolist()]
    expected = [formula(each, sign) for each, sign in zip(z.flatten().tolist(), y, strict=True)]
    assert values.shape == lead
    assert values.flatten().tolist() == pytest.approx(expected)
    values.sum().backward()
    pulls = [-sign * delta(sign * each) for each, sign in zip(z.flatten().tolist(), y, strict=True)]
    assert z.grad.flatten().tolist() == pytest.approx(pulls)


@pytest.mark.parametrize("name", LOSSES)
def test_several_classes_are_one_vs_rest(name):
    loss, formula, _ = LOSSES[name]
    z, t = torch.randn(9, 4, dtype=torch.float64), torch.randint(4, (9,))
    expected = [sum(formula(float(z[i, k]), 1 if t[i] == k else -1) for k in range(4)) for i in range(9)]
    assert loss(z, t).tolist() == pytest.approx(expected)


def test_number_of_outputs():
    assert [Hinge().out_features(n) for n in (2, 3, 10)] == [1, 3, 10]
    with pytest.raises(ValueError, match="a margin loss needs at least 2 classes, got 1"):
        Hinge().out_features(1)
    assert Logistic.targets == ("classes",)


def test_signs_of_classes():
    assert signs(torch.tensor([0, 1]), torch.zeros(2, 1)).tolist() == [[-1.0], [1.0]]
    assert signs(torch.tensor([0, 1]), torch.zeros(2, 2)).tolist() == [[1.0, -1.0], [-1.0, 1.0]]


@pytest.mark.parametrize(("target", "outputs", "classes"), [(-1, 1, 2), (2, 1, 2), (3, 3, 3), (-1, 3, 3)])
def test_targets_out_of_range_are_refused(target, outputs, classes):
    message = f"^a target is class {target}; the outputs are for classes 0 to {classes - 1}$"
    with pytest.raises(ValueError, match=message):
        Hinge()(torch.zeros(2, outputs), torch.tensor([0, target]))


def test_margin_must_be_positive():
    with pytest.raises(
        ValueError, match=r"^margin is 0\.0; it must be above 0 \(for a margin of 0 take loss=perceptron\)$"
    ):
        Hinge(margin=0.0)


def test_no_overflow():
    far = torch.tensor([[1000.0], [-1000.0]])
    assert Logistic()(far, torch.tensor([0, 1])).tolist() == [1000.0, 1000.0]
