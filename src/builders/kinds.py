"""Checks that the classes in a config are what belongs there, before they are built."""

from typing import Any

from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler

from ..config.given import NOTHING, Given
from ..config.instantiate import check_kind


def check_kinds(config: dict[str, Any], given: Given = NOTHING) -> None:
    """Raise UserError for a class that is no optimizer, schedule or metric. given: objects from Python."""
    bases: dict[str, type] = {"optimizer": Optimizer, "scheduler": LRScheduler}
    nodes = {path: config[path] for path in bases}
    if config["metrics"]:
        from torchmetrics import Metric  # imported late: it takes a while

        for name, node in config["metrics"].items():
            bases[f"metrics.{name}"], nodes[f"metrics.{name}"] = Metric, node
    for path, node in nodes.items():
        if node and path not in given.objects:
            found = given.find(path, node, config["allow"])
            if isinstance(found, type):  # it may also be a function
                check_kind(found, bases[path], path)
