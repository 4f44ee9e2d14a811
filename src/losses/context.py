"""Base classes of losses of the neighbours of a token.

Shapes: B examples, C neighbours of an example, K outputs, L outputs that a loss needs.
"""

from abc import abstractmethod

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


class SelectiveLoss(ContextLoss):
    """A loss of neighbours that needs only some outputs, which are learned by logistic regression."""

    @abstractmethod
    def needed_outputs(self, target: Tensor, size: int, generator: torch.Generator | None) -> tuple[Tensor, Tensor]:
        """Return the outputs that the neighbours (B, C) of an example need, ids (B, L), and their weights (B, L).

        The loss of an example is -sum_l |w_l| log sigmoid(sign(w_l) z_l) over these outputs z. Absent neighbours are
        -1; size: number of outputs; generator: of random outputs, None for the default one.
        """
