"""Reading of ratings from a table file or a Python object.

Shapes: N ratings.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ...errors import UserError
from ...files.frames import as_frame, find_column, is_frame, with_numbered_columns
from ...files.rows import of_rows
from ...files.tables import TableFile, TableOptions
from ...preprocessing.ids import IdPreprocessing, Place, Unseen, ids_to_text
from ...preprocessing.rating_table import ROLES, Labels, Missing, check_range, read_ratings
from ..tables.sources import as_array, checksum
from .base import NAMES, Ratings

Reference = str | int | None
"""Name or number of a column, None for the default."""


@dataclass(frozen=True, kw_only=True)
class RatingReader:
    """How a table of ratings is read.

    user, item, rating, time, title: its columns; reads_ratings: whether the ratings are needed; reads_times: whether
    the times are; unseen, missing: see `OwnRatings`; low, high: bounds of the ratings, None for none.
    """

    user: Reference = None
    item: Reference = None
    rating: Reference = None
    time: Reference = None
    title: Reference = None
    reads_ratings: bool = True
    reads_times: bool = False
    unseen: Unseen = "mean"
    missing: Missing = "refuse"
    low: float | None = None
    high: float | None = None

    def from_file(self, path: Path, options: TableOptions) -> Ratings:
        """Return the ratings of a table file. Raises UserError, with file and line, for data that cannot be used."""
        file = TableFile(path, options, remedies=())
        columns = self.columns(file.labels, str(path))
        text = [columns[role] for role in (*NAMES, "title") if role in columns]
        frame = file.read(text=text, columns=[*columns.values()])
        unfitted = IdPreprocessing(
            columns=(columns["user"], columns["item"]),
            names=NAMES,
            ids=((), ()),
            unseen=self.unseen,
            header=file.format.header,
            options=options,
            written=file.detected.written,
        )
        return self.read(path.name, frame, columns, unfitted, lambda row: f"{path}, line {file.line(row)}", file.digest)

    def from_python(self, source: Any) -> Ratings:
        """Return the ratings of a frame or an array (N, 3). Raises UserError for data that cannot be used."""
        named = is_frame(source)
        frame = as_frame(source) if named else as_table(source)
        columns = self.columns(tuple(frame.columns), "the data")
        labels = (columns["user"], columns["item"])
        unfitted = IdPreprocessing(columns=labels, names=NAMES, ids=((), ()), unseen=self.unseen, header=named)
        return self.read("data", frame, columns, unfitted, lambda row: f"row {row + 1}", checksum(frame))

    def read(
        self,
        source: str,
        frame: pd.DataFrame,
        columns: Mapping[str, str],
        unfitted: IdPreprocessing,
        place: Place,
        digest: str,
    ) -> Ratings:
        """Return the ratings of a frame; columns: by role; place: location of a row. Raises UserError."""
        labels: Labels = tuple(columns[role] for role in ROLES if role in columns)
        contents = of_rows(list(frame.columns), frame)
        found = read_ratings(source, frame, labels, self.missing, place)
        if self.low is not None or self.high is not None:
            low = float("-inf") if self.low is None else self.low
            high = float("inf") if self.high is None else self.high
            check_range(found, low, high, "the range of the ratings")
        frame = frame.iloc[found.rows]
        times = read_times(frame[columns["time"]], found.place) if "time" in columns else None
        titles: dict[str, str] = {}
        if "title" in columns:
            for item, title in zip(found.ids[1].tolist(), frame[columns["title"]].fillna("").tolist(), strict=True):
                titles[item] = titles.get(item) or str(title)
        return Ratings(
            source,
            found.ids,
            found.values,
            unfitted,
            rating=columns.get("rating"),
            missing=self.missing,
            digest=digest,
            contents=contents,
            times=times,
            titles=titles,
        )

    def columns(self, names: tuple[str, ...], where: str) -> dict[str, str]:
        """Return the columns of a table by role. Raises UserError if one is missing or has two roles."""
        needed = ROLES if self.reads_ratings else NAMES
        found = {}
        for place, role in enumerate(needed, 1):
            reference = getattr(self, role)
            if reference is None and place > len(names) and role not in names:
                wanted = "three: user, item and rating" if self.reads_ratings else "two: user and item"
                raise UserError(f"{where} has {len(names)} columns; it needs {wanted}")
            chosen = reference if reference is not None else role if role in names else place
            found[role] = find_column(chosen, names, where)
        if self.reads_times:
            chosen = self.time if self.time is not None else next((t for t in TIMES if t in names), None)
            if chosen is None:
                raise UserError(f"{where} has no column {' or '.join(TIMES)}; data.time sets the column of the times")
            found["time"] = find_column(chosen, names, where)
        if self.title is not None or "title" in names:
            found["title"] = find_column("title" if self.title is None else self.title, names, where)
        check_roles(found, where)
        return found


TIMES = ("time", "timestamp")  # names of a column of times


def check_roles(columns: Mapping[str, str], where: str) -> None:
    """Raise UserError if a column has two roles."""
    first: dict[str, str] = {}
    for role, name in columns.items():
        if name in first:
            raise UserError(
                f"{where}: column '{name}' is both {first[name]} and {role}; set data.{first[name]} or data.{role} to "
                "another"
            )
        first[name] = role


def as_table(source: Any) -> pd.DataFrame:
    """Return an array (N, F) as a frame. Raises UserError for other shapes."""
    values = as_array(source)
    if values.ndim != 2:
        raise UserError(f"the data is {values.shape}; it must be (N, 3): user, item and rating")
    return with_numbered_columns(values)


def read_times(cells: "pd.Series[Any]", place: Place) -> NDArray[np.float64]:
    """Return times, numbers or dates, as numbers (N,). Raises UserError for other cells."""
    if cells.dtype.kind in "iuf":
        times = cells.to_numpy(np.float64)
    else:
        dates = pd.to_datetime(cells, format="ISO8601", errors="coerce", utc=True)
        times = dates.astype("int64").where(dates.notna(), np.nan).to_numpy(np.float64)
    if not np.isfinite(times).all():
        bad = int((~np.isfinite(times)).argmax())
        raise UserError(
            f"{place(bad)}, column {cells.name}: the time '{cells.iloc[bad]}' is neither a number nor a date such as "
            "2026-01-31 12:30"
        )
    return times


def titles_of(path: Path, item: str, title: str) -> dict[str, str]:
    """Return the titles of items in a table file; item, title: its columns. Raises UserError."""
    file = TableFile(path, TableOptions(), remedies=())
    labels = [find_column(each, file.labels, str(path)) for each in (item, title)]
    frame = file.read(text=labels, columns=labels)
    return dict(
        zip(ids_to_text(frame[labels[0]]).tolist(), frame[labels[1]].fillna("").astype(str).tolist(), strict=True)
    )
