"""Metrics of reconstructed inputs. Shapes: B examples, T steps, D numbers."""

import torch
from torch import Tensor

from .regression import RegressionMetrics

BLOCK = 256  # rows that are processed together, so that they fit into the processor's caches


class ReconstructionMetrics(RegressionMetrics):
    """Regression metrics of reconstructions of inputs (B, D) or (B, T, D), over all D numbers together.

    r2 is the share of explained variance, as for principal components: 1 - sum of squared errors / sum of squared
    distances from the mean input (`multioutput="variance_weighted"` in scikit-learn). A mean of r2 over the D numbers
    would be dominated by pixels with little variance.
    """

    def update(self, prediction: Tensor, target: Tensor, mask: Tensor | None) -> None:
        """Add a batch row by row, like the regression metrics, but faster for many rows of many numbers."""
        if mask is not None:
            prediction, target = prediction[mask], target[mask]
        prediction, target = at_least_float32(prediction).flatten(0, -2), at_least_float32(target).flatten(0, -2)
        if not len(target):
            return
        self.origin = self.origin or target[0].tolist()
        origin = target.new_tensor(self.origin)
        *of_rows, n = self.sums[:4] or [0.0] * 4
        total = target.new_tensor([self.sums[4:] or [0.0] * len(origin)], dtype=torch.float64)
        parts = [target.new_tensor(of_rows, dtype=torch.float64)[:, None]]
        for found, true in zip(prediction.split(BLOCK), target.split(BLOCK), strict=True):
            gap, offset = found - true, true - origin
            rows = torch.zeros(len(offset), dtype=torch.long, device=offset.device)
            total.index_add_(0, rows, offset.double())
            # In place, and the sum of a row in its own precision: the metrics of a step can take as long as the step.
            parts.append(torch.stack([gap.square().sum(-1), gap.abs_().sum(-1), offset.square_().sum(-1)]).double())
        self.sums = [*torch.cat(parts, 1).cumsum(1)[:, -1].tolist(), n + len(target), *total[0].tolist()]

    def from_sums(self, *sums: float) -> dict[str, float]:
        """Return mse, rmse, mae, r2; sums: of squared errors, absolute errors, squares, rows, and of each number."""
        squares, absolutes, total_squares, n, *total = sums
        spread = total_squares - sum(each * each for each in total) / n
        constant = spread <= 1e-13 * total_squares  # only rounding errors
        r2 = float(squares == 0) if constant else 1 - squares / spread
        mse, mae = (value / (n * len(total)) for value in (squares, absolutes))
        return {"mse": mse, "rmse": mse**0.5, "mae": mae, "r2": r2}

    def load_state(self, state: list[float]) -> None:
        """Restore the sums and the origin."""
        outputs = len(state) // 2 - 2  # an origin and a sum for each number, and four further sums
        self.origin, self.sums = state[:outputs], state[outputs:]


def at_least_float32(values: Tensor) -> Tensor:
    """Return values in float32, or in float64 if they are so."""
    return values if values.dtype == torch.float64 else values.float()
