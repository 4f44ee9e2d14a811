"""Reading of a table with one rating per row.

Shapes: N ratings.
"""

import warnings
from typing import Any, Literal, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..errors import DataWarning, UserError
from ..files.frames import to_float
from .ids import Place, Texts, ids_to_text

ROLES = ("user", "item", "rating")
Labels = tuple[str, ...]
"""Columns of users and items, and of ratings unless all pairs have the value 1."""
Missing = Literal["refuse", "drop"]


class RatingTable(NamedTuple):
    """Ratings of a table.

    ids: of users and of items, as text (N,) each; values: float64 (N,); place: location of a rating; rows: of the
    ratings in the table (N,).
    """

    ids: tuple[Texts, Texts]
    values: NDArray[np.float64]
    place: Place
    rows: NDArray[np.int64]


def read_ratings(source: str, frame: pd.DataFrame, labels: Labels, missing: Missing, place: Place) -> RatingTable:
    """Return the columns of a table as ratings; labels: names of the columns of users, items and, if any, ratings.

    Raises UserError with the location for a missing cell unless such rows are dropped, for a rating that is not a
    finite number, and for a user who rates an item twice.
    """
    rows = complete_rows(source, frame, labels, missing, place)
    frame = frame.iloc[rows]

    def original(row: int) -> str:
        return place(int(rows[row]))

    users, items = (ids_to_text(frame[label]) for label in labels[:2])
    values = checked_ratings(frame[labels[2]], original) if len(labels) > 2 else np.ones(len(frame))
    found = RatingTable((users, items), values, original, rows)
    check_once(found)
    return found


def complete_rows(
    source: str, frame: pd.DataFrame, labels: Labels, missing: Missing, place: Place
) -> NDArray[np.int64]:
    """Return the rows without missing cells. Raises UserError if there are none, or if missing cells are refused."""
    gaps = frame.isna()[[label for label in frame.columns if label in labels]]  # in the order of the file
    incomplete = gaps.any(axis=1).to_numpy()
    count, first = int(incomplete.sum()), int(incomplete.argmax()) if len(incomplete) else 0
    if count and missing == "refuse":
        label = next(label for label in gaps.columns if gaps.at[first, label])
        raise UserError(
            f"{place(first)}, column {label}: the {ROLES[labels.index(label)]} is missing; "
            "data.missing=drop leaves such rows out"
        )
    if count and count == len(incomplete):
        raise UserError(f"{source}: every row has a missing cell")
    if count:
        message = f"{source}: {count} of {len(incomplete)} rows have a missing cell and are left out"
        warnings.warn(message, DataWarning, stacklevel=4)
    return np.flatnonzero(~incomplete)


def checked_ratings(cells: "pd.Series[Any]", place: Place) -> np.ndarray[Any, Any]:
    """Return the ratings (N,). Raises UserError for a rating that is not a finite number."""
    try:
        values = to_float(cells)
    except (ValueError, TypeError):
        bad = int(pd.to_numeric(cells, errors="coerce").isna().to_numpy().argmax())
        raise UserError(
            f"{place(bad)}, column {cells.name}: the rating '{cells.iloc[bad]}' is not a number; "
            "data.rating names another column"
        ) from None
    if not np.isfinite(values).all():
        bad = int((~np.isfinite(values)).argmax())
        raise UserError(f"{place(bad)}, column {cells.name}: the rating {values[bad]} is not finite")
    return values


def check_once(given: RatingTable) -> None:
    """Raise UserError if a user rates an item twice."""
    (users, _), (items, names) = map(pd.factorize, given.ids)
    pairs = pd.Series(users.astype(np.int64) * len(names) + items)
    again = pairs.duplicated().to_numpy()
    if again.any():
        second = int(again.argmax())
        first = int((pairs == pairs[second]).to_numpy().argmax())
        raise UserError(
            f"{given.place(second)}: user '{given.ids[0][second]}' rates item '{given.ids[1][second]}' a second time, "
            f"first in {given.place(first)}; leave one of them out"
        )


def check_range(given: RatingTable, low: float, high: float, where: str) -> None:
    """Raise UserError for a rating outside [low, high]; where: a description of this range."""
    outside = ~((low <= given.values) & (given.values <= high))
    if outside.any():
        row = int(outside.argmax())
        raise UserError(f"{given.place(row)}: the rating {given.values[row]:g} is outside [{low:g}, {high:g}], {where}")
