"""The restricted Boltzmann machine.

Shapes: *n examples or steps, F visible units, H hidden units, N samples.
"""

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits, linear, softplus

from ..card import Traits

TERMS = 1 << 22  # numbers of a pseudo-likelihood that are in memory at once


class RBM(nn.Module):
    """Bits v and h with energy E(v, h) = -b.v - c.h - h.W v and probability exp(-E) / Z. Aggarwal 6.4.

    hidden: hidden units. Inputs are bits, or numbers in [0, 1], which are taken for probabilities of bits. Weights are
    drawn from N(0, 0.01^2), biases are 0; contrastive divergence begins with visible biases from the data (6.4.3).
    Raises ValueError without hidden units.
    """

    traits = Traits(inputs=("vector",), targets=("input",))

    def __init__(self, *, in_features: int, hidden: int = 64) -> None:
        super().__init__()
        if hidden < 1:
            raise ValueError(f"hidden is {hidden}; it must be at least 1 unit")
        self.hidden = nn.Linear(in_features, hidden)  # W (H, F) and c (H,)
        self.visible_bias = nn.Parameter(torch.zeros(in_features))
        nn.init.normal_(self.hidden.weight, 0, 0.01)
        nn.init.zeros_(self.hidden.bias)

    def forward(self, x: Float[Tensor, "*n F"]) -> Float[Tensor, "*n F"]:
        """Return the log-odds of reconstructions: up and down once, with probabilities in place of hidden bits."""
        return self.decode(self.encode(x))

    def encode(self, x: Float[Tensor, "*n F"]) -> Float[Tensor, "*n H"]:
        """Return P(h = 1 | v) of the hidden units, eq. 6.16."""
        return self.hidden(x).sigmoid()

    def decode(self, h: Float[Tensor, "*n H"]) -> Float[Tensor, "*n F"]:
        """Return the log-odds of the visible units, whose sigmoid is P(v = 1 | h), eq. 6.18."""
        return linear(h, self.hidden.weight.t(), self.visible_bias)

    def energy(self, v: Float[Tensor, "*n F"], h: Float[Tensor, "*n H"]) -> Float[Tensor, "*n"]:
        """Return E(v, h), eq. 6.8 without weights inside a layer."""
        return -(v * self.visible_bias).sum(-1) - (h * self.hidden(v)).sum(-1)

    def free_energy(self, v: Float[Tensor, "*n F"]) -> Float[Tensor, "*n"]:
        """Return -log of the sum of exp(-E(v, h)) over all h: P(v) = exp(-free energy) / Z."""
        return -(v * self.visible_bias).sum(-1) - softplus(self.hidden(v)).sum(-1)

    @torch.no_grad()
    def gibbs(self, v: Float[Tensor, "*n F"], *, sample_visible: bool = True) -> Float[Tensor, "*n F"]:
        """Return visible units after hidden ones were sampled: sampled, too, or their probabilities."""
        p = self.decode(self.encode(v).bernoulli()).sigmoid()
        return p.bernoulli() if sample_visible else p

    @torch.no_grad()
    def sample(self, n: int, *, steps: int = 1000) -> Float[Tensor, "N F"]:
        """Return visible bits after so many Gibbs steps from random ones, each by its bias alone.

        Raises ValueError for less than 1 example, and for less than 0 steps.
        """
        if n < 1:
            raise ValueError(f"n is {n}; it must be at least 1 example")
        if steps < 0:
            raise ValueError(f"steps is {steps}; it must be at least 0")
        v = self.visible_bias.sigmoid().expand(n, -1).bernoulli()
        for _ in range(steps):
            v = self.gibbs(v)
        return v

    def pseudo_log_likelihood(self, v: Float[Tensor, "N F"], *, bits: int | None = None) -> Float[Tensor, " N"]:
        """Return the sum over visible units of log P(v_i | all other ones), in nats.

        bits: estimate it from so many units of each example, at equal distances, the next example by the units beside
        them; None for all. A number v_i between 0 and 1 counts as both answers, with their probabilities.
        """
        size = v.shape[-1]
        count = size if bits is None else min(bits, size)
        spread = torch.arange(count, device=v.device) * size // count
        places = (torch.arange(len(v), device=v.device).unsqueeze(1) + spread) % size  # (N, count)
        rows = max(1, TERMS // (count * self.hidden.out_features))
        parts = [self._terms(v[k : k + rows], places[k : k + rows]) for k in range(0, len(v), rows)]
        return torch.cat(parts).sum(-1) * (size / count)

    def _terms(self, v: Float[Tensor, "N F"], places: Tensor) -> Tensor:
        """Return log P(v_i | all other ones) for units `places` (N, bits) of each example."""
        weight = self.hidden.weight.t()[places]  # (N, bits, H)
        value = v.gather(-1, places)
        without = self.hidden(v).unsqueeze(-2) - value.unsqueeze(-1) * weight  # net input of h if v_i is 0
        gap = (softplus(without + weight) - softplus(without)).sum(-1) + self.visible_bias[places]
        return -binary_cross_entropy_with_logits(gap, value, reduction="none")
