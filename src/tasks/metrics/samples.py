"""How far generated examples are from held-out ones. Shapes: B examples of F numbers."""

from collections.abc import Mapping
from typing import ClassVar

from torch import Tensor

from ...analysis.energy_distance import energy_distance
from .base import Metrics, Mode


class SampleMetrics(Metrics):
    """Of generated and real points, (B, F) each: their energy distance within a batch, in the mean over all points.

    The mean is unbiased, as each distance is. Batches of evaluation have about 1000 points; one with a single point
    counts for nothing, and where there is no other, the distance is nan.
    """

    modes: ClassVar[Mapping[str, Mode]] = {"energy_distance": "min"}
    minimum: ClassVar[int] = 2

    def terms(self, prediction: Tensor, target: Tensor, mask: Tensor | None) -> list[Tensor]:
        """The distance times the number of points, their number."""
        n = len(target)
        if n < 2:
            return [target.new_zeros(()), target.new_zeros(())]
        distance = energy_distance(prediction, target)
        return [n * distance, distance.new_tensor(n)]

    def from_sums(self, *sums: float) -> dict[str, float]:
        """energy_distance."""
        total, n = sums
        return {"energy_distance": total / n if n else float("nan")}
