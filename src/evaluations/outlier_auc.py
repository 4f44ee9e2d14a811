"""Area under the ROC curve of outlier scores."""

from collections.abc import Sequence
from typing import ClassVar

import torch

from ..analysis.outliers import outlier_scores, why_no_outliers
from ..data.base import Data
from ..errors import UserError
from ..tasks.base import Task
from .base import Evaluation


class OutlierAUC(Evaluation):
    """Area under the ROC curve of the outlier scores, with some classes as outliers: outlier_auc. Aggarwal 2.5.4.

    It is the probability that an outlier has a higher score than another example; the network does not see the classes.
    outliers: numbers of the classes of outliers, counted from 0; null for the class with the fewest training examples.
    NaN for a split without outliers or without other examples. Raises UserError for networks that do not reconstruct
    their input, data without classes, numbers that are no class, and all classes or none as outliers.
    """

    names: ClassVar[tuple[str, ...]] = ("outlier_auc",)

    def __init__(self, *, outliers: Sequence[int] | None = None) -> None:
        self.outliers = outliers

    def check(self, task: Task, data: Data) -> None:
        """Raise UserError for an unsuitable network, without classes, and for numbers that are not some classes."""
        if reason := why_no_outliers(task.spec):
            raise UserError(f"outlier_auc needs a network with outlier scores: {reason}")
        classes = data.class_targets("train")
        if classes is None:
            raise UserError("outlier_auc needs classes, some of which are outliers; the data has none")
        known = classes.unique().tolist()
        for each in self.outliers or ():
            if each not in known:
                raise UserError(f"outlier_auc: outliers has {each}; the training data has the classes {known}")
        if self.outliers is not None and not 0 < len(set(self.outliers)) < len(known):
            raise UserError(
                f"outlier_auc: outliers is {[*self.outliers]}; it takes some of the classes {known}, but not all"
            )

    def compute(self, task: Task, data: Data, split: str) -> dict[str, float]:
        """Return outlier_auc."""
        from sklearn.metrics import roc_auc_score  # imported here, since the import takes a second

        classes, train = data.class_targets(split), data.class_targets("train")
        assert classes is not None
        assert train is not None
        names, counts = train.unique(return_counts=True)
        outliers = names[counts.argmin()][None] if self.outliers is None else torch.tensor(self.outliers)
        true = torch.isin(classes.cpu(), outliers.cpu())
        if true.all() or not true.any():
            return {"outlier_auc": float("nan")}
        scores = []
        for batch in data.eval_loader(split):
            x = batch.to(task.device).x
            scores.append(outlier_scores(task.net, task.head, x, partial=task.spec.partial).rows)  # type: ignore[arg-type]
        return {"outlier_auc": float(roc_auc_score(true.numpy(), torch.cat(scores).cpu().numpy()))}
