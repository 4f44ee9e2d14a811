"""Sizes that metrics of torchmetrics take from the data."""

import inspect
from typing import Any

from ..config.instantiate import locate
from ..spec import DataSpec

SIZES = {"num_classes": ("classes", "next_token"), "num_labels": ("multilabel",)}
"""Argument -> the kinds of target whose number of classes or labels it takes."""


def metric_sizes(node: dict[str, Any], spec: DataSpec, allow: list[str]) -> dict[str, int]:
    """Return the arguments of a metric in a config that are filled in from the data, unless the config sets them."""
    taken = inspect.signature(locate(node["_target_"], allow=allow)).parameters
    return {
        name: spec.target_size
        for name, targets in SIZES.items()
        if name in taken and name not in node and spec.target in targets
    }
