"""Encoding of the columns of a table: numbers are scaled, categories one-hot encoded.

Shapes: N rows, W columns of the network's input.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, get_args

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pandas.api.types import infer_dtype

from ..errors import UserError
from ..files.frames import to_float
from ..formatting import to_shell

Missing = Literal["refuse", "drop", "mean", "median", "most_frequent"]
POLICIES: tuple[str, ...] = get_args(Missing)
RESOLUTION = 1e-3  # required resolution of float32, as a fraction of the standard deviation
BLOCK = 1 << 15  # rows that are scaled at once, so that they fit into the cache
MISSING = -2  # the index of a missing category
MAX_CATEGORIES = 1000  # in a column that is not declared categorical


class Misfit(Exception):
    """A cell is invalid in its column. row: index of the row; reason: for the message; missing: the cell is missing."""

    def __init__(self, row: int, reason: str, *, missing: bool = False) -> None:
        super().__init__(reason)
        self.row = row
        self.reason = reason
        self.missing = missing


@dataclass(frozen=True, kw_only=True)
class NumberColumn:
    """A column of numbers, encoded as (value - mean) / scale.

    fill: replaces missing cells, None if they are refused; constant: True if all training cells are equal; unknown:
    missing cells are encoded as NaN.
    """

    name: str
    mean: float = 0.0
    scale: float = 1.0
    fill: float | None = None
    constant: bool = False
    unknown: bool = False

    width = 1

    def encode(self, cells: "pd.Series[Any]") -> NDArray[np.float32]:
        """Return encoded cells (N,). Raises Misfit for a cell that is missing, infinite, too large or not a number."""
        return self.scaled(checked_numbers(cells))

    def scaled(self, values: NDArray[np.float64]) -> NDArray[np.float32]:
        """Return scaled numbers (N,); values: result of `checked_numbers`. Raises Misfit as `encode` does."""
        found = np.empty(len(values), dtype=np.float32)
        for begin in range(0, len(values), BLOCK):
            part = values[begin : begin + BLOCK] - self.mean
            part /= self.scale
            with np.errstate(over="ignore"):
                found[begin : begin + BLOCK] = part
        if np.isfinite(found).all():
            return found
        gaps = np.isnan(values)
        if gaps.any():
            if self.unknown and np.isfinite(found[~gaps]).all():
                return found
            if self.fill is not None:
                return self.scaled(np.where(gaps, self.fill, values))
            if not self.unknown:
                raise Misfit(int(gaps.argmax()), "the cell is missing", missing=True)
        row = int((~np.isfinite(found) & ~gaps).argmax())
        raise Misfit(row, f"{values[row]} is too large")

    def write(self, values: NDArray[np.float32], found: NDArray[np.float32]) -> None:
        """Write the result of `encode` into the network's input (N, 1)."""
        found[:, 0] = values


@dataclass(frozen=True, kw_only=True)
class CategoryColumn:
    """A column of categories, one-hot encoded; unknown categories are encoded as zeros.

    fill: replaces missing cells, None if they are refused; unknown: missing cells are encoded as NaN.
    """

    name: str
    categories: tuple[str, ...]
    fill: str | None = None
    unknown: bool = False

    @property
    def width(self) -> int:
        """Return W."""
        return len(self.categories)

    def encode(self, cells: "pd.Series[Any]") -> NDArray[np.int32]:
        """Return indices of categories (N,), -1 for unknown ones, MISSING for missing cells if these may be unknown.

        Raises Misfit for a missing cell otherwise.
        """
        return self.places(*factorize_texts(cells))

    def places(self, codes: NDArray[np.int64], different: Sequence[str]) -> NDArray[np.int32]:
        """Return the result of `encode` for codes and texts returned by `factorize_texts`."""
        if self.fill is None and not self.unknown and (gaps := codes < 0).any():
            raise Misfit(int(gaps.argmax()), "the cell is missing", missing=True)
        places: dict[str | None, int] = {category: place for place, category in enumerate(self.categories)}
        missing = MISSING if self.unknown else places.get(self.fill, -1)
        return np.array([*(places.get(text, -1) for text in different), missing], dtype=np.int32)[
            codes
        ]  # code -1 is last

    def write(self, values: NDArray[np.int32], found: NDArray[np.float32]) -> None:
        """Write the result of `encode` into the network's input (N, W)."""
        found[:] = 0
        known = np.flatnonzero(values >= 0)
        found[known, values[known]] = 1
        found[values == MISSING] = np.nan


Column = NumberColumn | CategoryColumn


def column_from_dict(plain: Mapping[str, Any]) -> Column:
    """Rebuild a column from its fields."""
    if "categories" in plain:
        return CategoryColumn(**{**plain, "categories": tuple(plain["categories"])})
    return NumberColumn(**plain)


def to_text(cells: "pd.Series[Any]") -> "pd.Series[Any]":
    """Return categories as text without surrounding blanks, integers without a decimal point, NaN for missing cells."""
    if cells.dtype.kind == "f":  # a missing cell makes a column of integers float
        present = cells.dropna()
        whole = (present == present.round()).all()
        return (present.astype("int64") if whole else present).astype(str).reindex(cells.index)
    return cells.astype(object).where(cells.isna(), cells.astype(str).str.strip())


def factorize_texts(cells: "pd.Series[Any]") -> tuple[NDArray[np.int64], list[str]]:
    """Return codes (N,) of the distinct texts of cells, -1 for missing cells, and these texts.

    Cells that differ only in surrounding blanks have different codes with the same text.
    """
    if cells.dtype == object and infer_dtype(cells) != "string":  # 1, 1.0 and True have different texts
        cells = to_text(cells)
    codes, different = pd.factorize(cells)
    return codes, to_text(pd.Series(different)).tolist()


def checked_numbers(cells: "pd.Series[Any]") -> NDArray[np.float64]:
    """Return numbers (N,), NaN for missing cells. Raises Misfit for a cell that is infinite or not a number."""
    try:
        values: NDArray[np.float64] = to_float(cells)
    except (ValueError, TypeError):
        bad = pd.to_numeric(cells, errors="coerce").isna() & cells.notna()
        row = int(bad.to_numpy().argmax())
        raise Misfit(row, f"'{cells.iloc[row]}' is not a number") from None
    if len(values) and not np.isfinite(values.max() - values.min()) and (infinite := np.isinf(values)).any():
        row = int(infinite.argmax())
        raise Misfit(row, f"{values[row]} is not finite")
    return values


def fit_numbers(
    name: str,
    cells: "pd.Series[Any]",
    order: NDArray[np.int64],
    train: int,
    *,
    standardize: bool,
    missing: Missing,
) -> tuple[NumberColumn, NDArray[np.float32]]:
    """Fit a column of numbers to the first `train` rows of `order`; return it and its encoded cells in this order.

    Columns that contain only 0 and 1 are not scaled. Raises Misfit for cells that are infinite or not numbers, and
    UserError for a column without values and for differences below the resolution of float32.
    """
    values = checked_numbers(cells)[order]
    column = fit_number_column(name, values[:train], standardize=standardize, missing=missing)
    try:
        return column, column.scaled(values)
    except Misfit as error:
        raise Misfit(int(order[error.row]), error.reason, missing=error.missing) from None


def fit_number_column(name: str, values: NDArray[np.float64], *, standardize: bool, missing: Missing) -> NumberColumn:
    """Fit a column to its training rows (N,), NaN for missing cells. Raises UserError as `fit_numbers` does."""
    low, high = values.min(), values.max()
    present = values
    if np.isnan(low):
        present = values[~np.isnan(values)]
        if not len(present):
            raise all_missing_error(name, " of the training rows")
        low, high = present.min(), present.max()
    fill = None if missing in ("refuse", "drop") else fill_value(present, missing)
    constant = bool(low == high)
    if low in (0, 1) and high in (0, 1) and ((present == 0) | (present == 1)).all():
        return NumberColumn(name=name, fill=fill, constant=constant)
    with np.errstate(over="ignore", invalid="ignore"):
        mean = float(present.mean())
        deviation = 0.0 if constant else float(present.std())  # that of a constant can be a rounding error
    largest = float(max(-low, high))
    if not np.isfinite(deviation):
        raise UserError(f"column {name}: the values are too large, up to {largest:g}")
    if standardize:
        return NumberColumn(name=name, mean=mean, scale=deviation or 1.0, fill=fill, constant=constant)
    if largest > np.finfo(np.float32).max or np.spacing(np.float32(largest)) > RESOLUTION * deviation > 0:
        raise UserError(
            f"column {name}: the differences between values such as {largest:.10g} are too small for float32; "
            "data.standardize=true subtracts the mean first"
        )
    return NumberColumn(name=name, fill=fill, constant=constant)


def all_missing_error(name: str, rows: str) -> UserError:
    """Return the error for a column without values; rows: which rows, in words."""
    return UserError(f"column {name}: all cells{rows} are missing; {to_shell('data.drop', [name])} leaves it out")


def fill_value(present: NDArray[np.float64], missing: str) -> float:
    """Return the number that replaces missing cells."""
    if missing == "most_frequent":
        values, counts = np.unique(present, return_counts=True)
        return float(values[counts.argmax()])
    return float(np.median(present) if missing == "median" else present.mean())


def fit_categories(
    name: str,
    cells: "pd.Series[Any]",
    order: NDArray[np.int64],
    train: int,
    *,
    named: bool,
    missing: Missing,
) -> tuple[CategoryColumn, NDArray[np.int32]]:
    """Return a column with the sorted categories of all rows, and its encoded cells in this order.

    Missing cells are replaced by the most frequent category of the first `train` rows. named: True if the user declared
    the column categorical. Raises UserError for a column without values, and for an undeclared column with so many
    distinct texts that they are likely to be names.
    """
    codes, different = factorize_texts(cells)
    present = np.flatnonzero(codes >= 0)
    if not len(present):
        raise all_missing_error(name, "")
    categories = tuple(sorted(set(different)))
    if not named and (len(categories) > MAX_CATEGORIES or len(categories) > max(10, len(present) / 2)):
        raise UserError(
            f"column {name}: {len(categories)} different texts in {len(present)} rows, such as "
            f"'{different[codes[present[0]]]}'; {to_shell('data.drop', [name])} leaves it out, "
            f"{to_shell('data.id', name)} passes it on to the predictions, {to_shell('data.categorical', [name])} "
            "treats each text as a category"
        )
    column = CategoryColumn(name=name, categories=categories)
    if missing not in ("refuse", "drop"):
        known = codes[order[:train]]
        counts = np.bincount(column.places(known[known >= 0], different))
        if not counts.any():
            raise all_missing_error(name, " of the training rows")
        column = replace(column, fill=categories[counts.argmax()])
    return column, column.places(codes, different)[order]
