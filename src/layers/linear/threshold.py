"""Linear units with fixed thresholds.

Shapes: *n examples, F inputs, U units.
"""

from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import Tensor, nn


class ThresholdUnits(nn.Module):
    """Pre-activations w.x - t of units with fixed weights; a unit is active where w.x - t > 0.

    weights: one row per unit; thresholds: one per unit. If thresholds is empty, each row has an additional last weight
    for a constant input of 1, which represents a threshold t as the weight -t.
    Raises ValueError if the weights are for another number of inputs. MMDS 13.1, 12.2.4.
    """

    weights: Tensor
    thresholds: Tensor | None

    def __init__(self, *, in_features: int, weights: Sequence[Sequence[float]], thresholds: Sequence[float]) -> None:
        super().__init__()
        if thresholds and len(thresholds) != len(weights):
            raise ValueError(f"{len(thresholds)} thresholds are given for {len(weights)} units")
        for row in weights:
            expected = len(row) if thresholds else len(row) - 1
            if expected != in_features:
                raise ValueError(f"the weights {list(row)} are for {expected} inputs, but there are {in_features}")
        dtype = torch.get_default_dtype()
        self.register_buffer("weights", torch.tensor(weights, dtype=dtype))
        self.register_buffer("thresholds", torch.tensor(thresholds, dtype=dtype) if thresholds else None)

    def forward(self, x: Float[Tensor, "*n F"]) -> Float[Tensor, "*n U"]:
        """Return the pre-activations."""
        if self.thresholds is None:
            return nn.functional.linear(nn.functional.pad(x, (0, 1), value=1.0), self.weights)
        return nn.functional.linear(x, self.weights, -self.thresholds)


class ThresholdLinear(nn.Linear):
    """Pre-activations w.x - t of units with learned weights and the same fixed threshold t. Aggarwal 1.10."""

    def __init__(self, *, in_features: int, out_features: int, threshold: float) -> None:
        super().__init__(in_features, out_features, bias=False)
        self.threshold = threshold

    def forward(self, x: Float[Tensor, "*n F"]) -> Float[Tensor, "*n U"]:
        """Return the pre-activations."""
        return super().forward(x) - self.threshold
