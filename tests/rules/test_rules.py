"""Errors of the rules, by hand."""

import nnzoo
import pytest
import torch
from nnzoo.losses.margin.hinge import Hinge
from nnzoo.losses.margin.perceptron import PerceptronCriterion
from nnzoo.rules.margin_perceptron import MarginPerceptron
from nnzoo.rules.perceptron import Perceptron
from nnzoo.rules.widrow_hoff import WidrowHoff

OUTPUT = torch.tensor([-2.0, -0.5, 0.0, 0.5, 2.0]).repeat(2).unsqueeze(1)
TARGET = torch.tensor([0] * 5 + [1] * 5)
ERRORS = {
    "perceptron": (Perceptron(), [0, 0, -1, -1, -1, 1, 1, 1, 0, 0]),
    "perceptron, sign(0) = 1": (Perceptron(ties="positive"), [0, 0, -1, -1, -1, 1, 1, 0, 0, 0]),
    "perceptron, sign(0) = 0": (Perceptron(ties="half"), [0, 0, -0.5, -1, -1, 1, 1, 0.5, 0, 0]),
    "margin_perceptron": (MarginPerceptron(), [0, -1, -1, -1, -1, 1, 1, 1, 1, 0]),
    "wide margin": (MarginPerceptron(margin=2.5), [-1, -1, -1, -1, -1, 1, 1, 1, 1, 1]),
    "widrow_hoff": (WidrowHoff(), [1, -0.5, -1, -1.5, -3, 3, 1.5, 1, 0.5, -1]),
}


@pytest.mark.parametrize("name", ERRORS)
def test_errors_by_hand(name):
    rule, expected = ERRORS[name]
    assert rule.error(OUTPUT, TARGET).squeeze(1).tolist() == expected


@pytest.mark.parametrize("name", ["perceptron", "margin_perceptron", "widrow_hoff"])
def test_errors_are_the_negative_gradient_of_the_reported_loss(name):
    rule, _ = ERRORS[name]
    output = torch.randn(20, 3, dtype=torch.float64, requires_grad=True)
    target = torch.randint(3, (20,))
    rule(output, target).sum().backward()
    half = 0.5 if name == "widrow_hoff" else 1.0
    torch.testing.assert_close(rule.error(output.detach(), target), -half * output.grad)


def test_several_classes_are_one_vs_rest():
    error = Perceptron().error(torch.tensor([[1.0, -1.0, 2.0]]), torch.tensor([1]))
    assert error.tolist() == [[-1.0, 1.0, -1.0]]


def test_reported_losses():
    assert isinstance(Perceptron().reported_loss, PerceptronCriterion)
    assert isinstance(MarginPerceptron().reported_loss, Hinge)
    assert MarginPerceptron(margin=2.0)(torch.zeros(1, 1), torch.tensor([1])).item() == 2
    assert [Perceptron().out_features(n) for n in (2, 3)] == [1, 3]
    assert Perceptron().targets == ("classes",)


def test_margin_must_be_positive():
    with pytest.raises(ValueError, match=r"margin is 0\.0; it must be above 0"):
        MarginPerceptron(margin=0.0)


@pytest.mark.parametrize(("rule", "least"), [("perceptron", 0.95), ("margin_perceptron", 0.9), ("widrow_hoff", 0.7)])
def test_rule_learns_with_default_settings(tmp_path, rule, least):
    epochs = {"max_epochs": 20}
    found = nnzoo.train(
        "~logger", "~callbacks", model="linear", data="iris", rule=rule, trainer=epochs, output_dir=tmp_path
    )
    assert found.metrics["test/last"]["acc"] >= least


@pytest.mark.parametrize("margin", [0.5, 1.0, 2.0])
def test_exactly_at_the_margin_there_is_no_error(margin):
    """Aggarwal 2.2.4: S+ has y z < 1. On the other side of it there is one."""
    rule = MarginPerceptron(margin=margin)
    at = torch.tensor([[margin], [-margin]])
    assert rule.error(at, torch.tensor([1, 0])).tolist() == [[0], [0]]
    assert rule(at, torch.tensor([1, 0])).tolist() == [0, 0]
    assert rule.error(0.999 * at, torch.tensor([1, 0])).tolist() == [[1], [-1]]
