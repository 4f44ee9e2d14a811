"""Ratings of the user: a table with one row for each rating.

Shapes: N ratings.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar, Literal, get_args

import pandas as pd

from ...errors import UserError, unknown
from ...files.frames import as_frame, find_column, is_frame, with_numbered_columns
from ...files.paths import existing_file
from ...files.tables import TableFile, TableOptions
from ...preprocessing.ids import IdPreprocessing, Unseen
from ...preprocessing.rating_table import ROLES, Labels, Missing, read_ratings
from ..tables.sources import as_array, checksum
from .base import NAMES, RatingData, Ratings

References = tuple[str | int | None, str | int | None, str | int | None]


class OwnRatings(RatingData):
    """Your own ratings of items by users: a table (.csv, .tsv, .txt) or, from Python, a frame or an array (N, 3).

    path: the table, one row for each rating. user, item, rating: its columns, by name or number (1 is the first);
    default the columns with these names, else the first three. Ids are text or numbers and are used as written.
    layout: pairs: an example is a rating, with the ids of user and item as input; rows: an example is a user, with all
    their ratings. standardize_target: scale ratings to mean 0 and standard deviation 1 over the training ratings.
    unseen: predict an average rating for users and items without a training rating, or refuse them. missing: refuse
    rows with a missing cell, or drop them. separator, decimal, thousands, header, encoding, skip_rows (lines above the
    table), missing_values: format of the table, detected by default. test: fraction of the ratings, which does not
    depend on `seed`; val: fraction of the other ratings held out by `seed`.
    Raises UserError, with file and line, for data that cannot be used.
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
            raise UserError("data=ratings needs data.path=FILE, a table with one row for each rating")
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
            given = from_file(existing_file(str(path)), options, columns, unseen, missing)
        else:
            given = from_python(source, columns, unseen, missing)
        self.digest = given.digest
        super().__init__(
            given,
            layout=layout,
            standardize_target=standardize_target,
            val=val,
            test=test,
            seed=seed,
        )


def from_file(path: Path, options: TableOptions, columns: References, unseen: Unseen, missing: Missing) -> Ratings:
    """Return the ratings of a table file. Raises UserError, with file and line, for data that cannot be used."""
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
    found = read_ratings(path.name, frame, labels, missing, lambda row: f"{path}, line {file.line(row)}")
    return Ratings(path.name, found[:2], found.values, unfitted, labels[2], missing, file.digest)


def from_python(source: Any, columns: References, unseen: Unseen, missing: Missing) -> Ratings:
    """Return the ratings of a frame or an array (N, 3). Raises UserError for data that cannot be used."""
    named = is_frame(source)
    frame = as_frame(source) if named else as_table(source)
    labels = roles(columns, tuple(frame.columns), "the data")
    unfitted = IdPreprocessing(columns=labels[:2], names=NAMES, ids=((), ()), unseen=unseen, header=named)
    found = read_ratings("data", frame, labels, missing, lambda row: f"row {row + 1}")
    return Ratings("data", found[:2], found.values, unfitted, labels[2], missing, checksum(frame))


def as_table(source: Any) -> pd.DataFrame:
    """Return an array (N, F) as a frame. Raises UserError for other shapes."""
    values = as_array(source)
    if values.ndim != 2:
        raise UserError(f"the data is {values.shape}; it must be (N, 3): user, item and rating")
    return with_numbered_columns(values)


def roles(given: References, names: tuple[str, ...], where: str) -> Labels:
    """Return the columns of users, items and ratings. Raises UserError if one is missing or has two roles."""
    found = []
    for place, (role, reference) in enumerate(zip(ROLES, given, strict=True), 1):
        if reference is None and place > len(names) and role not in names:
            raise UserError(f"{where} has {len(names)} columns; it needs three: user, item and rating")
        found.append(
            find_column(reference if reference is not None else role if role in names else place, names, where)
        )
    for place, name in enumerate(found):
        if name in found[:place]:
            first, second = ROLES[found.index(name)], ROLES[place]
            raise UserError(
                f"{where}: column '{name}' is both {first} and {second}; set data.{first} or data.{second} to another"
            )
    user, item, rating = found
    return user, item, rating
