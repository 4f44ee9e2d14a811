"""Base classes of losses of the neighbours of a token.

Shapes: B examples in G steps, C neighbours of an example, K outputs, L outputs that a loss needs, S outputs that the
examples of a step share.
"""

from abc import abstractmethod
from typing import NamedTuple

import torch
from torch import Tensor

from .base import Loss


class ContextLoss(Loss):
    """A loss of each of several neighbours, whose outputs are the same; its `targets` include "context"."""

    @abstractmethod
    def context_losses(self, output: Tensor, target: Tensor) -> Tensor:
        """Return the loss of each neighbour from the outputs for one token: (B, K) and (B, C) -> (B, C).

        The losses of absent neighbours, -1, are without meaning.
        """


class NeededOutputs(NamedTuple):
    """Outputs z that the losses of examples need, and their weights.

    ids, weights: (B, L) of each example; shared: (G, S) of all examples of each step; shared_weights: (B,), at most 0.
    The loss of an example is -sum_l |w_l| log sigmoid(sign(w_l) z_l) over both.
    """

    ids: Tensor
    weights: Tensor
    shared: Tensor
    shared_weights: Tensor

    @classmethod
    def of_examples(cls, ids: Tensor, weights: Tensor, step: int) -> "NeededOutputs":
        """Return outputs of which none is shared by the `step` examples of a step."""
        return cls(ids, weights, ids.new_empty(-(-len(ids) // step), 0), weights.new_zeros(len(ids)))

    def of_each(self, step: int) -> tuple[Tensor, Tensor]:
        """Return ids and weights of each example with the shared ones, both (B, L + S)."""
        shared = self.shared.repeat_interleave(step, 0)[: len(self.ids)]
        weights = self.shared_weights[:, None].expand(-1, shared.shape[1])
        return torch.cat([self.ids, shared], 1), torch.cat([self.weights, weights], 1)


class SelectiveLoss(ContextLoss):
    """A loss of neighbours that needs only some outputs, which are learned by logistic regression."""

    @abstractmethod
    def needed_outputs(self, target: Tensor, size: int, step: int, generator: torch.Generator | None) -> NeededOutputs:
        """Return the outputs that the neighbours (B, C) of examples need.

        Absent neighbours are -1; size: number of outputs; step: number of examples of a step; generator: of random
        outputs, None for the default one.
        """
