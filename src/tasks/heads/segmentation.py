"""Classification of the pixels of images."""

from typing import ClassVar

from ..metrics.base import Metrics
from ..metrics.segmentation import SegmentationMetrics
from .classification import Classification


class Segmentation(Classification):
    """Predict the class with the largest of K outputs for each pixel (B, H, W), or the sign of a single output.

    Metrics: loss (mean over pixels), iou (mean over classes of intersection over union), acc (share of correct pixels).
    Aggarwal 8.2.6, 8.8.
    """

    targets: ClassVar[tuple[str, ...]] = ("class_map",)

    def metrics(self) -> Metrics:
        """Return iou, acc."""
        return SegmentationMetrics(self.spec.target_size)
