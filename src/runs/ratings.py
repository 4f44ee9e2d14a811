"""The ratings on which a recommender was trained, as a file of the run.

Shapes: N ratings, U users, I items.
"""

import json
import os
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from ..errors import UserError
from ..files.arrays import check_sizes
from .atomic import draft_of


@dataclass(frozen=True)
class KnownRatings:
    """Ratings of items by users.

    pairs: codes of user and item, int (N, 2), from 1; values: in the units of the data, (N,); table: the preprocessing
    of tables of ratings as plain data, which also has the ids.
    """

    pairs: NDArray[np.integer[Any]]
    values: NDArray[np.float64]
    table: dict[str, Any]

    def of_user(self, user: int) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Return the codes of the items that a user has rated, and the ratings; (k,) each, none for an unknown user."""
        order, starts = self._by_user
        rows = order[starts[user] : starts[user + 1]] if 0 < user < len(starts) - 1 else order[:0]
        return self.pairs[rows, 1].astype(np.int64), self.values[rows]

    def write(self, path: Path) -> None:
        """Write the file: `pairs` int32 and `values` float64, compressed; a previous file stays until then."""
        draft = draft_of(path)
        try:
            table = np.array(json.dumps(self.table))
            with draft.open("wb") as file:  # to a path, NumPy would add its suffix
                np.savez_compressed(file, pairs=self.pairs.astype(np.int32), values=self.values, table=table)
            os.replace(draft, path)
        finally:
            draft.unlink(missing_ok=True)

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read the file. Raises UserError if it is missing or damaged."""
        if not path.is_file():
            raise UserError(
                f"there is no {path}, the training ratings of the run; "
                "if its data has ratings, train it again with nnzoo rerun"
            )
        try:
            with path.open("rb") as file:
                check_sizes(file, path.stat().st_size)
            with np.load(path, allow_pickle=False) as arrays:
                found = cls(arrays["pairs"], arrays["values"], json.loads(str(arrays["table"])))
        except Exception as error:  # a damaged file can raise anything
            raise UserError(f"{path} cannot be read; is it damaged? ({type(error).__name__})") from error
        if found.pairs.shape != (len(found.values), 2):
            raise UserError(f"{path} is damaged: {found.pairs.shape} pairs for {len(found.values)} ratings")
        return found

    @cached_property
    def _by_user(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """The rows ordered by user, and where each user begins."""
        users = self.pairs[:, 0]
        counts = np.bincount(users, minlength=1)
        return users.argsort(kind="stable"), np.concatenate([[0], counts.cumsum()])
