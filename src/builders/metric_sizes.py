"""Sizes that metrics of torchmetrics take from the data."""

import inspect
from collections.abc import Mapping
from typing import Any

from ..spec import DataSpec

SIZES = {"num_classes": ("classes", "next_token"), "num_labels": ("multilabel",)}
"""Argument -> the kinds of target whose number of classes or labels it takes."""


def metric_sizes(metric: Any, node: Mapping[str, Any], spec: DataSpec) -> dict[str, int]:
    """Return the arguments of the class of a metric that are filled in from the data, unless its node sets them."""
    taken = inspect.signature(metric).parameters
    return {
        name: spec.target_size
        for name, targets in SIZES.items()
        if name in taken and name not in node and spec.target in targets
    }
