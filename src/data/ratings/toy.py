"""The ratings of films in an example of a textbook. Source: Aggarwal 2.5.7, figures 2.13 and 2.14."""

from typing import ClassVar, Literal

import numpy as np
import torch
from torch import Tensor

from .base import RatingData, Ratings, unfitted

RATINGS = (
    ("Sayani", "E.T.", 4),
    ("Sayani", "Shrek", 5),
    ("Bob", "E.T.", 2),
    ("Bob", "Nixon", 5),
    ("Bob", "Gandhi", 4),
    ("Bob", "Nero", 3),
)


class ToyRatings(RatingData):
    """Six ratings of five films by two users from a textbook; train, val and test contain the same ratings.

    The figures show two more users, Alice and John, without ratings. Bob's ratings are in the order of the text, which
    may differ from that of the figure. layout: pairs: an example is a rating, with the ids of user and item as input;
    rows: an example is a user, with all their ratings. standardize_target: scale ratings to mean 0 and standard
    deviation 1. unseen: predict an average rating for other users and items, or refuse them.
    """

    batch_size: ClassVar[int] = 1

    def __init__(
        self,
        *,
        layout: Literal["pairs", "rows"] = "pairs",
        standardize_target: bool = True,
        unseen: Literal["mean", "refuse"] = "mean",
        seed: int = 0,
    ) -> None:
        users, items, values = zip(*RATINGS, strict=True)
        super().__init__(
            Ratings(
                "toy_ratings",
                (np.array(users, dtype=object), np.array(items, dtype=object)),
                np.array(values, dtype=np.float64),
                unfitted(unseen),
            ),
            layout=layout,
            standardize_target=standardize_target,
            val=0,
            test=0,
            seed=seed,
        )
        self.summary = None

    def split_rows(self, count: int, source: str, *, val: float, test: float) -> dict[str, Tensor]:
        """Return all rows for each split; in cross-validation, the fold for `val` and the others for `train`."""
        del source, val, test
        every = torch.arange(count)
        if self.take_fold() is None:
            return {"train": every, "val": every, "test": every}
        train, val_rows = self.hold_out(count, 0)
        return {"train": train, "val": val_rows, "test": every}
