"""Accuracy of a classifier of nearest neighbours on the codes of a network.

Shapes: N examples, K code units.
"""

from typing import ClassVar

import torch

from ..data.base import Data
from ..errors import UserError
from ..tasks.base import Task
from .base import Evaluation
from .codes import check_codes, codes


class NearestNeighbours(Evaluation):
    """Share of the examples whose class is that of most of the nearest training codes: knn_acc.

    It measures how well codes separate classes that the network did not see. k: number of neighbours; points: number of
    training codes, evenly spaced, null for all. On the training split an example is its own nearest neighbour.
    Raises UserError for values out of range, networks without codes, sequences, and data without classes.
    Aggarwal 2.5.3.
    """

    names: ClassVar[tuple[str, ...]] = ("knn_acc",)

    def __init__(self, *, k: int = 5, points: int | None = 5000) -> None:
        if k < 1:
            raise UserError(f"evaluations: k is {k}; it must be at least 1")
        if points is not None and points < k:
            raise UserError(f"evaluations: points is {points}; it must be at least k, which is {k}")
        self.k = k
        self.points = points

    def check(self, task: Task, data: Data) -> None:
        """Raise UserError without codes, classes or enough training examples."""
        check_codes(task, data, "nearest neighbours need")
        if data.class_targets("train") is None:
            raise UserError("nearest neighbours need classes; the data has none")
        if len(data.splits["train"]) < self.k:
            raise UserError(f"evaluations: k is {self.k}, but there are {len(data.splits['train'])} training examples")

    def compute(self, task: Task, data: Data, split: str) -> dict[str, float]:
        """Return knn_acc."""
        from sklearn.neighbors import KNeighborsClassifier  # imported here, since the import takes a second

        classes, known = data.class_targets(split), data.class_targets("train")
        assert classes is not None
        assert known is not None
        chosen = torch.arange(len(known))
        if self.points is not None and len(known) > self.points:
            chosen = torch.arange(self.points) * len(known) // self.points
        classifier = KNeighborsClassifier(self.k).fit(codes(task, data, "train")[chosen], known[chosen])
        return {"knn_acc": float(classifier.score(codes(task, data, split), classes))}
