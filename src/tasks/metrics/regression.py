"""Regression metrics. Shapes: B examples, T steps, D outputs."""

from collections.abc import Mapping, Sequence
from typing import ClassVar

import torch
from torch import Tensor

from .base import Metrics, Mode, sums_tensor


class RegressionMetrics(Metrics):
    """Mean squared error, its root, mean absolute error and r2 of real outputs (B, D) or (B, T, D).

    r2 is the mean over the D outputs, as in scikit-learn; for a constant target it is 1 if every prediction is exact
    and 0 otherwise.
    """

    modes: ClassVar[Mapping[str, Mode]] = {"mse": "min", "rmse": "min", "mae": "min", "r2": "max"}

    def reset(self) -> None:
        """Reset the sums and the origin."""
        super().reset()
        self.origin: Tensor | None = None  # the first target, subtracted to avoid cancellation for large targets

    def update(self, prediction: Tensor, target: Tensor, mask: Tensor | None) -> None:
        """Add a batch row by row; otherwise the last digits would depend on the batch size."""
        if mask is not None:
            prediction, target = prediction[mask], target[mask]
        prediction, target = prediction.double().flatten(0, -2), target.double().flatten(0, -2)
        if not len(target):
            return
        self.origin = target[0].clone() if self.origin is None else self.origin.to(target.device)
        rows = torch.cat(self.terms(prediction, target - self.origin, None), 1)
        previous = rows.new_zeros(rows.shape[1]) if self.total is None else self.total.to(rows.device)
        self.total = torch.cat([previous[None], rows]).cumsum(0)[-1].clone()  # of the rows only the last one is kept

    def terms(self, prediction: Tensor, target: Tensor, mask: Tensor | None) -> list[Tensor]:
        """Return squared error, absolute error, target minus origin, its square, and 1 for each row: (N, D) each."""
        assert self.origin is not None
        gap = prediction - self.origin - target
        return [gap.square(), gap.abs(), target, target.square(), torch.ones_like(gap)]

    def from_sums(self, *sums: float) -> dict[str, float]:
        """Return mse, rmse, mae, r2."""
        squares, absolutes, total, total_squares, n = torch.tensor(sums, dtype=torch.float64).view(5, -1)
        spread = (total_squares - total * total / n).clamp_min(0)
        constant = spread <= 1e-13 * total_squares  # only rounding errors
        r2 = (1 - squares / spread).where(~constant, (squares == 0).double())
        mse = float((squares / n).mean())
        return {"mse": mse, "rmse": mse**0.5, "mae": float((absolutes / n).mean()), "r2": float(r2.mean())}

    def state(self) -> list[float]:
        """Return the origin and the sums so far."""
        return [*([] if self.origin is None else self.origin.tolist()), *self.sums]

    def load_state(self, state: list[float]) -> None:
        """Restore the origin and the sums."""
        outputs = len(state) // 6  # an origin and five sums for each output
        self.origin, self.total = sums_tensor(state[:outputs]), sums_tensor(state[outputs:])

    def combined(self, states: Sequence[list[float]]) -> list[float]:
        """Return the state of several processes, with the origin of the first."""
        if not states:
            return []
        rows = torch.tensor(states, dtype=torch.float64).view(len(states), 6, -1)
        origin, squares, absolutes, total, total_squares, n = rows.unbind(1)  # (processes, D) each
        shift = origin - origin[0]
        total_squares = total_squares + 2 * shift * total + n * shift.square()
        total = total + n * shift
        sums = torch.stack([squares, absolutes, total, total_squares, n]).sum(1)
        return [*origin[0].tolist(), *sums.flatten().tolist()]
