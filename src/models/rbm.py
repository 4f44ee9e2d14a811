"""Restricted Boltzmann machine.

Shapes: *n examples or steps, F visible units, H hidden units, N samples.
"""

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits, linear, softplus

from ..card import Traits

MAX_TERMS = 1 << 22  # terms of a pseudo-likelihood that are held in memory at once


class RBM(nn.Module):
    """Binary units v and h with energy E(v, h) = -b.v - c.h - h.W v and probability exp(-E) / Z. Aggarwal 6.4.

    hidden: number of hidden units. Inputs are bits, or numbers in [0, 1] that are treated as probabilities of bits.
    Initial weights are drawn from N(0, 0.01^2) and initial biases are 0; contrastive divergence sets the visible biases
    from the data (6.4.3).
    Raises ValueError for fewer than 1 hidden unit.
    """

    traits = Traits(inputs=("vector",), targets=("input",))

    def __init__(self, *, in_features: int, hidden: int = 64) -> None:
        super().__init__()
        if hidden < 1:
            raise ValueError(f"hidden is {hidden}; it must be at least 1")
        self.hidden = nn.Linear(in_features, hidden)  # W (H, F) and c (H,)
        self.visible_bias = nn.Parameter(torch.zeros(in_features))
        nn.init.normal_(self.hidden.weight, 0, 0.01)
        nn.init.zeros_(self.hidden.bias)

    def forward(self, x: Float[Tensor, "*n F"]) -> Float[Tensor, "*n F"]:
        """Return the logits of reconstructions, computed from the probabilities of the hidden units."""
        return self.decode(self.encode(x))

    def encode(self, x: Float[Tensor, "*n F"]) -> Float[Tensor, "*n H"]:
        """Return P(h = 1 | v) of the hidden units, eq. 6.16."""
        return self.hidden(x).sigmoid()

    def decode(self, h: Float[Tensor, "*n H"]) -> Float[Tensor, "*n F"]:
        """Return the logits of P(v = 1 | h), eq. 6.18."""
        return linear(h, self.hidden.weight.t(), self.visible_bias)

    def energy(self, v: Float[Tensor, "*n F"], h: Float[Tensor, "*n H"]) -> Float[Tensor, "*n"]:
        """Return E(v, h): eq. 6.8 without connections inside a layer."""
        return -(v * self.visible_bias).sum(-1) - (h * self.hidden(v)).sum(-1)

    def free_energy(self, v: Float[Tensor, "*n F"]) -> Float[Tensor, "*n"]:
        """Return -log sum_h exp(-E(v, h)), so that P(v) = exp(-free energy) / Z."""
        return -(v * self.visible_bias).sum(-1) - softplus(self.hidden(v)).sum(-1)

    @torch.no_grad()
    def gibbs(self, v: Float[Tensor, "*n F"], *, sample_visible: bool = True) -> Float[Tensor, "*n F"]:
        """Sample the hidden units given v, and return the visible units given these: sampled, or as probabilities."""
        p = self.decode(self.encode(v).bernoulli()).sigmoid()
        return p.bernoulli() if sample_visible else p

    @torch.no_grad()
    def sample(self, n: int, *, steps: int = 1000) -> Float[Tensor, "N F"]:
        """Return n samples of the visible units after Gibbs steps from random bits with probability sigmoid(b).

        Raises ValueError for n below 1 and for steps below 0.
        """
        if n < 1:
            raise ValueError(f"n is {n}; it must be at least 1")
        if steps < 0:
            raise ValueError(f"steps is {steps}; it must be at least 0")
        v = self.visible_bias.sigmoid().expand(n, -1).bernoulli()
        for _ in range(steps):
            v = self.gibbs(v)
        return v

    def pseudo_log_likelihood(self, v: Float[Tensor, "N F"], *, bits: int | None = None) -> Float[Tensor, " N"]:
        """Return the sum over visible units of log P(v_i | other units), in nats.

        bits: estimate the sum from this number of evenly spaced units of each example, shifted by one unit from example
        to example; None for all units. A number v_i in (0, 1) is the average over both bits with their probabilities.
        """
        size = v.shape[-1]
        count = size if bits is None else min(bits, size)
        spacing = torch.arange(count, device=v.device) * size // count
        units = (torch.arange(len(v), device=v.device).unsqueeze(1) + spacing) % size  # (N, count)
        rows = max(1, MAX_TERMS // (count * self.hidden.out_features))
        parts = [self._conditional(v[k : k + rows], units[k : k + rows]) for k in range(0, len(v), rows)]
        return torch.cat(parts).sum(-1) * (size / count)

    def _conditional(self, v: Float[Tensor, "N F"], units: Tensor) -> Tensor:
        """Return log P(v_i | other units) for the given units (N, bits) of each example."""
        weight = self.hidden.weight.t()[units]  # (N, bits, H)
        value = v.gather(-1, units)
        without = self.hidden(v).unsqueeze(-2) - value.unsqueeze(-1) * weight  # pre-activation of h if v_i is 0
        logit = (softplus(without + weight) - softplus(without)).sum(-1) + self.visible_bias[units]
        return -binary_cross_entropy_with_logits(logit, value, reduction="none")
