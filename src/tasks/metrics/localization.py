"""Metrics of predicted classes and bounding boxes. Shapes: B images."""

from collections.abc import Mapping
from typing import ClassVar

import torch
from torch import Tensor

from .base import Metrics, Mode

THRESHOLD = 0.5  # intersection over union from which an object counts as found


class LocalizationMetrics(Metrics):
    """Metrics of predictions (B, 5): a class, and left, top, right and lower border of a box.

    localization_error: share of images with a wrong class, or with a box whose intersection over union with the true
    box is below 0.5 (Russakovsky et al. 2015, 4.2); iou: mean intersection over union; acc and errors: of the classes.
    """

    modes: ClassVar[Mapping[str, Mode]] = {"localization_error": "min", "iou": "max", "acc": "max", "errors": "min"}

    def terms(self, prediction: Tensor, target: Tensor, mask: Tensor | None) -> list[Tensor]:
        """Return the sums of objects not found, of intersections over union, of wrong classes, and of images."""
        wrong = prediction[:, 0] != target[:, 0]
        overlap = intersection_over_union(prediction[:, 1:], target[:, 1:]).double()
        missed = wrong | (overlap < THRESHOLD)
        return [missed.sum().double(), overlap.sum(), wrong.sum().double(), overlap.new_tensor(len(overlap))]

    def from_sums(self, *sums: float) -> dict[str, float]:
        """Return localization_error, iou, acc, errors."""
        missed, overlap, wrong, n = sums
        return {"localization_error": missed / n, "iou": overlap / n, "acc": 1 - wrong / n, "errors": wrong}


def intersection_over_union(boxes: Tensor, others: Tensor) -> Tensor:
    """Return for each pair of boxes (B, 4) the area in both divided by the area in either, (B,).

    boxes: left, top, right and lower border; a box whose right is not right of its left is empty.
    """
    boxes, others = boxes.float(), others.float()
    inner = torch.cat([torch.maximum(boxes[:, :2], others[:, :2]), torch.minimum(boxes[:, 2:], others[:, 2:])], 1)
    both, one, other = (areas(each) for each in (inner, boxes, others))
    return both / (one + other - both).clamp_min(torch.finfo(both.dtype).tiny)


def areas(boxes: Tensor) -> Tensor:
    """Return the areas (B,) of boxes (B, 4), 0 for empty ones."""
    return (boxes[:, 2:] - boxes[:, :2]).clamp_min(0).prod(1)
