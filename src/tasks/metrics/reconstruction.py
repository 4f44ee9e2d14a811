"""Metrics of reconstructed inputs. Shapes: B examples, T steps, D numbers."""

import torch
from torch import Tensor

from .regression import RegressionMetrics

TOGETHER = 256  # rows of reconstructions, which the processor's caches hold


class ReconstructionMetrics(RegressionMetrics):
    """Of inputs (B, D) or (B, T, D) and what was made of them: the same, of all D numbers together.

    r2 is the share of the inputs' variance that is explained, as of principal components: 1 - sum of squared errors /
    sum of squared distances from the mean input (`multioutput="variance_weighted"` in scikit-learn). In a mean over the
    D numbers, each by its own spread, pixels that hardly ever change would decide.
    """

    def update(self, prediction: Tensor, target: Tensor, mask: Tensor | None) -> None:
        """Add a batch, one row after the other, as the others do; many rows of many numbers at a fair speed."""
        if mask is not None:
            prediction, target = prediction[mask], target[mask]
        prediction, target = single(prediction).flatten(0, -2), single(target).flatten(0, -2)
        if not len(target):
            return
        self.origin = self.origin or target[0].tolist()
        origin = target.new_tensor(self.origin)
        *of_rows, n = self.sums[:4] or [0.0] * 4
        total = target.new_tensor([self.sums[4:] or [0.0] * len(origin)], dtype=torch.float64)
        parts = [target.new_tensor(of_rows, dtype=torch.float64)[:, None]]
        for found, true in zip(prediction.split(TOGETHER), target.split(TOGETHER), strict=True):
            gap, apart = found - true, true - origin
            parts.append(torch.stack([gap.square(), gap.abs(), apart.square()]).sum(-1, dtype=torch.float64))
            total.index_add_(0, torch.zeros(len(apart), dtype=torch.long, device=apart.device), apart.double())
        self.sums = [*torch.cat(parts, 1).cumsum(1)[:, -1].tolist(), n + len(target), *total[0].tolist()]

    def from_sums(self, *sums: float) -> dict[str, float]:
        """mse, rmse, mae, r2 of the sums of squares, absolutes, squares around the origin, rows, and of each number."""
        squares, absolutes, total_squares, n, *total = sums
        spread = total_squares - sum(each * each for each in total) / n
        constant = spread <= 1e-13 * total_squares  # rounding alone
        r2 = float(squares == 0) if constant else 1 - squares / spread
        mse, mae = (value / (n * len(total)) for value in (squares, absolutes))
        return {"mse": mse, "rmse": mse**0.5, "mae": mae, "r2": r2}

    def load_state(self, state: list[float]) -> None:
        """Go on from sums."""
        outputs = len(state) // 2 - 2  # an origin and a sum each, and four sums of all
        self.origin, self.sums = state[:outputs], state[outputs:]


def single(values: Tensor) -> Tensor:
    """Return numbers in float32 at least."""
    return values if values.dtype == torch.float64 else values.float()
