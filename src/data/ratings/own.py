"""The user's own ratings: a table with a row for each.

Shapes: N ratings.
"""

import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar, Literal, get_args

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ...errors import DataWarning, UserError, unknown
from ...files.frames import as_frame, column, is_frame, numbered
from ...files.frames import numbers as as_numbers
from ...files.paths import existing
from ...files.tables import TableFile, TableOptions
from ...preprocessing.ids import IdPreprocessing, Place, Unseen, as_text
from ..tables.sources import as_array, checksum
from .base import NAMES, RatingData, Ratings, random_rows

ROLES = (*NAMES, "rating")
References = tuple[str | int | None, str | int | None, str | int | None]
Labels = tuple[str, str, str]
Missing = Literal["refuse", "drop"]


class OwnRatings(RatingData):
    """Ratings from a table (.csv, .tsv, .txt) or, from Python, a frame or an array (N, 3) of numbers.

    path: the table, a row for each rating. user, item, rating: its columns, by name or number (1 is the first); default
    those of these names, else the first three. Ids are text or numbers and are taken as they are written.
    layout, standardize_target: see `RatingData`; unseen: predict an average rating for users and items without a
    training rating, or refuse. missing: refuse a row with a missing cell, or drop it. separator, decimal, thousands,
    header, encoding, skip_rows (lines above the table), missing_values: how the table is written, detected unless you
    set them. test: fraction of the ratings, the same for every seed; val: fraction of the rest held out by `seed`.
    Raises UserError, with file and line, for what cannot be used.
    """

    batch_size: ClassVar[int] = 256

    def __init__(
        self,
        *,
        path: str | None = None,
        user: str | int | None = None,
        item: str | int | None = None,
        rating: str | int | None = None,
        layout: Literal["pairs", "rows"] = "pairs",
        standardize_target: bool = True,
        unseen: Literal["mean", "refuse"] = "mean",
        missing: Literal["refuse", "drop"] = "refuse",
        separator: str | None = None,
        decimal: str | None = None,
        thousands: str | None = None,
        header: bool | None = None,
        encoding: str | None = None,
        skip_rows: int | None = None,
        missing_values: Sequence[str | int | float | None] | None = None,
        val: float = 0.1,
        test: float = 0.2,
        seed: int = 0,
        source: Any = None,
    ) -> None:
        if source is None and path is None:
            raise UserError("data=ratings needs data.path=FILE, a table with a row for each rating")
        if missing not in get_args(Missing):
            raise unknown("data.missing", missing, get_args(Missing))
        options = TableOptions(
            separator=separator,
            decimal=decimal,
            thousands=thousands,
            header=header,
            encoding=encoding,
            skip_rows=skip_rows,
            missing_values=missing_values,
        )
        columns = (user, item, rating)
        if source is None:
            given = from_file(existing(str(path)), options, columns, unseen, missing)
        else:
            given = from_python(source, columns, unseen, missing)
        self.digest = given.digest
        super().__init__(
            given,
            rows=random_rows(len(given.values), given.source, val=val, test=test, seed=seed),
            layout=layout,
            standardize_target=standardize_target,
            seed=seed,
        )


def from_file(path: Path, options: TableOptions, columns: References, unseen: Unseen, missing: Missing) -> Ratings:
    """Read a table. Raises UserError, with file and line, for what cannot be used."""
    file = TableFile(path, options, remedies=())
    labels = roles(columns, file.labels, str(path))
    frame = file.read(text=labels[:2], columns=labels)
    unfitted = IdPreprocessing(
        columns=labels[:2],
        names=NAMES,
        ids=((), ()),
        unseen=unseen,
        header=file.format.header,
        options=options,
        written=file.detected.written,
    )
    digest = file.digest
    return ratings(path.name, frame, labels, unfitted, missing, lambda row: f"{path}, line {file.line(row)}", digest)


def from_python(source: Any, columns: References, unseen: Unseen, missing: Missing) -> Ratings:
    """Return the ratings of a frame or of an array (N, 3). Raises UserError for what cannot be used."""
    named = is_frame(source)
    frame = as_frame(source) if named else as_table(source)
    labels = roles(columns, tuple(frame.columns), "the data")
    unfitted = IdPreprocessing(columns=labels[:2], names=NAMES, ids=((), ()), unseen=unseen, header=named)
    return ratings("data", frame, labels, unfitted, missing, lambda row: f"row {row + 1}", checksum(frame))


def ratings(
    source: str,
    frame: pd.DataFrame,
    labels: Labels,
    unfitted: IdPreprocessing,
    missing: Missing,
    place: Place,
    digest: str,
) -> Ratings:
    """Return the columns of a table as ratings. Raises UserError for a cell that cannot be used."""
    rows = complete_rows(source, frame, labels, missing, place)
    frame = frame.iloc[rows].reset_index(drop=True)

    def original(row: int) -> str:
        return place(int(rows[row]))

    values = checked(frame[labels[2]], original)
    return Ratings(source, (as_text(frame[labels[0]]), as_text(frame[labels[1]])), values, unfitted, original, digest)


def complete_rows(
    source: str, frame: pd.DataFrame, labels: Labels, missing: Missing, place: Place
) -> NDArray[np.int64]:
    """Return the rows without a missing cell. Raises UserError if there is none, or if missing cells are refused."""
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


def as_table(source: Any) -> pd.DataFrame:
    """Return an array (N, F) as a table. Raises UserError for another shape."""
    values = as_array(source)
    if values.ndim != 2:
        raise UserError(f"the data is {values.shape}; it must be (N, 3): user, item and rating")
    return numbered(values)


def roles(given: References, names: tuple[str, ...], where: str) -> Labels:
    """Return the columns of users, items and ratings. Raises UserError if one is missing or has two roles."""
    found = []
    for place, (role, reference) in enumerate(zip(ROLES, given, strict=True), 1):
        if reference is None and place > len(names) and role not in names:
            raise UserError(f"{where} has {len(names)} columns; a row must have a user, an item and a rating")
        found.append(column(reference if reference is not None else role if role in names else place, names, where))
    for place, name in enumerate(found):
        if name in found[:place]:
            first, second = ROLES[found.index(name)], ROLES[place]
            raise UserError(
                f"{where}: column '{name}' is {first} and {second}; data.{first} or data.{second} names another"
            )
    user, item, rating = found
    return user, item, rating


def checked(cells: "pd.Series[Any]", place: Place) -> np.ndarray[Any, Any]:
    """Return the ratings (N,). Raises UserError for one that is no finite number."""
    try:
        values = as_numbers(cells)
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
