"""MovieLens 100k: ratings of films from 1 to 5, collected in 1997 and 1998.

Source: Harper and Konstan, The MovieLens Datasets: History and Context, 2015. For research; not to be redistributed.
"""

import hashlib
from typing import ClassVar, Literal

import numpy as np

from ...errors import UserError
from ..folders import data_file
from .base import RatingData, Ratings, unfitted

FILE = "ratings/ml-100k/u.data"
SHA256 = "f30dc7fc1d0a843b086c92eb2fab6a21a99a3d1acc149cfb73b3e6594a8d394b"  # with LF line endings


class MovieLens(RatingData):
    """MovieLens 100k: 100000 ratings of 1682 films by 943 users, at least 20 by each user.

    root: folder with ratings/ml-100k/u.data, else $NNZOO_DATA, else the cache. layout: pairs: an example is a rating,
    with the ids of user and item as input; rows: an example is a user, with all their ratings. standardize_target:
    scale ratings to mean 0 and standard deviation 1 over the training ratings. unseen: predict an average rating for
    users and films without a training rating, or refuse them. test: fraction of the ratings, which does not depend on
    `seed`; val: fraction of the other ratings held out by `seed`. Raises UserError for values out of range and for a
    file that is missing or damaged.
    """

    batch_size: ClassVar[int] = 256

    def __init__(
        self,
        *,
        root: str | None = None,
        layout: Literal["pairs", "rows"] = "pairs",
        standardize_target: bool = True,
        unseen: Literal["mean", "refuse"] = "mean",
        val: float = 0.1,
        test: float = 0.2,
        seed: int = 0,
    ) -> None:
        path = data_file(root, FILE, "u.data of MovieLens 100k")
        lines = path.read_bytes().splitlines()
        if hashlib.sha256(b"\n".join(lines)).hexdigest() != SHA256:
            raise UserError(f"{path} is not the original file (wrong SHA-256 checksum of its lines); download it again")
        users, items, values, _ = np.array(b"\t".join(lines).decode().split("\t"), dtype=object).reshape(-1, 4).T
        super().__init__(
            Ratings(
                "MovieLens 100k",
                (users, items),
                values.astype(np.float64),
                unfitted(unseen),
            ),
            layout=layout,
            standardize_target=standardize_target,
            val=val,
            test=test,
            seed=seed,
        )
