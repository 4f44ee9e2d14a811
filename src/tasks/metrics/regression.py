"""Metrics of real outputs. Shapes: B examples, T steps, D outputs."""

from collections.abc import Mapping
from typing import ClassVar

import torch
from torch import Tensor

from .base import Metrics, Mode


class RegressionMetrics(Metrics):
    """Of real outputs (B, D) or (B, T, D): mean squared error, its root, mean absolute error, explained variance.

    r2 is the mean over the D outputs, each by its own spread, as in scikit-learn: of a target that is constant it is 1
    if every prediction is exact and 0 otherwise.
    """

    modes: ClassVar[Mapping[str, Mode]] = {"mse": "min", "rmse": "min", "mae": "min", "r2": "max"}

    def reset(self) -> None:
        """Begin anew."""
        super().reset()
        self.origin: list[float] = []  # the first target: sums around it do not cancel, however large it is

    def update(self, prediction: Tensor, target: Tensor, mask: Tensor | None) -> None:
        """Add a batch, one row after the other: else the last digits would depend on how an epoch was cut."""
        if mask is not None:
            prediction, target = prediction[mask], target[mask]
        prediction, target = prediction.double().flatten(0, -2), target.double().flatten(0, -2)
        if not len(target):
            return
        self.origin = self.origin or target[0].tolist()
        rows = torch.cat(self.terms(prediction, target - target.new_tensor(self.origin), None), 1)
        begun = rows.new_tensor(self.sums or [0.0] * rows.shape[1])[None]
        self.sums = torch.cat([begun, rows]).cumsum(0)[-1].tolist()

    def terms(self, prediction: Tensor, target: Tensor, mask: Tensor | None) -> list[Tensor]:
        """Squares, absolutes, target around the origin, its square, count, of each row: (N, D) each."""
        gap = prediction - prediction.new_tensor(self.origin) - target
        return [gap.square(), gap.abs(), target, target.square(), torch.ones_like(gap)]

    def from_sums(self, *sums: float) -> dict[str, float]:
        """mse, rmse, mae, r2."""
        squares, absolutes, total, total_squares, n = torch.tensor(sums, dtype=torch.float64).view(5, -1)
        spread = (total_squares - total * total / n).clamp_min(0)
        constant = spread <= 1e-13 * total_squares  # rounding alone
        r2 = (1 - squares / spread).where(~constant, (squares == 0).double())
        mse = float((squares / n).mean())
        return {"mse": mse, "rmse": mse**0.5, "mae": float((absolutes / n).mean()), "r2": float(r2.mean())}

    def state(self) -> list[float]:
        """Return the sums so far, with the origin they are around."""
        return [*self.origin, *self.sums]

    def load_state(self, state: list[float]) -> None:
        """Go on from sums."""
        outputs = len(state) // 6  # an origin and five sums each
        self.origin, self.sums = state[:outputs], state[outputs:]
