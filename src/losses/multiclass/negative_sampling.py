"""Negative sampling, the loss of word2vec.

Shapes: B examples in G steps, K classes or tokens, C neighbours of an example, k negatives, S negatives of a step.
"""

from collections.abc import Sequence
from typing import ClassVar, Literal

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from ..context import NeededOutputs, SelectiveLoss
from ..domain import check_classes
from .alias import AliasTable

F = nn.functional


class NegativeSampling(SelectiveLoss):
    """-log sigmoid(s_c) - sum_j log sigmoid(-s_j) for the score s_c of the right class and k random classes j.

    It learns for each class whether it is the right one, by logistic regression against noise, and not the
    probabilities of a softmax. k: number of negatives, at least 1: without them all scores would grow without bound;
    draws: number of negatives that all examples of a step share, which count k / draws times for each neighbour, with
    the same expectation; None for k negatives of each example, which its neighbours share. power: the noise is
    proportional to frequency^power; frequencies: of the classes, or "data" in a config for those of the training
    targets, None for equal ones. A negative may be the right class, as in word2vec. From the raw outputs of all
    classes, the loss is the expectation over the negatives; `needed_outputs` draws them.
    Raises ValueError for values out of range and another number of classes. Aggarwal 2.6.2, eq. 2.56.
    Shared negatives: Ji et al. 2016, "Parallelizing Word2Vec in Shared and Distributed Memory".
    """

    targets: ClassVar[tuple[str, ...]] = ("classes", "context")

    def __init__(
        self,
        *,
        k: int = 5,
        draws: int | None = None,
        power: float = 0.75,
        frequencies: Sequence[float] | Literal["data"] | None = None,
    ) -> None:
        super().__init__()
        if k < 1:
            raise ValueError(
                f"k is {k}; it must be at least 1: without negatives, the loss is least for infinite scores"
            )
        if not 0 <= power < float("inf"):
            raise ValueError(f"power is {power}; it must be at least 0")
        if isinstance(frequencies, str):
            raise ValueError(f"frequencies is '{frequencies}', which only a config may contain; pass numbers")
        if frequencies and not (min(frequencies) >= 0 and max(frequencies) > 0):
            raise ValueError("frequencies must be at least 0, and one of them above 0")
        if draws is not None and draws < 1:
            raise ValueError(f"draws is {draws}; it must be at least 1")
        self.k = k
        self.draws = draws
        self.power = power
        self.frequencies = tuple(frequencies) if frequencies else None
        self.table: AliasTable | None = None

    def out_features(self, target_size: int) -> int:
        """Return the number of classes. Raises ValueError if there are frequencies of another number of them."""
        if self.frequencies is not None and len(self.frequencies) != target_size:
            raise ValueError(f"frequencies has {len(self.frequencies)} numbers; there are {target_size} classes")
        return target_size

    def noise(self, classes: int, device: torch.device) -> AliasTable:
        """Return the distribution of the negatives; it is built once."""
        if self.table is None or len(self.table) != classes:
            counts = torch.ones(classes) if self.frequencies is None else torch.tensor(self.frequencies)
            weights = counts.double() ** self.power * (counts > 0)
            self.table = AliasTable(weights / weights.sum())
        self.table = self.table.to(device)
        return self.table

    def forward(self, output: Float[Tensor, "B K"], target: Int[Tensor, " B"]) -> Float[Tensor, " B"]:
        """Return the expected loss for classes 0 to K-1."""
        check_classes(target, output.shape[-1])
        return self.context_losses(output, target[:, None])[:, 0]

    def context_losses(self, output: Float[Tensor, "B K"], target: Int[Tensor, "B C"]) -> Float[Tensor, "B C"]:
        """Return the expected loss of each neighbour; those of absent neighbours (-1) are without meaning."""
        noise = self.noise(output.shape[-1], output.device).probabilities.to(output)
        negatives = self.k * (F.softplus(output) @ noise)
        return F.softplus(-output.gather(1, target.clamp(min=0))) + negatives[:, None]

    def needed_outputs(
        self, target: Int[Tensor, "B C"], size: int, step: int, generator: torch.Generator | None
    ) -> NeededOutputs:
        """Return the outputs of the neighbours, and the negatives of each example or of each step."""
        known = (target >= 0).float()
        noise, count = self.noise(size, target.device), known.sum(1)
        if self.draws is None:
            negatives = noise.draw((len(target), self.k), generator)
            weights = torch.cat([known, -count[:, None].expand(-1, self.k)], 1)
            return NeededOutputs.of_examples(torch.cat([target.clamp(min=0), negatives], 1), weights, step)
        shared = noise.draw((-(-len(target) // step), self.draws), generator)
        return NeededOutputs(target.clamp(min=0), known, shared, -(self.k / self.draws) * count)
