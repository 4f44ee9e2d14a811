"""Top-k error of a classifier.

Shapes: B examples or "*n" steps, K classes.
"""

from typing import ClassVar

import torch

from ..data.base import Data
from ..errors import UserError
from ..tasks.base import Task
from .base import Evaluation


class TopKError(Evaluation):
    """Share of the examples whose class is not among the k classes with the highest outputs: top_k_error.

    Of classes with equal outputs, those with the lower numbers come first. Raises UserError for a k out of range, and
    for other targets than classes. Aggarwal 8.4.1.
    """

    names: ClassVar[tuple[str, ...]] = ("top_k_error",)

    def __init__(self, *, k: int = 5) -> None:
        if k < 1:
            raise UserError(f"evaluations: k is {k}; it must be at least 1")
        self.k = k

    def check(self, task: Task, data: Data) -> None:
        """Raise UserError without an output for each class, and if k classes are all classes."""
        spec = data.spec
        if spec.target != "classes" or task.loss.out_features(spec.target_size) != spec.target_size:
            raise UserError(f"the top-k error needs an output for each class; the data gives {spec}")
        if self.k >= spec.target_size:
            raise UserError(f"evaluations: k is {self.k}; it must be below the number of classes, {spec.target_size}")

    def compute(self, task: Task, data: Data, split: str) -> dict[str, float]:
        """Return top_k_error."""
        wrong = total = 0
        for batch in data.eval_loader(split):
            batch = batch.to(task.device)
            outputs, classes = task.net(batch.x, batch.mask), batch.y
            if data.spec.per_step and batch.mask is not None:
                outputs, classes = outputs[batch.mask], classes[batch.mask]
            best = outputs.sort(dim=-1, descending=True, stable=True).indices[..., : self.k]
            wrong += int(torch.sum(~(best == classes.unsqueeze(-1)).any(-1)))
            total += classes.numel()
        return {"top_k_error": wrong / total}
