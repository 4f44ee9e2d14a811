"""The ratings of films in an example of a textbook. Source: Aggarwal 2.5.7, figures 2.13 and 2.14."""

from typing import ClassVar, Literal

import numpy as np
import torch

from .base import RatingData, Ratings, unfitted
from .divisions import Division, SplitBy

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
    may differ from that of the figure. layout: an example is a rating (pairs), a user with all their ratings (rows),
    an item with all its ratings (items), or a user with only the id as input (index). standardize_target: scale
    ratings to mean 0 and standard deviation 1. unseen: predict an average rating for other users and items, or refuse
    them.
    """

    batch_size: ClassVar[int] = 1

    def __init__(
        self,
        *,
        layout: Literal["pairs", "rows", "items", "index"] = "pairs",
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

    def divide(self, ratings: Ratings, *, split: SplitBy, val: float, test: float) -> Division:
        """Return all ratings for each split; in cross-validation, the fold for `val` and the others for `train`."""
        del split, val, test
        every = torch.arange(len(ratings.values))
        train, held = (every, every) if self.take_fold() is None else self.hold_out(len(every), 0)
        rows = {"train": train, "val": held, "test": every}
        return Division(rows, dict.fromkeys(rows, train))
