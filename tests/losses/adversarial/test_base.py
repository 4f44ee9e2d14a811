"""Adversarial losses against the formulas of Aggarwal 10.4.1 in float64."""

import math

import pytest
import torch
from nnzoo.losses.adversarial.base import AdversarialLoss
from nnzoo.losses.adversarial.minimax import Minimax
from nnzoo.losses.adversarial.non_saturating import NonSaturating
from nnzoo.spec import DataSpec
from torch import Tensor

from tests.support.optima import minimize

LOSSES = [Minimax, NonSaturating]
P = torch.tensor([0.5, 0.3, 0.19, 0.01], dtype=torch.float64)  # distribution of real points over four values
Q = torch.tensor([0.1, 0.3, 0.2, 0.4], dtype=torch.float64)  # distribution of generated points


def logits(*shape: int) -> Tensor:
    return torch.randn(*shape, dtype=torch.float64, requires_grad=True)


def value(loss: AdversarialLoss, p: Tensor, q: Tensor, z: Tensor) -> Tensor:
    """Return the expectation of J_D / m for a discriminator with logits z (N,) at the four values."""
    real, generated = torch.ones_like(z), torch.zeros_like(z)
    places = z.unsqueeze(-1)
    with_points = [(p, real), (q, generated)]
    return -sum((weight * loss(places, y)).sum() for weight, y in with_points)


def trained(p: Tensor, q: Tensor) -> Tensor:
    """Return the trained logits of a discriminator with one free logit for each value."""
    loss, z = NonSaturating(), torch.zeros(len(p), dtype=torch.float64, requires_grad=True)
    minimize(lambda: -value(loss, p, q, z), [z], max_iter=200, tolerance_grad=1e-14)
    return z.detach()


@pytest.mark.parametrize("kind", LOSSES)
def test_summed_loss_is_minus_the_objective_of_the_text(kind):
    on_real, on_generated = logits(5, 1), logits(5, 1)
    loss = kind()
    total = loss(on_real, torch.ones(5).double()).sum() + loss(on_generated, torch.zeros(5).double()).sum()
    d = [1 / (1 + (-z).exp()) for z in (on_real, on_generated)]
    assert torch.allclose(total, -(d[0].log().sum() + (1 - d[1]).log().sum()))
    torch.testing.assert_close(loss.expected(on_real), d[0])


@pytest.mark.parametrize("kind", LOSSES)
def test_perfect_discriminator_has_objective_0(kind):
    z = torch.tensor([[60.0], [-60.0]], dtype=torch.float64)
    assert kind()(z, torch.tensor([1.0, 0.0], dtype=torch.float64)).sum().item() == pytest.approx(0, abs=1e-20)


def test_generator_losses_and_their_derivatives():
    z = logits(6, 1)
    d = z.detach().sigmoid().squeeze(1)
    minimax, other = Minimax().generator(z), NonSaturating().generator(z)
    torch.testing.assert_close(minimax, (1 - d).log())
    torch.testing.assert_close(other, -d.log())
    for losses, expected in [(minimax, -d), (other, d - 1)]:
        (gradient,) = torch.autograd.grad(losses.sum(), z)
        torch.testing.assert_close(gradient.squeeze(1), expected)


def test_only_the_minimax_loss_saturates():
    z = torch.tensor([[-30.0]], dtype=torch.float64, requires_grad=True)  # the discriminator is sure
    sizes = {kind: torch.autograd.grad(kind().generator(z).sum(), z)[0].abs().item() for kind in LOSSES}
    assert sizes[Minimax] < 1e-12
    assert sizes[NonSaturating] == pytest.approx(1)


def test_minimax_losses_sum_to_a_term_independent_of_the_generator():
    """J_D - J_G does not depend on the generator, so both have the same gradient with respect to it."""
    z = logits(4, 1)
    ours = torch.autograd.grad(-Minimax()(z, torch.zeros(4).double()).sum(), z)[0]
    torch.testing.assert_close(ours, torch.autograd.grad(Minimax().generator(z).sum(), z)[0])


def test_optimal_discriminator_is_p_over_p_plus_q():
    z = trained(P, Q)
    torch.testing.assert_close(z.sigmoid(), P / (P + Q))
    mean = (P + Q) / 2
    divergence = sum((p * (p / mean).log()).sum() for p in (P, Q)) / 2  # of Jensen and Shannon
    found = value(NonSaturating(), P, Q, z).item()
    assert found == pytest.approx(-2 * math.log(2) + 2 * divergence.item(), rel=1e-12)


def test_equal_distributions_cannot_be_discriminated():
    z = trained(Q, Q)
    torch.testing.assert_close(z.sigmoid(), torch.full_like(Q, 0.5))
    assert value(Minimax(), Q, Q, z).item() == pytest.approx(-2 * math.log(2))


@pytest.mark.parametrize("kind", LOSSES)
def test_takes_only_data_without_a_target(kind):
    assert kind().takes(DataSpec("real", (2,), "none", 0)) is None
    assert kind().takes(DataSpec("real", (2,), "classes", 2)) == "takes none; the target of the data is classes"
