"""Metrics of the predicted classes of pixels. Shapes: B images, H x W pixels."""

from collections.abc import Mapping
from typing import ClassVar

from torch import Tensor

from .base import Metrics, Mode


class SegmentationMetrics(Metrics):
    """Intersection over union, and the share of correct pixels, of class predictions (B, H, W).

    iou: of each class, the pixels of which both prediction and target are the class, divided by those of which one is;
    the mean over the classes that occur in either. classes: number of classes.
    """

    modes: ClassVar[Mapping[str, Mode]] = {"iou": "max", "acc": "max"}

    def __init__(self, classes: int) -> None:
        super().__init__()
        self.classes = classes

    def terms(self, prediction: Tensor, target: Tensor, mask: Tensor | None) -> list[Tensor]:
        """Return for each class the numbers of pixels of which both, the prediction, and the target are the class."""
        numbers = []
        for each in range(self.classes):
            predicted, actual = prediction == each, target == each
            numbers += [(predicted & actual).sum(), predicted.sum(), actual.sum()]
        return numbers

    def from_sums(self, *sums: float) -> dict[str, float]:
        """Return iou, acc."""
        both, predicted, actual = sums[::3], sums[1::3], sums[2::3]
        shares = [b / (p + a - b) for b, p, a in zip(both, predicted, actual, strict=True) if p + a]
        return {"iou": sum(shares) / len(shares), "acc": sum(both) / sum(actual)}
