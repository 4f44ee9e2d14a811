"""L1 and L2 penalties on weights."""

from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import Literal

import torch
from torch import Tensor, nn

from ...errors import UserError, join_names, unknown
from ...spec import Batch, DataSpec
from .base import PenaltyWithDerivatives


class WeightPenalty(PenaltyWithDerivatives):
    """weight * sum w^2 / 2 over the weights w of a network (l2), or weight * sum |w| (l1).

    norm: with plain gradient descent, l2 multiplies each weight by 1 - lr weight in each step, like `weight_decay` of
    optimizer=sgd, and l1 subtracts lr weight from its absolute value; its slope is 0 for a weight of 0. parameters: a
    name pattern; null for all parameters with at least two dimensions, which excludes biases.
    Raises UserError for a negative weight, an unknown norm and a pattern that matches nothing.
    Aggarwal 4.4, 4.4.2.
    """

    def __init__(
        self, *, weight: float = 1e-4, norm: Literal["l1", "l2"] = "l2", parameters: str | None = None
    ) -> None:
        super().__init__(weight=weight)
        if norm not in ("l1", "l2"):
            raise unknown("norm of a weight penalty", norm, ("l1", "l2"))
        self.norm = norm
        self.pattern = parameters

    def bind(self, net: nn.Module, spec: DataSpec) -> None:
        """Find the penalized parameters."""
        model: nn.Module = getattr(net, "model", net)
        known = {name: p for name, p in model.named_parameters() if p.requires_grad}
        if self.pattern is None:
            self.weights = [p for p in known.values() if p.ndim > 1]
        else:
            self.weights = [p for name, p in known.items() if fnmatchcase(name, self.pattern)]
        if not self.weights:
            which = "has two dimensions" if self.pattern is None else f"matches '{self.pattern}'"
            raise UserError(f"weight penalty: no trainable parameter {which}; the parameters are {join_names(known)}")

    def value(self, batch: Batch) -> Tensor:
        """Return the weighted sum over the weights."""
        sums = [w.abs().sum() if self.norm == "l1" else w.square().sum() / 2 for w in self.weights]
        return self.weight * torch.stack(sums).sum()

    def derivatives(self) -> Iterator[tuple[nn.Parameter, Tensor]]:
        """Yield each weight w with weight * w (l2) or weight * sign(w) (l1)."""
        for w in self.weights:
            yield w, self.weight * (w.sign() if self.norm == "l1" else w)
