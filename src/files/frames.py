"""Conversion of tables from Python (pandas and polars frames, mappings of columns, arrays) to pandas frames.

Shapes: N rows, F columns.
"""

import datetime
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from pandas.api.types import infer_dtype, is_list_like

from ..errors import UserError, unknown


def is_frame(value: object) -> bool:
    """Return whether a value has named columns: a frame, a mapping of columns or cells, or a list of mappings."""
    if isinstance(value, list) and value:
        return all(isinstance(row, Mapping) for row in value)
    return isinstance(value, pd.DataFrame | Mapping) or is_polars(value, "DataFrame")


def is_polars(value: object, kind: str) -> bool:
    """Return whether a value is an instance of this polars class; polars need not be installed."""
    return type(value).__module__.partition(".")[0] == "polars" and type(value).__name__ == kind


def is_unnamed(value: object) -> bool:
    """Return whether a value is a frame whose columns have no names but numbers from 0, as pandas gives them."""
    return isinstance(value, pd.DataFrame) and list(value.columns) == list(range(value.shape[1]))


def as_frame(value: Any) -> pd.DataFrame:
    """Return named columns as a new frame with str names and rows numbered from 0; the cells are not copied.

    Numbers stored as Python objects are converted. Raises UserError for columns of different lengths, for duplicate
    names, and for cells that are neither numbers nor text.
    """
    if is_polars(value, "DataFrame"):
        value = {name: value.get_column(name).to_numpy() for name in value.columns}
    if isinstance(value, Mapping) and value and not any(map(is_column, value.values())):
        value = [value]  # a single row
    try:
        frame = pd.DataFrame(value, copy=False)
    except ValueError as error:
        raise UserError(f"the columns do not form a table: {error}") from error
    names = [str(name).strip() for name in frame.columns]
    if len(set(names)) < len(names):
        duplicate = next(name for place, name in enumerate(names) if name in names[:place])
        raise UserError(f"two columns are called '{duplicate}'; rename one of them")
    frame = frame.set_axis(names, axis=1).reset_index(drop=True)
    for name in names:
        kind = infer_dtype(frame[name]) if frame[name].dtype == object else frame[name].dtype.kind
        if kind in ("integer", "floating", "mixed-integer-float", "decimal"):
            frame[name] = pd.to_numeric(frame[name].astype(float) if kind == "decimal" else frame[name])
        elif kind in ("c", "complex", "mixed", "bytes"):
            cell = next((cell for cell in frame[name] if not is_number_or_text(cell)), None)
            if cell is not None:
                raise UserError(
                    f"column {name} has {type(cell).__name__} cells, such as {cell!r}; it takes numbers or text"
                )
    return frame


def is_column(value: object) -> bool:
    """Return whether a value of a mapping is a column of cells, not a single cell."""
    return is_list_like(value, allow_sets=False) and not isinstance(value, Mapping) and getattr(value, "ndim", 1) > 0


def is_number_or_text(cell: object) -> bool:
    """Return whether a cell is a real number, a boolean, text, a date or missing."""
    if isinstance(cell, complex | np.complexfloating):
        return False
    kinds = (str, int, float, bool, np.generic, datetime.date)
    return isinstance(cell, kinds) or cell is None or cell is pd.NA


def with_numbered_columns(values: np.ndarray[Any, Any]) -> pd.DataFrame:
    """Return an array (N, F) as a frame with columns "1" to "F"."""
    return pd.DataFrame(values, columns=[str(place) for place in range(1, values.shape[1] + 1)], copy=False)


def find_column(reference: str | int, names: Sequence[str], where: str) -> str:
    """Return the name of a column given by its name or by its number, counted from 1.

    where: the table, for messages. Raises UserError with the nearest name for an unknown column.
    """
    if str(reference) in names:
        return str(reference)
    try:
        number = int(reference)
    except ValueError:
        raise UserError(f"{where}: {unknown('column', str(reference), names)}") from None
    if not 1 <= number <= len(names):
        raise UserError(f"{where}: there is no column {number}; it has {len(names)}")
    return names[number - 1]


def to_float(values: "pd.Series[Any]") -> np.ndarray[Any, Any]:
    """Return a column as float64, NaN for missing cells. Raises ValueError for a cell that is not a number."""
    if values.dtype.kind in "biuf":
        return values.to_numpy(dtype=np.float64, na_value=np.nan)
    return np.asarray(pd.to_numeric(values), dtype=np.float64)
