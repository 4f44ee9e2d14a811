"""The ratings of films in an example of a textbook. Source: Aggarwal 2.5.7, figures 2.13 and 2.14."""

from typing import ClassVar, Literal

import numpy as np
import torch

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
        all_rows = torch.arange(len(RATINGS))
        super().__init__(
            Ratings(
                "toy_ratings",
                (np.array(users, dtype=object), np.array(items, dtype=object)),
                np.array(values, dtype=np.float64),
                unfitted(unseen),
            ),
            rows={"train": all_rows, "val": all_rows, "test": all_rows},
            layout=layout,
            standardize_target=standardize_target,
            seed=seed,
        )
        self.summary = None
