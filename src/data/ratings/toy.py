"""The ratings of films that a text draws as a network. Source: Aggarwal 2.5.7, figures 2.13 and 2.14."""

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
    """Six ratings of five films by two users, all of them in every split.

    The figures have two further users, Alice and John, without a printed rating. Bob's are in the order of the text,
    which may not be that of the figure. layout, standardize_target: see `RatingData`; unseen: predict an average rating
    for users and items that are not among these, or refuse.
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
        every = torch.arange(len(RATINGS))
        super().__init__(
            Ratings(
                "toy_ratings",
                (np.array(users, dtype=object), np.array(items, dtype=object)),
                np.array(values, dtype=np.float64),
                unfitted(unseen),
            ),
            rows={"train": every, "val": every, "test": every},
            layout=layout,
            standardize_target=standardize_target,
            seed=seed,
        )
        self.summary = None
