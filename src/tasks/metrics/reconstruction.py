"""Metrics of reconstructed inputs. Shapes: B examples, T steps, N rows, D numbers."""

from collections.abc import Mapping, Sequence
from typing import ClassVar

import torch
from torch import Tensor

from .base import Metrics, Mode, sums_tensor
from .regression import RegressionMetrics

BLOCK = 1 << 18  # numbers that are processed together, so that they fit into the processor's caches
MAX_ROWS = 256  # of a block


class ReconstructionMetrics(Metrics):
    """Regression metrics of reconstructions of inputs (B, D) or (B, T, D), over all D numbers together.

    r2 is the share of explained variance, as for principal components: 1 - sum of squared errors / sum of squared
    distances from the mean input (`multioutput="variance_weighted"` in scikit-learn). A mean of r2 over the D numbers
    would be dominated by pixels with little variance.
    """

    modes: ClassVar[Mapping[str, Mode]] = RegressionMetrics.modes

    def reset(self) -> None:
        """Reset the sums."""
        super().reset()
        self.rows: RowSums | None = None  # since the first update; before it, `sums` are those of a checkpoint

    def update(self, prediction: Tensor, target: Tensor, mask: Tensor | None) -> None:
        """Add a batch row by row; otherwise the last digits would depend on the batch size."""
        if mask is not None:
            prediction, target = prediction[mask], target[mask]
        dtype = torch.promote_types(torch.promote_types(prediction.dtype, target.dtype), torch.float32)
        prediction, target = prediction.to(dtype).flatten(0, -2), target.to(dtype).flatten(0, -2)
        if not len(target):
            return
        if self.rows is None:
            self.rows = RowSums(target, self.sums)
        self.rows.add(prediction, target)

    def state(self) -> list[float]:
        """Return the sums so far."""
        return self.sums if self.rows is None else self.rows.to_list()

    def load_state(self, state: list[float]) -> None:
        """Restore the sums."""
        self.rows, self.total = None, sums_tensor(state)

    def combined(self, states: Sequence[list[float]]) -> list[float]:
        """Return the state of several processes, with the origin of the first."""
        if not states:
            return []
        rows = torch.tensor(states, dtype=torch.float64)
        size = rows.shape[1] // 2 - 2
        origin, of_rows, total = rows.split([size, 4, size], 1)
        squares, absolutes, total_squares, n = of_rows.unbind(1)
        shift = origin - origin[0]
        total_squares = total_squares + (2 * shift * total).sum(1) + n * shift.square().sum(1)
        total = total + n[:, None] * shift
        sums = torch.stack([squares, absolutes, total_squares, n]).sum(1)
        return [*origin[0].tolist(), *sums.tolist(), *total.sum(0).tolist()]

    def compute(self, loss: float) -> dict[str, float]:
        """Return mse, rmse, mae, r2."""
        state = self.state()
        assert state, "compute was called before update"
        outputs = len(state) // 2 - 2  # an origin and a sum for each number, and four further sums
        return self.from_sums(*state[outputs:])

    def terms(self, prediction: Tensor, target: Tensor, mask: Tensor | None) -> list[Tensor]:
        """Return nothing: `update` adds rows."""
        return []

    def from_sums(self, *sums: float) -> dict[str, float]:
        """Return mse, rmse, mae, r2; sums: of squared errors, absolute errors, squares, rows, and of each number."""
        squares, absolutes, total_squares, n, *total = sums
        spread = total_squares - sum(each * each for each in total) / n
        constant = spread <= 1e-13 * total_squares  # only rounding errors
        r2 = float(squares == 0) if constant else 1 - squares / spread
        mse, mae = (value / (n * len(total)) for value in (squares, absolutes))
        return {"mse": mse, "rmse": mse**0.5, "mae": mae, "r2": r2}


class RowSums:
    """Running sums over rows of reconstructions and inputs, each (N, D), in the order of the rows.

    like: the first inputs (N, D), whose first row is the origin, which is subtracted to avoid cancellation; before: a
    result of `to_list` to continue from, or nothing. The sums are in float64, except within a row.
    """

    def __init__(self, like: Tensor, before: Sequence[float] = ()) -> None:
        size = like.shape[1]
        start = torch.tensor(before or [0.0] * (4 + 2 * size), dtype=torch.float64)
        origin, sums, self.total = start[:size], start[size : size + 4], start[size + 4 :].to(like.device)[None]
        self.origin = origin.to(like) if before else like[0].clone()
        self.of_rows = sums[:3].to(like.device)[:, None]  # of squared errors, absolute errors and squares
        self.count = int(before[size + 3]) if before else 0
        # Memory for a block of rows, which is used again: new memory takes longer than the sums.
        rows = max(1, min(MAX_ROWS, BLOCK // max(1, size)))
        with torch.inference_mode(False):  # memory of this mode could be written in this mode only
            self.gap, self.offset = like.new_empty(rows, size), like.new_empty(rows, size)
            self.exact = like.new_empty(rows, size, dtype=torch.float64)
            self.first = torch.zeros(rows, dtype=torch.long, device=like.device)
            self.total, self.of_rows = self.total.clone(), self.of_rows.clone()

    def add(self, found: Tensor, true: Tensor) -> None:
        """Add reconstructions and inputs, (N, D) each."""
        rows = true.new_empty(3, len(true))
        size = len(self.gap)
        for one, other, sums in zip(found.split(size), true.split(size), rows.split(size, 1), strict=True):
            self.add_block(one, other, sums)
        self.of_rows = torch.cat([self.of_rows, rows.double()], 1).cumsum(1)[:, -1:]
        self.count += len(true)

    def add_block(self, found: Tensor, true: Tensor, sums: Tensor) -> None:
        """Add at most a block of rows; sums (3, N): where the sums of each row are written.

        In place, since the metrics of a training step can take as long as the step.
        """
        gap, offset, exact, first = (memory[: len(true)] for memory in (self.gap, self.offset, self.exact, self.first))
        torch.sub(true, self.origin, out=offset)
        self.total.index_add_(0, first, exact.copy_(offset))
        torch.sum(offset.square_(), -1, out=sums[2])
        torch.sub(found, true, out=gap)
        torch.sum(gap.abs_(), -1, out=sums[1])
        torch.sum(gap.square_(), -1, out=sums[0])

    def to_list(self) -> list[float]:
        """Return the origin, the three sums over rows, the number of rows, and the sum of each number."""
        return [*self.origin.tolist(), *self.of_rows[:, 0].tolist(), float(self.count), *self.total[0].tolist()]
