"""The columns of a table and what a network gets of each: a number on one scale, or a one-hot category.

Shapes: N rows, W columns of the network's input.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..errors import UserError
from ..files.frames import numbers

Missing = Literal["refuse", "drop", "mean", "median", "most_frequent"]
POLICIES: tuple[str, ...] = get_args(Missing)
RESOLUTION = 1e-3  # of the standard deviation: what float32 must be able to tell apart
MOST_CATEGORIES = 1000  # of a column that was not named as categorical


class Misfit(Exception):
    """A cell that its column does not take: the number of the row, and why; missing: the cell has no value."""

    def __init__(self, row: int, reason: str, *, missing: bool = False) -> None:
        super().__init__(reason)
        self.row = row
        self.reason = reason
        self.missing = missing


@dataclass(frozen=True, kw_only=True)
class NumberColumn:
    """A column of numbers: the network gets (value - mean) / scale.

    fill: what stands for a missing cell, None where missing cells are refused; constant: all training cells are alike.
    """

    name: str
    mean: float = 0.0
    scale: float = 1.0
    fill: float | None = None
    constant: bool = False

    width = 1

    def encode(self, cells: "pd.Series[Any]") -> NDArray[np.float32]:
        """Return (N, 1). Raises Misfit for a cell that is missing, infinite or no number."""
        values = checked_numbers(cells)
        if (gaps := np.isnan(values)).any():
            if self.fill is None:
                raise Misfit(int(gaps.argmax()), "the cell is missing", missing=True)
            values = np.where(gaps, self.fill, values)
        return ((values - self.mean) / self.scale).astype(np.float32)[:, None]


@dataclass(frozen=True, kw_only=True)
class CategoryColumn:
    """A column of categories, one-hot; a category that is not among them is all zeros.

    fill: what stands for a missing cell, None where missing cells are refused.
    """

    name: str
    categories: tuple[str, ...]
    fill: str | None = None

    @property
    def width(self) -> int:
        """Return W."""
        return len(self.categories)

    def encode(self, cells: "pd.Series[Any]") -> NDArray[np.float32]:
        """Return (N, W). Raises Misfit for a missing cell."""
        cells = texts(cells)
        if (gaps := cells.isna().to_numpy()).any():
            if self.fill is None:
                raise Misfit(int(gaps.argmax()), "the cell is missing", missing=True)
            cells = cells.fillna(self.fill)
        places = self.places(cells)
        found = np.zeros((len(cells), self.width), dtype=np.float32)
        known = np.flatnonzero(places >= 0)
        found[known, places[known]] = 1
        return found

    def places(self, cells: "pd.Series[Any]") -> NDArray[np.int64]:
        """Return the place of each cell among the categories, -1 for another: (N,)."""
        return np.asarray(
            pd.Index(self.categories, dtype=object).get_indexer(pd.Index(cells.astype(object))), dtype=np.int64
        )

    def unseen(self, cells: "pd.Series[Any]") -> "pd.Series[Any]":
        """Return the cells whose category is not known."""
        cells = texts(cells).dropna()
        return cells[self.places(cells) < 0]


Column = NumberColumn | CategoryColumn


def column_from_dict(plain: Mapping[str, Any]) -> Column:
    """Rebuild a column from its fields."""
    if "categories" in plain:
        return CategoryColumn(**{**plain, "categories": tuple(plain["categories"])})
    return NumberColumn(**plain)


def texts(cells: "pd.Series[Any]") -> "pd.Series[Any]":
    """Return categories as text without blanks around it; whole numbers as they are written, missing ones as NaN."""
    if cells.dtype.kind == "f":  # whole numbers beside a missing cell
        present = cells.dropna()
        whole = (present == present.round()).all()
        return (present.astype("int64") if whole else present).astype(str).reindex(cells.index)
    if cells.dtype.kind in "biu":
        return cells.astype(str)
    return cells.where(cells.isna(), cells.astype(str).str.strip())


def checked_numbers(cells: "pd.Series[Any]") -> NDArray[np.float64]:
    """Return (N,), NaN where a cell is missing. Raises Misfit for a cell that is infinite or no number."""
    try:
        values: NDArray[np.float64] = numbers(cells)
    except (ValueError, TypeError):
        bad = pd.to_numeric(cells, errors="coerce").isna() & cells.notna()
        row = int(bad.to_numpy().argmax())
        raise Misfit(row, f"'{cells.iloc[row]}' is not a number") from None
    if (infinite := np.isinf(values)).any():
        row = int(infinite.argmax())
        raise Misfit(row, f"{values[row]} is not finite")
    return values


def fit_numbers(
    name: str, cells: "pd.Series[Any]", train: NDArray[np.int64], *, standardize: bool, missing: Missing
) -> NumberColumn:
    """Return what a column of numbers needs, from its training rows. Columns of 0 and 1 alone are left as they are.

    Raises Misfit for cells that are infinite or no numbers, and UserError for a column without values and for values
    that float32 cannot tell apart.
    """
    values = checked_numbers(cells)[train]
    present = values[~np.isnan(values)]
    if not len(present):
        raise UserError(f"column {name}: all cells of the training rows are missing; data.drop=[{name}] leaves it out")
    fill = None if missing in ("refuse", "drop") else filling(present, missing)
    constant = bool(present.min() == present.max())
    if ((present == 0) | (present == 1)).all():
        return NumberColumn(name=name, fill=fill, constant=constant)
    with np.errstate(over="ignore", invalid="ignore"):
        mean = float(present.mean())
        deviation = 0.0 if constant else float(present.std())  # not the rounding error of a constant
    if not np.isfinite(deviation):
        raise UserError(f"column {name}: the values are too large, up to {np.abs(present).max():g}")
    if standardize:
        return NumberColumn(name=name, mean=mean, scale=deviation or 1.0, fill=fill, constant=constant)
    largest = float(np.abs(present).max())
    if largest > np.finfo(np.float32).max or np.spacing(np.float32(largest)) > RESOLUTION * deviation > 0:
        raise UserError(
            f"column {name}: values like {largest:.10g} differ by less than float32 can tell; "
            "data.standardize=true subtracts the mean first"
        )
    return NumberColumn(name=name, fill=fill, constant=constant)


def filling(present: NDArray[np.float64], missing: str) -> float:
    """Return what stands for a missing number."""
    if missing == "most_frequent":
        values, counts = np.unique(present, return_counts=True)
        return float(values[counts.argmax()])
    return float(np.median(present) if missing == "median" else present.mean())


def fit_categories(
    name: str, cells: "pd.Series[Any]", train: NDArray[np.int64], *, named: bool, missing: Missing
) -> CategoryColumn:
    """Return the categories of a column, sorted, over all rows; a missing cell is the most frequent training one.

    named: the user said that the column is categorical. Raises UserError for a column without values, and for one
    with so many different texts that they are rather names.
    """
    cells = texts(cells)
    present = cells.dropna()
    if not len(present):
        raise UserError(f"column {name}: all cells are missing; data.drop=[{name}] leaves it out")
    categories = tuple(sorted(present.unique()))
    if not named and (len(categories) > MOST_CATEGORIES or len(categories) > max(10, len(present) / 2)):
        raise UserError(
            f"column {name}: {len(categories)} different texts in {len(present)} rows, such as '{present.iloc[0]}'; "
            f"data.drop=[{name}] leaves it out, data.id={name} passes it on to the predictions, "
            f"data.categorical=[{name}] takes each text for a category"
        )
    fill = None
    if missing not in ("refuse", "drop"):
        counts = cells.iloc[train].value_counts()
        if not len(counts):
            raise UserError(
                f"column {name}: all cells of the training rows are missing; data.drop=[{name}] leaves it out"
            )
        fill = min(counts[counts == counts.iloc[0]].index)
    return CategoryColumn(name=name, categories=categories, fill=fill)
