"""The users who get recommendations, with the ratings that are known of them.

Shapes: k ratings of a user.
"""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ...errors import DataWarning, UserError, did_you_mean
from ...files.frames import is_frame
from ...files.paths import existing_file
from ...preprocessing.ids import IdPreprocessing, ids_to_text
from ...preprocessing.rating_rows import RatingRowsPreprocessing
from ...runs.ratings import KnownRatings


@dataclass(frozen=True)
class User:
    """A user with known ratings.

    name: id; code: code of the id, 0 if it is not in the training data; items: codes of the rated items, (k,); values:
    their ratings in the units of the data, (k,); given: whether a table of ratings contains the user, so that the
    ratings are not only those of the training data.
    """

    name: str
    code: int
    items: NDArray[np.int64]
    values: NDArray[np.float64]
    given: bool = False

    @property
    def basis(self) -> str:
        """The ratings on which the predictions depend: training, input, both, or those of an average user."""
        if not (len(self.items) or self.code):
            return "average user"
        if not self.given:
            return "training"
        return "training and input" if self.code else "input"


def users_of_ids(ids: IdPreprocessing, known: KnownRatings, names: Sequence[Any]) -> list[User]:
    """Return the users with these ids, each once. Warns of unknown users, or raises UserError if they are refused."""
    texts = list(dict.fromkeys(ids_to_text(pd.Series(list(names)))))
    codes = ids.numbers(0, np.array(texts, dtype=object))
    users = [User(name, int(code), *known.of_user(int(code))) for name, code in zip(texts, codes, strict=True)]
    unknown = [user.name for user in users if not user.code]
    if unknown and ids.unseen == "refuse":
        raise UserError(
            f"user '{unknown[0]}' is not in the training data; data.unseen=mean recommends to an average user"
            f"{did_you_mean(unknown[0], ids.ids[0])}"
        )
    if unknown:
        more = f" and {len(unknown) - 1} more are" if len(unknown) > 1 else " is"
        warnings.warn(
            f"user '{unknown[0]}'{more} not in the training data; the recommendations are those for an average user",
            DataWarning,
            stacklevel=3,
        )
    return users


def users_of_table(table: RatingRowsPreprocessing, known: KnownRatings, raw: Any) -> list[User]:
    """Return the users of a table of ratings, a frame or the path of a file, in its order.

    For users of the training data, their training ratings are added; if an item is rated in both, the rating of the
    table counts. Raises UserError for a table that cannot be used.
    """
    if is_frame(raw):
        entries = table.entries_of_frame(raw)
    elif isinstance(raw, str | Path):
        entries = table.entries_of_file(existing_file(raw))
    else:
        raise UserError(f"the ratings are of type {type(raw).__name__}; pass a frame or the path of a table")
    codes = table.ids.numbers(0, np.array(entries.examples, dtype=object))
    order = entries.rows.argsort(kind="stable")
    ends = np.bincount(entries.rows, minlength=len(entries.examples)).cumsum()
    users = []
    for place, (name, code) in enumerate(zip(entries.examples, codes.tolist(), strict=True)):
        mine = order[ends[place - 1] if place else 0 : ends[place]]
        items, values = entries.columns[mine], entries.values[mine]
        earlier, ratings = known.of_user(code)
        kept = ~np.isin(earlier, items)
        users.append(User(name, code, np.r_[items, earlier[kept]], np.r_[values, ratings[kept]], given=True))
    return users
