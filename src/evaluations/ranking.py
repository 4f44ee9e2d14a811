"""Ranking of items for each user, for implicit feedback.

Shapes: R users, I items.
"""

from collections.abc import Iterator
from typing import ClassVar

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.stats import rankdata
from torch import Tensor

from ..data.base import Data
from ..data.ratings.base import RatingData
from ..data.ratings.layouts import PairLayout, RowLayout, TableLayout
from ..errors import UserError
from ..tasks.base import Task
from .base import Evaluation

BLOCK = 1 << 20  # scores that are computed together

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


class Ranking(Evaluation):
    """How high the items that a user chose in the split are among all items that the user is not known to have chosen.

    recall_at_k: share of the user's items among the first k; ndcg_at_k: their discounted gain, 1 / log2(1 + rank) for
    each among the first k, divided by the largest possible one; auc: share of the pairs of a chosen and another item in
    which the chosen one is ranked higher. Each is the mean over the users with a chosen item in the split. Items that
    are in the network's input, or were in training, are left out; in the training split no items are. Items without a
    training rating are left out, too. k: number of recommended items.
    Raises UserError for k below 1, and for data that is not implicit feedback of users.
    """

    names: ClassVar[tuple[str, ...]] = ("recall_at_k", "ndcg_at_k", "auc")

    def __init__(self, *, k: int = 10) -> None:
        if k < 1:
            raise UserError(f"evaluations: k is {k}; it must be at least 1")
        self.k = k

    def check(self, task: Task, data: Data) -> None:
        """Raise UserError for data that is not implicit feedback, and for items as examples."""
        if not isinstance(data, RatingData) or not data.ratings.implicit:
            raise UserError("a ranking needs implicit feedback: data=ratings or data=movielens with data.implicit=true")
        if isinstance(data.layout, TableLayout) and data.layout.axis:
            raise UserError("a ranking needs the scores of a user; use another layout than data.layout=items")

    def compute(self, task: Task, data: Data, split: str) -> dict[str, float]:
        """Return recall_at_k, ndcg_at_k and auc."""
        assert isinstance(data, RatingData)
        found = []
        for scores, chosen, known in blocks(task, data, split):
            for row in range(len(scores)):
                left = ~known[row] | chosen[row]
                found.append(measures(scores[row, left], chosen[row, left], self.k))
        recall, ndcg, auc = np.nanmean(found, axis=0).tolist()
        return {"recall_at_k": recall, "ndcg_at_k": ndcg, "auc": auc}


def measures(scores: Floats, chosen: Bools, k: int) -> tuple[float, float, float]:
    """Return recall, normalized discounted gain and AUC for one user; scores, chosen: of the ranked items (I,).

    Items of equal score are in the given order; the AUC counts them half and is NaN if all items are chosen.
    """
    order = (-scores).argsort(kind="stable")[:k]
    hits = chosen[order]
    gains = 1 / np.log2(np.arange(2, 2 + len(order)))
    positives = int(chosen.sum())
    others = len(chosen) - positives
    ranks = rankdata(scores)[chosen].sum() - positives * (positives + 1) / 2
    return (
        hits.sum() / positives,
        gains[hits].sum() / gains[:positives].sum(),
        ranks / (positives * others) if others else float("nan"),
    )


def blocks(task: Task, data: RatingData, split: str) -> Iterator[tuple[Floats, Bools, Bools]]:
    """Yield scores, items chosen in the split, and items known from the input, for some users at a time: (R, I)."""
    codes, given, found = data.ratings.tables(split, 0)
    size = max(1, BLOCK // found.shape[1])
    for some in torch.arange(len(codes)).split(size):
        scores = scores_of(task, data, codes[some], given[some])
        yield scores.double().cpu().numpy(), ~found[some].isnan().numpy(), ~given[some].isnan().numpy()


def scores_of(task: Task, data: RatingData, codes: Tensor, given: Tensor) -> Tensor:
    """Return the raw outputs for all items: (R, I). codes: of the users (R,); given: their known items, else NaN."""
    layout, (users, items) = data.layout, given.shape
    if isinstance(layout, PairLayout):
        x = torch.stack([codes.repeat_interleave(items), torch.arange(1, items + 1).repeat(users)], 1)
        outputs: Tensor = task.net(x.to(task.device))
        return outputs.view(users, items)
    assert isinstance(layout, TableLayout)
    x = layout.inputs(codes, given).to(task.device)
    scores: Tensor = task.net(data.transforms(x) if isinstance(layout, RowLayout) else x)
    return scores
