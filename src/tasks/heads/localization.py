"""Classification of an object in an image, with its bounding box."""

from typing import ClassVar

import torch
from torch import Tensor

from ...spec import BORDERS
from ..metrics.base import Metrics
from ..metrics.localization import LocalizationMetrics
from .base import Head


class Localization(Head):
    """Predict the class with the largest of the first K outputs, and a box in the image by the last four: (B, 5).

    Metrics: loss, localization_error (share of images with a wrong class, or an intersection over union of the boxes
    below 0.5), iou (mean intersection over union), acc (share of right classes), errors (number of wrong classes).
    Aggarwal 8.6.2.
    """

    targets: ClassVar[tuple[str, ...]] = ("class_box",)
    default_loss = "nnzoo.losses.localization.Localization"

    def predict(self, output: Tensor) -> Tensor:
        """Map (B, K + 4) -> (B, 5): the class, and the box in sides of the image, no border beyond 0 or 1."""
        kind = output[:, : -len(BORDERS)].argmax(1, keepdim=True)
        return torch.cat([kind.to(output), output[:, -len(BORDERS) :].clamp(0, 1)], 1)

    def metrics(self) -> Metrics:
        """Return localization_error, iou, acc, errors."""
        return LocalizationMetrics()
