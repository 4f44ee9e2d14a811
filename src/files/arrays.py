"""Arrays of the user's files: .npz and .npy, and tables of numbers."""

import zipfile
import zlib
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..errors import UserError
from .paths import TABLES

Values = NDArray[np.generic]


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


def is_number(text: str) -> bool:
    """Tell whether a cell is a number, `nan` and `inf` included."""
    try:
        float(text)
    except ValueError:
        return False
    return True
