"""Reading of arrays from .npz and .npy files and from tables of numbers."""

import lzma
import math
import zipfile
import zlib
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..errors import UserError
from .paths import TABLES

if TYPE_CHECKING:
    from pandas import DataFrame

INPUT_NAMES = ("x", "X", "x_train", "X_train")  # names of the inputs in an .npz
Values = NDArray[np.generic]
MAGIC_BYTES = (np.lib.format.MAGIC_PREFIX, b"PK\x03\x04", b"PK\x05\x06")  # .npy, .npz, empty .npz
BLOCK = 1 << 16  # numbers that are read at once
UNPACKED, MAX_RATIO = 1 << 28, 200  # bytes that an archive may always have, and for each byte of the file
DAMAGED = (
    *(ValueError, OSError, EOFError, MemoryError, RecursionError, RuntimeError, SyntaxError, TypeError, OverflowError),
    *(zipfile.BadZipFile, zlib.error, lzma.LZMAError),
)
"""What damaged files raise; RuntimeError includes encrypted members and unknown compression."""
HEADER_READERS = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}


def load_numpy(path: Path, *, tables: bool = False) -> dict[str, Any]:
    """Read name -> array from an .npz, or {"": array} from an .npy. Never unpickles. Raises UserError.

    tables: return numeric arrays (N, F) as frames, see `read_columns`.
    """
    try:
        with path.open("rb") as file:
            if not file.read(6).startswith(MAGIC_BYTES):
                raise UserError(f"{path} cannot be read: its content is not that of an .npy or .npz file")
            check_sizes(file, path.stat().st_size)
            if tables and (frame := read_columns(file)) is not None:
                return {"": frame}
            file.seek(0)
            found = np.load(file, allow_pickle=False)
            if isinstance(found, np.ndarray):
                return {"": found}
            arrays: dict[str, Any] = {}
            for name in found.zip.namelist():
                key = name.removesuffix(".npy")
                with found.zip.open(name) as member:
                    frame = read_columns(member) if tables else None
                arrays[key] = found[key] if frame is None else frame
            return arrays
    except DAMAGED as error:
        reason = (str(error) or type(error).__name__).splitlines()[0]
        if "pickle" in reason:
            reason = "it contains Python objects, which are never unpickled; save arrays of numbers or text"
        raise UserError(f"{path} cannot be read: {reason}") from None


def check_sizes(file: IO[bytes], size: int) -> None:
    """Raise ValueError for arrays that are larger than their file, and compressed data that expands too much.

    size: of the file in bytes. A few bytes could otherwise take all memory.
    """
    file.seek(0)
    if file.read(4).startswith(b"PK"):
        with zipfile.ZipFile(file) as archive:
            members = archive.infolist()
            total = sum(member.file_size for member in members)
            if total > max(UNPACKED, MAX_RATIO * size):
                raise ValueError(f"its {size} bytes expand to {total}; save such arrays without compression")
            for member in members:
                if member.flag_bits & 1:
                    raise ValueError("it is encrypted")
                if not member.filename.endswith(".npy"):
                    continue
                with archive.open(member) as content:
                    check_header(content, member.file_size)
    else:
        file.seek(0)
        check_header(file, size)
    file.seek(0)


def check_header(file: IO[bytes], size: int) -> None:
    """Raise ValueError if the header of an .npy file of so many bytes describes more numbers than the file has."""
    try:
        shape, _, dtype = HEADER_READERS[np.lib.format.read_magic(file)](file)
    except KeyError:  # a version for names of columns, which NumPy reads
        return
    count = math.prod(map(int, shape))
    too_large = count * dtype.itemsize > size and not dtype.hasobject
    if min(shape, default=0) < 0 or (count and not dtype.itemsize) or too_large:
        raise ValueError(f"its header describes an array of shape {shape} and type {dtype}, which is not in the file")


def read_columns(file: IO[bytes]) -> "DataFrame | None":
    """Return a numeric array (N, F) as a frame with columns "1" to "F", None for other arrays and damaged files.

    Each column is a separate array in native byte order, so that its memory can be freed separately.
    """
    import pandas

    try:
        shape, is_transposed, dtype = HEADER_READERS[np.lib.format.read_magic(file)](file)
    except (KeyError, ValueError):
        return None
    if len(shape) != 2 or 0 in shape or dtype.kind not in "biuf":
        return None
    count, width = shape
    columns = [np.empty(count, dtype.newbyteorder("=")) for _ in range(width)]
    try:
        if is_transposed:
            for cells in columns:
                for begin in range(0, count, BLOCK):
                    cells[begin : begin + BLOCK] = read_numbers(file, min(BLOCK, count - begin), dtype)
        else:
            rows = max(1, BLOCK // width)
            for begin in range(0, count, rows):
                block = read_numbers(file, min(rows, count - begin) * width, dtype).reshape(-1, width)
                for place, cells in enumerate(columns):
                    cells[begin : begin + rows] = block[:, place]
    except EOFError:
        return None
    return pandas.DataFrame({str(place): cells for place, cells in enumerate(columns, 1)}, copy=False)


def read_numbers(file: IO[bytes], count: int, dtype: np.dtype[Any]) -> NDArray[Any]:
    """Return the next `count` numbers of a file: (count,). Raises EOFError if there are fewer."""
    data = file.read(count * dtype.itemsize)
    if len(data) < count * dtype.itemsize:
        raise EOFError
    return np.frombuffer(data, dtype)


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
        raise UserError(f"{path}: unknown file extension '{suffix}'; one of: .csv, .tsv, .txt, .npy, .npz")
    arrays = load_numpy(path)
    name = next((name for name in ("", *INPUT_NAMES, "data") if name in arrays), None)
    if name is None:
        raise UserError(f"{path} has no array called x; it has: {', '.join(sorted(arrays)) or 'none'}")
    return arrays[name]
