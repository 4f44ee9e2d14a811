"""MovieLens: ratings of films.

Source: Harper and Konstan, The MovieLens Datasets: History and Context, 2015. For research; not to be redistributed.
"""

import hashlib
from pathlib import Path
from typing import ClassVar, Literal

import numpy as np

from ...errors import UserError
from ...files.paths import expand_path
from ...files.tables import TableOptions
from ...preprocessing.ids import Unseen
from ..folders import data_file
from .base import RatingData, Ratings, unfitted
from .sources import RatingReader, titles_of

FILE = "ratings/ml-100k/u.data"
SHA256 = "f30dc7fc1d0a843b086c92eb2fab6a21a99a3d1acc149cfb73b3e6594a8d394b"  # with LF line endings
RATINGS, TITLES = "ratings.csv", "movies.csv"  # files of newer releases
LOWEST, HIGHEST = 0.5, 5.0


class MovieLens(RatingData):
    """MovieLens 100k: 100000 ratings of 1682 films by 943 users, at least 20 by each user; or a newer release.

    root: folder with ratings/ml-100k/u.data, else $NNZOO_DATA, else the cache. path: folder of a newer release, with
    ratings.csv and movies.csv, instead. layout: an example is a rating (pairs), a user with all their ratings (rows),
    a film with all its ratings (items), or a user with only the id as input (index). standardize_target: scale ratings
    to mean 0 and standard deviation 1 over the training ratings. split: hold out ratings, all ratings of some users,
    or the last ratings of each user (time); given: with split=user and layout=rows, the share of a held-out user's
    ratings that is the input, 0.8 by default. implicit: predict whether a user has chosen a film, by a rating of at
    least `threshold` if there is one; negatives: with layout=pairs, sampled pairs for each chosen pair, 4 by default.
    unseen: predict an average rating for users and films without a training rating, or refuse them. test: fraction of
    the ratings, which does not depend on `seed`; val: fraction of the other ratings held out by `seed`. Raises
    UserError for values out of range and for a file that is missing or damaged.
    """

    batch_size: ClassVar[int] = 256

    def __init__(
        self,
        *,
        root: str | None = None,
        path: str | None = None,
        layout: Literal["pairs", "rows", "items", "index"] = "pairs",
        standardize_target: bool = True,
        split: Literal["rating", "user", "time"] = "rating",
        given: float | None = None,
        implicit: bool = False,
        threshold: float | None = None,
        negatives: int | None = None,
        unseen: Literal["mean", "refuse"] = "mean",
        val: float = 0.1,
        test: float = 0.2,
        seed: int = 0,
    ) -> None:
        if root is not None and path is not None:
            raise UserError(f"data.root={root} has no effect with data.path={path}; leave one of them out")
        ratings = read_100k(root, unseen) if path is None else read_newer(expand_path(path), unseen)
        self.digest = ratings.digest
        super().__init__(
            ratings,
            layout=layout,
            standardize_target=standardize_target,
            split=split,
            given=given,
            implicit=implicit,
            threshold=threshold,
            negatives=negatives,
            val=val,
            test=test,
            seed=seed,
        )


def read_100k(root: str | None, unseen: Unseen) -> Ratings:
    """Return the ratings of MovieLens 100k, with titles if u.item is beside u.data. Raises UserError."""
    path = data_file(root, FILE, "u.data of MovieLens 100k")
    lines = path.read_bytes().splitlines()
    if hashlib.sha256(b"\n".join(lines)).hexdigest() != SHA256:
        raise UserError(f"{path} is not the original file (wrong SHA-256 checksum of its lines); download it again")
    users, items, values, times = np.array(b"\t".join(lines).decode().split("\t"), dtype=object).reshape(-1, 4).T
    titles = {}
    if (films := path.with_name("u.item")).is_file():
        titles = dict(line.split("|")[:2] for line in films.read_text(encoding="latin-1").splitlines() if "|" in line)
    return Ratings(
        "MovieLens 100k",
        (users, items),
        values.astype(np.float64),
        unfitted(unseen),
        times=times.astype(np.float64),
        titles=titles,
    )


def read_newer(folder: Path, unseen: Unseen) -> Ratings:
    """Return the ratings of ratings.csv with the titles of movies.csv. Raises UserError, with file and line."""
    for name in (RATINGS, TITLES):
        if not (folder / name).is_file():
            raise UserError(f"{folder / name} does not exist; data.path is the folder of {RATINGS} and {TITLES}")
    reader = RatingReader(
        user="userId",
        item="movieId",
        rating="rating",
        time="timestamp",
        reads_times=True,
        unseen=unseen,
        low=LOWEST,
        high=HIGHEST,
    )
    ratings = reader.from_file(folder / RATINGS, TableOptions())
    return ratings._replace(titles=titles_of(folder / TITLES, "movieId", "title"))
