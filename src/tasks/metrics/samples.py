"""Distance between generated and held-out examples. Shapes: B examples, F features."""

from collections.abc import Mapping
from typing import ClassVar

from torch import Tensor

from ...analysis.energy_distance import energy_distance
from .base import Metrics, Mode


class SampleMetrics(Metrics):
    """Energy distance between generated and real points, (B, F) each, in a batch; the mean is weighted by points.

    The mean is unbiased, since each distance is. Evaluation batches have about 1000 points; a batch with a single point
    is ignored, and if there is no other, the distance is nan.
    """

    modes: ClassVar[Mapping[str, Mode]] = {"energy_distance": "min"}
    minimum: ClassVar[int] = 2

    def terms(self, prediction: Tensor, target: Tensor, mask: Tensor | None) -> list[Tensor]:
        """Return the distance times the number of points, and the number of points."""
        n = len(target)
        if n < 2:
            return [target.new_zeros(()), target.new_zeros(())]
        distance = energy_distance(prediction, target)
        return [n * distance, distance.new_full((), n)]

    def from_sums(self, *sums: float) -> dict[str, float]:
        """Return energy_distance."""
        total, n = sums
        return {"energy_distance": total / n if n else float("nan")}
