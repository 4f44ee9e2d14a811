"""Retrieval by features: precision among the nearest other examples.

Shapes: N examples, F features.
"""

from typing import ClassVar

import torch
from torch import Tensor

from ..analysis.layers.outputs import only_output, recorded_outputs
from ..data.base import Data
from ..errors import UserError, unknown
from ..spec import Batch
from ..tasks.base import Task
from .base import Evaluation

ROWS = 1000  # examples that are compared with all others at once


class Retrieval(Evaluation):
    """Share of examples of the same class among the k most similar other examples of a split: precision_at_k.

    The similarity is the cosine of the features, the flattened outputs of a layer. layer: its name, null for the input
    of the last layer. Raises UserError for a k below 1, an unknown layer, sequences, and data without classes.
    Aggarwal 8.6.1.
    """

    names: ClassVar[tuple[str, ...]] = ("precision_at_k",)

    def __init__(self, *, k: int = 5, layer: str | None = None) -> None:
        if k < 1:
            raise UserError(f"evaluations: k is {k}; it must be at least 1")
        self.k = k
        self.layer = layer

    def check(self, task: Task, data: Data) -> None:
        """Raise UserError without classes, without such features, and for a split with too few examples."""
        known = [name for name, _ in task.net.model.named_modules() if name]  # type: ignore[union-attr]
        if self.layer is not None and self.layer not in known:
            raise unknown("layer in evaluations", self.layer, known)
        if self.layer is None and not hasattr(task.net.model, "forward_features"):
            raise UserError(f"{type(task.net.model).__name__} names no features; set evaluations.retrieval.layer")
        if data.class_targets("train") is None or data.spec.form not in ("vector", "image"):
            raise UserError(f"retrieval needs vectors or images with classes; the data gives {data.spec}")
        if small := next((name for name, split in data.splits.items() if len(split) <= self.k), None):
            raise UserError(f"evaluations: k is {self.k}; the {small} split has {len(data.splits[small])} examples")

    def features(self, task: Task, batch: Batch) -> Tensor:
        """Return the features of a batch: (B, F)."""
        if self.layer is None:
            found: Tensor = task.net.forward_features(batch.x, batch.mask)  # type: ignore[operator]
            return found.flatten(1)
        with recorded_outputs(task.net.model, [self.layer]) as outputs:  # type: ignore[arg-type]
            task.net(batch.x, batch.mask)
        return only_output(outputs, self.layer).flatten(1)

    def compute(self, task: Task, data: Data, split: str) -> dict[str, float]:
        """Return precision_at_k."""
        classes = data.class_targets(split)
        assert classes is not None
        found = torch.cat([self.features(task, batch.to(task.device)) for batch in data.eval_loader(split)])
        return {"precision_at_k": precision_at_k(found, classes.to(found.device), self.k)}


def precision_at_k(features: Tensor, classes: Tensor, k: int) -> float:
    """Return the mean share of examples of the same class (N,) among the k others with the highest cosine; (N, F)."""
    unit = torch.nn.functional.normalize(features, dim=1)
    same = 0
    for start in range(0, len(unit), ROWS):
        cosines = unit[start : start + ROWS] @ unit.T
        own = torch.arange(len(cosines), device=unit.device)
        cosines[own, own + start] = -torch.inf
        nearest = cosines.topk(k, dim=1).indices
        same += int((classes[nearest] == classes[start : start + ROWS, None]).sum())
    return same / (k * len(unit))
