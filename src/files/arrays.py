"""Reading inputs and targets from the user's file: .npz, .npy or .csv.

Shapes: N examples, F features.
"""

import csv
import math
import zipfile
import zlib
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..errors import UserError, unknown
from .paths import TABLES, existing

Values = NDArray[np.generic]


class Arrays(NamedTuple):
    """What a file holds: inputs and targets, and those of its own test set if it has one."""

    x: Values
    y: Values
    x_test: Values | None = None
    y_test: Values | None = None


def read(path: Path, target: str | None) -> Arrays:
    """Read a file by its suffix; `target` as in `Array`. Raises UserError."""
    match path.suffix.lower():
        case ".npz":
            return read_npz(path, target or "y")
        case ".npy":
            return read_npy(path, target)
        case ".csv":
            return read_csv(path, target)
        case suffix:
            raise UserError(f"{path}: unknown kind of file '{suffix}'; one of: .csv, .npy, .npz")


def load_numpy(path: Path) -> dict[str, Values]:
    """Read the arrays of an .npz, or of an .npy as the only one. Raises UserError; never unpickles."""
    try:
        with path.open("rb") as file:
            found = np.load(file, allow_pickle=False)
            return {"": found} if isinstance(found, np.ndarray) else dict(found)
    except (ValueError, OSError, EOFError, MemoryError, zipfile.BadZipFile, zlib.error) as error:
        reason = (str(error) or type(error).__name__).splitlines()[0]
        if "pickle" in reason:
            reason = "it holds Python objects, which are never unpickled; save arrays of numbers or text"
        raise UserError(f"{path} cannot be read: {reason}") from None


def read_inputs(path: Path) -> Values:
    """Read examples without targets: an .npy, the array x of an .npz, or a table of numbers. Raises UserError."""
    suffix = path.suffix.lower()
    if suffix in TABLES:
        from .tables import TableFile

        frame = TableFile(path).read()
        text = [name for name, kind in frame.dtypes.items() if kind.kind not in "biuf"]
        if text:
            raise UserError(f"{path}, column {text[0]}: '{frame[text[0]].iloc[0]}' is not a number")
        return frame.to_numpy(dtype=np.float64)
    if suffix not in (".npy", ".npz"):
        raise UserError(f"{path}: unknown kind of file '{suffix}'; one of: .csv, .tsv, .txt, .npy, .npz")
    arrays = load_numpy(path)
    if "" not in arrays and "x" not in arrays:
        raise UserError(f"{path} has no array called x; it has: {', '.join(sorted(arrays)) or 'none'}")
    values = arrays.get("", arrays.get("x"))
    assert values is not None
    return values


def read_npy(path: Path, target: str | None) -> Arrays:
    """Read inputs and targets from one file or two. Raises UserError if one is an .npz by another name."""
    arrays = []
    for file in [path] if target is None else [path, existing(target)]:
        found = load_numpy(file)
        if "" not in found:
            raise UserError(f"{file} holds several arrays; its name must end in .npz")
        arrays.append(found[""])
    if target is not None:
        return Arrays(*arrays)
    table = arrays[0]
    if table.ndim != 2 or table.shape[1] < 2:
        raise UserError(f"{path} is {table.shape}; without target it must be (N, F + 1)")
    return Arrays(table[:, :-1], table[:, -1])


def read_npz(path: Path, target: str) -> Arrays:
    """Read x and the target, and the test set if there is one. Raises UserError if one of them is missing."""
    arrays = load_numpy(path)
    tests = "x_test", f"{target}_test"
    needed = ["x", target, *(tests if any(name in arrays for name in tests) else ())]
    for name in needed:
        if name not in arrays:
            raise UserError(f"{path} has no array '{name}'; it has: {', '.join(sorted(arrays)) or 'none'}")
    return Arrays(*(arrays[name] for name in needed))


def read_csv(path: Path, target: str | None) -> Arrays:
    """Read a table of numbers and a target column of numbers or text.

    The first line is a header if no cell of it is a number. Raises UserError with the place of a bad cell.
    """
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            reader = csv.reader(file, skipinitialspace=True)
            lines = [(reader.line_num, row) for row in reader if row]
    except (UnicodeDecodeError, csv.Error) as error:
        raise UserError(f"{path} cannot be read as a table: {error}") from None
    if not lines:
        raise UserError(f"{path} is empty")
    width = len(lines[0][1])
    if width < 2:
        raise UserError(f"{path} has one column; it needs features and a target, separated by commas")
    for number, row in lines:
        if len(row) != width:
            raise UserError(f"{path}, line {number}: {len(row)} cells instead of {width}")
    names = [str(column) for column in range(1, width + 1)]
    if not any(map(is_number, lines[0][1])):
        names = [cell.strip() for cell in lines.pop(0)[1]]
    column = width - 1
    if target is not None:
        if target not in names:
            raise UserError(f"{path}: {unknown('column', target, names)}")
        column = names.index(target)
    texts = [row.pop(column).strip() for _, row in lines]
    names.pop(column)
    if not lines:
        raise UserError(f"{path} has a header and no rows")
    try:
        x = np.array([row for _, row in lines], dtype=np.float64)
    except ValueError:
        x = np.full((1, 1), math.nan)
    if not np.isfinite(x).all():
        number, name, cell = next(
            (number, name, cell)
            for number, row in lines
            for name, cell in zip(names, row, strict=True)
            if not (is_number(cell) and math.isfinite(float(cell)))
        )
        raise UserError(f"{path}, line {number}, column {name}: '{cell}' is not a finite number")
    if "" in texts:
        raise UserError(f"{path}, line {lines[texts.index('')][0]}: the target is empty")
    return Arrays(x, np.array(texts, dtype=np.float64 if all(map(is_number, texts)) else np.str_))


def is_number(text: str) -> bool:
    """Tell whether a cell is a number, `nan` and `inf` included."""
    try:
        float(text)
    except ValueError:
        return False
    return True
