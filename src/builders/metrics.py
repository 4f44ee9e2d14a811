"""Builds the additional metrics of a config."""

from typing import Any

from ..config.from_python import object_name
from ..config.given import NOTHING, Given, is_factory
from ..errors import UserError
from ..spec import DataSpec
from .metric_sizes import metric_sizes


def build_metrics(config: dict[str, Any], spec: DataSpec, given: Given = NOTHING) -> dict[str, Any]:
    """Return the additional metrics of a config by name; a function becomes a metric. given: objects from Python.

    Raises UserError if one is not a metric.
    """
    if not config["metrics"]:
        return {}
    from torchmetrics import Metric  # imported late: it takes a while

    from ..tasks.metrics.function import FunctionMetric

    found = {}
    for name, node in config["metrics"].items():
        path, allow = f"metrics.{name}", config["allow"]
        kind = given.find(path, node, allow)
        sizes = metric_sizes(kind, node, spec) if is_factory(path, kind) else {}
        made = given.build(path, node, allow=allow, **sizes)
        if not isinstance(made, Metric) and (isinstance(kind, type) or not callable(made)):
            raise UserError(f"metrics.{name} is {object_name(kind)}, neither a torchmetrics.Metric nor a function")
        found[name] = made if isinstance(made, Metric) else FunctionMetric(made)
    return found
