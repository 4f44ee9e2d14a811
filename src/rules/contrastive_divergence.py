"""Contrastive divergence, also with persistent chains.

Shapes: N examples, F visible units, C chains.
"""

from collections.abc import Iterable, Mapping
from typing import ClassVar, Literal, Protocol, runtime_checkable

import torch
from torch import Tensor, nn

from ..errors import UserError
from ..losses.base import Loss
from .local import LocalRule

BITS = 64  # units per example for the estimate of the pseudo-likelihood in evaluation
BITS_IN_TRAINING = 4  # fewer, since the estimate would take longer than the training step


@runtime_checkable
class EnergyBased(Protocol):
    """A network of visible and hidden units that contrastive divergence can train, with a parameter `visible_bias`.

    The parameter is not a member: from Python 3.12 on, isinstance does not see parameters.
    """

    def free_energy(self, v: Tensor) -> Tensor:
        """(N, F) -> (N,)."""

    def gibbs(self, v: Tensor, *, sample_visible: bool) -> Tensor:
        """Return the visible units (N, F) after one Gibbs step."""

    def pseudo_log_likelihood(self, v: Tensor, *, bits: int) -> Tensor:
        """(N, F) -> (N,)."""


class ContrastiveDivergence(LocalRule):
    """Lower the free energy of the data and raise that of Gibbs samples.

    The update of a weight is <v_i h_j> for the data minus <v_i h_j> after k Gibbs steps; the updates of the biases use
    <v_i> and <h_j>. Hidden units are sampled within a chain, and their probabilities are used at both ends. Visible
    biases start at log(p / (1 - p)), where p is the mean of the unit over the training set, kept at least half an
    example away from 0 and 1.

    k: number of Gibbs steps; grow_every: training steps after which k increases by 1, up to max_k (CD-1 first, more
    steps later), None to keep k. chains: None starts each chain at an example of the batch; a number C uses persistent
    contrastive divergence with C chains that continue from step to step. sample_visible: sample the visible units of a
    chain instead of using their probabilities: probabilities have less noise with few steps, but only with sampling do
    long chains draw from the model distribution.
    Raises UserError for values out of range. Aggarwal 6.4.1-6.4.3, 6.9; Tieleman 2008.
    """

    targets: ClassVar[tuple[str, ...]] = ("input",)
    note_modes: ClassVar[Mapping[str, Literal["min", "max"] | None]] = {"pseudo_log_likelihood": "max"}
    particles: Tensor

    def __init__(
        self,
        *,
        k: int = 1,
        grow_every: int | None = None,
        max_k: int = 20,
        chains: int | None = None,
        sample_visible: bool = False,
    ) -> None:
        super().__init__()
        for name, value in {"k": k, "grow_every": grow_every, "chains": chains}.items():
            if value is not None and value < 1:
                raise UserError(f"rule.{name} is {value}; it must be at least 1")
        if max_k < k:
            raise UserError(f"rule.max_k is {max_k}; it must be at least k, which is {k}")
        self.k = k
        self.grow_every = grow_every
        self.max_k = max_k
        self.chains = chains
        self.sample_visible = sample_visible

    def bind(self, model: nn.Module, loss: Loss) -> None:
        """Allocate the persistent chains."""
        if not isinstance(model, EnergyBased):
            raise UserError(
                f"contrastive divergence is for networks with a free energy (rbm), not {type(model).__name__}"
            )
        bias = model.get_parameter("visible_bias")
        if loss.probabilities(bias[None]) is None:
            raise UserError(
                f"contrastive divergence reconstructs logits, which loss {type(loss).__name__} does not take; "
                "choose loss=bce, or loss=brier for the squared error"
            )
        if self.chains is not None:
            self.register_buffer("particles", bias.new_zeros(self.chains, bias.numel()))

    @torch.no_grad()
    def initialize(self, model: nn.Module, batches: Iterable[Tensor]) -> None:
        """Set the visible biases, and sample the initial chains from them."""
        assert isinstance(model, EnergyBased)
        bias = model.get_parameter("visible_bias")
        count, total = 0, torch.zeros_like(bias, dtype=torch.float64)
        for x in batches:
            count, total = count + len(x), total + x.double().sum(0)
        lowest = 1 / (2 * count)
        bias.copy_((total / count).clamp(lowest, 1 - lowest).logit())
        if self.chains is not None:
            self.particles.copy_(bias.sigmoid().expand_as(self.particles).bernoulli())

    def steps(self, step: int) -> int:
        """Return the number of Gibbs steps after `step` training steps."""
        return self.k if self.grow_every is None else min(self.k + step // self.grow_every, self.max_k)

    def surrogate(self, model: nn.Module, x: Tensor, y: Tensor, step: int) -> Tensor:
        """Return the mean free energy of the data minus that of the end of the chains, which get no gradient.

        d(free energy) / dW is -P(h = 1 | v) v, so the gradient consists of the statistics at both ends.
        """
        assert isinstance(model, EnergyBased)
        v = x if self.chains is None else self.particles
        for _ in range(self.steps(step)):
            v = model.gibbs(v, sample_visible=self.sample_visible)
        if self.chains is not None:
            self.particles.copy_(v)
        return model.free_energy(x).mean() - model.free_energy(v).mean()

    def notes(self, model: nn.Module, x: Tensor) -> dict[str, Tensor]:
        """Return the mean pseudo-log-likelihood; in evaluation it is exact for up to 64 visible units."""
        assert isinstance(model, EnergyBased)
        bits = BITS_IN_TRAINING if model.training else BITS
        return {"pseudo_log_likelihood": model.pseudo_log_likelihood(x, bits=bits).mean()}
