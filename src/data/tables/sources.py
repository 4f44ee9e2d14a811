"""Files and Python objects of the user, read as a table or an array of pictures.

Shapes: N examples, F features, C channels, H height, W width.
"""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import fields
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import torch
from torch import Tensor
from torch.utils.data import Dataset, IterableDataset

from ...errors import UserError, did_you_mean
from ...files.arrays import DAMAGED, INPUT_NAMES, Values, check_sizes, load_numpy
from ...files.frames import as_frame, is_frame, is_polars, with_numbered_columns
from ...files.paths import TABLES, digest, existing_file
from ...files.rows import of_rows
from ...files.tables import DETECT, TableFile, TableOptions
from .roles import ALL_COLUMNS, ColumnChoice, looks_like_id, resolve_columns

CHECKSUM = "nnzoo:checksum"  # key of the object's checksum in a saved copy
MISSING = "\0missing"  # a missing cell in a saved copy, a text that does not occur in data
ACCEPTED_OBJECTS = (
    "(x, y) or (x, y, x_test, y_test) of arrays, tensors or frames; a frame with target=COLUMN; an array with the "
    "target in its last column; a Dataset; or, with target=[], a frame or an array without a target"
)


class Source(NamedTuple):
    """Examples before encoding.

    name: of the file, for messages; names: all columns of a table, including those that were not read; x: a table, or
    pictures (N, H, W), (N, C, H, W) or (N, H, W, C); y: targets, None if they are columns of the table; x_test, y_test:
    a separate test set; header: the columns have names; place: function from a row to its location, for messages;
    digest: a checksum; written: the detected format of a text file.
    """

    name: str
    names: tuple[str, ...]
    x: "pd.DataFrame | Values"
    y: Values | None
    x_test: "pd.DataFrame | Values | None"
    y_test: Values | None
    header: bool
    place: Callable[[int], str]
    digest: str
    written: TableOptions = DETECT


Target = str | int | Sequence[str | int] | None


def has_no_target(target: Target) -> bool:
    """Tell whether the user has set that there is no target."""
    return not (target is None or isinstance(target, str | int) or len(target))


def from_path(
    name: str,
    target: Target,
    *,
    options: TableOptions = DETECT,
    choice: ColumnChoice = ALL_COLUMNS,
    otherwise: TableOptions = DETECT,
) -> Source:
    """Return the examples of a table (.csv, .tsv, .txt), an .npz or an .npy file.

    target: see `Array`; choice: the columns of a table to read; otherwise: see `TableFile`. Raises UserError for a file
    that is missing or damaged, or has another extension.
    """
    path = existing_file(name)
    suffix = path.suffix.lower()
    if suffix in TABLES:
        file = TableFile(path, options, otherwise)
        text, wanted = columns_to_read(file, target, choice)
        frame = file.read(text=text, columns=wanted)
        header, written = file.format.header, file.detected.written

        def place(row: int) -> str:
            return f"{path}, line {file.line(row)}"

        return Source(str(path), file.labels, frame, None, None, None, header, place, file.digest, written)
    if suffix not in (".npy", ".npz"):
        raise UserError(f"{path}: unknown file extension '{suffix}'; one of: {', '.join((*TABLES, '.npy', '.npz'))}")
    if told := [field.name for field in fields(options) if getattr(options, field.name) is not None]:
        raise UserError(f"data.{told[0]} is for text files with a table; {path} is an array file")
    arrays = load_numpy(path, tables=True)
    if (table := load_saved_table(arrays, "x")) is not None:
        kept = Source(
            str(path),
            tuple(table.columns),
            table,
            arrays.get("y"),
            load_saved_table(arrays, "x_test"),
            arrays.get("y_test"),
            True,
            row,
            "",
        )
        return kept._replace(digest=digest_of(path, target))
    found = from_npy(path, arrays[""], target) if "" in arrays else from_npz(path, arrays, target)
    return found._replace(digest=digest_of(path, target))


def columns_to_read(file: TableFile, target: Target, choice: ColumnChoice) -> tuple[list[str], list[str]]:
    """Return the columns of a table to read as text, and all columns to read; unused columns are not checked."""
    names, where = file.labels, str(file.path)
    ids = () if choice.id is None else resolve_columns(choice.id, names, where)
    text = {*resolve_columns(choice.categorical, names, where), *ids}
    dropped = set(resolve_columns(choice.drop, names, where))
    targets = resolve_columns(names[-1] if target is None else target, names, where)
    if choice.columns is not None:
        inputs = resolve_columns(choice.columns, names, where)
        called = {name for name in names if choice.id is None and looks_like_id(name)} - {*inputs, *targets}
        used = {*inputs, *ids, *called, *targets}
        text |= called
        dropped |= {name for name in names if name not in used}
    wanted = [name for name in names if name not in dropped or name in targets]
    return [name for name in wanted if name in text], wanted


def from_npy(path: Path, values: Values, target: Target) -> Source:
    """Return the examples of an .npy file; targets are in the last column or, if `target` is a path, in that file."""
    if isinstance(target, str) and Path(target).suffix.lower() == ".npy":
        y = load_numpy(existing_file(target)).get("")
        if y is None:
            raise UserError(f"{target} holds several arrays; its name must end in .npz")
        return arrays_source(str(path), values, y, header=False)
    if not has_no_target(target) and (values.ndim != 2 or values.shape[1] < 2):
        raise UserError(
            f"{path} is {values.shape}; without a file of targets (data.target=y.npy) it must be (N, F + 1); "
            "for data without targets, set data.target=[]"
        )
    return arrays_source(str(path), values, None, header=False)


def from_npz(path: Path, arrays: dict[str, Values], target: Target) -> Source:
    """Return inputs and targets of an .npz file and, if it contains one, the test set.

    The arrays are called x and y (or `target`), x_test and y_test; or x_train, y_train, x_test and y_test, as in Keras,
    with a small or capital first letter; or data and target. Raises UserError if an array is missing.
    """
    if target is None and {"data", "target"} <= arrays.keys() and not {*INPUT_NAMES} & arrays.keys():
        return arrays_source(str(path), arrays["data"], arrays["target"], header=False)
    inputs = next((key for key in INPUT_NAMES if key in arrays), None)
    if inputs is None:
        raise UserError(
            f"{path} has no array x (nor {', '.join(INPUT_NAMES[1:])}) for the inputs; it has: "
            f"{', '.join(sorted(arrays)) or 'none'}; data.target=NAME sets the target"
        )
    if has_no_target(target):
        test = f"{inputs.removesuffix('_train')}_test"
        return arrays_source(str(path), arrays[inputs], None, arrays.get(test), header=False)
    name = "Y" if not {"y", "y_train"} & arrays.keys() and {"Y", "Y_train"} & arrays.keys() else "y"
    name = name if target is None else str(target)
    suffix = "_train" if inputs.endswith("_train") and f"{name}_train" in arrays else ""
    test, targets = f"{inputs.removesuffix('_train')}_test", f"{name}_test"
    needed = [inputs, f"{name}{suffix}", *((test, targets) if test in arrays or targets in arrays else ())]
    for key in needed:
        if key not in arrays:
            hint = did_you_mean(key, arrays) if target is not None and key.startswith(name) else ""
            there = f"; it has: {', '.join(sorted(arrays))}; data.target=NAME sets the target"
            there += ", data.target=[] is for data without a target" * (target is None)
            raise UserError(f"{path} has no array '{key}'{hint or there}")
    return arrays_source(str(path), *(arrays[key] for key in needed), header=False)


def from_object(given: Any) -> Source:
    """Return the examples of a Python object, see ACCEPTED_OBJECTS. Raises UserError for other objects."""
    if isinstance(given, Mapping) and {"data", "target"} <= given.keys():  # scikit-learn's Bunch
        given = (given["data"], given["target"])
    if is_frame(given):
        frame = as_frame(given)
        if not len(frame):
            raise UserError("the data has no rows")
        return Source("data", tuple(frame.columns), frame, None, None, None, True, row, checksum(frame))
    if isinstance(given, Dataset):
        given = stack_dataset(given)
    if isinstance(given, tuple | list) and [len(p) if isinstance(p, tuple) else 0 for p in given] == [2, 2]:
        given = (*given[0], *given[1])  # ((x, y), (x_test, y_test)), as in Keras
    if isinstance(given, tuple | list) and len(given) in (2, 4):
        parts = [as_frame(part) if is_frame(part) else as_array(part) for part in given]
        return arrays_source("data", *parts)._replace(digest=checksum(*parts))
    if isinstance(given, np.ndarray | Tensor) and (given.ndim in (3, 4) or (given.ndim == 2 and given.shape[1] > 1)):
        values = as_array(given)
        return arrays_source("data", values, None)._replace(digest=checksum(values))
    raise UserError(f"data is {type(given).__name__}; it must be {ACCEPTED_OBJECTS}")


def arrays_source(
    name: str,
    x: Any,
    y: Any,
    x_test: Any = None,
    y_test: Any = None,
    *,
    header: bool = True,
) -> Source:
    """Return separate inputs and targets as examples. Raises UserError if their numbers differ.

    header: the columns of a frame have names.
    """
    for which, inputs, targets in (("", x, y), ("_test", x_test, y_test)):
        if inputs is not None and targets is not None and (not np.ndim(targets) or len(inputs) != len(targets)):
            raise UserError(
                f"{name}: x{which} is {np.shape(inputs)} but y{which} is {np.shape(targets)}; each row needs a target"
            )
    for which, part in (("x", x), ("x_test", x_test)):
        if part is None or is_frame(part):
            continue
        if part.dtype.kind not in "biuf":
            raise UserError(
                f"{name}: {which} is of type {part.dtype}; it must be numbers, or a table with named columns"
            )
        if part.ndim not in (2, 3, 4) or not part.size:
            raise UserError(
                f"{name}: {which} is {part.shape}; it must be (N, F), (N, H, W), (N, C, H, W) or (N, H, W, C)"
            )
    header = header and is_frame(x)
    x, x_test = (part if is_frame(part) else to_native_byte_order(part) for part in (x, x_test))
    y, y_test = (part.to_numpy() if is_frame(part) else to_native_byte_order(part) for part in (y, y_test))
    if not is_frame(x):
        x, x_test = (
            with_numbered_columns(part) if np.ndim(part) == 2 and not is_frame(part) else part for part in (x, x_test)
        )
    names = tuple(x.columns) if isinstance(x, pd.DataFrame) else ()
    return Source(name, names, x, y, x_test, y_test, header, lambda at: f"{name}, {row(at)}", "")


def to_native_byte_order(values: Values | None) -> Values | None:
    """Return an array in native byte order, which pandas requires."""
    return values if values is None or values.dtype.isnative else values.astype(values.dtype.newbyteorder("="))


def row(number: int) -> str:
    """Return the name of a row for messages, counted from 1."""
    return f"row {number + 1}"


def as_array(part: Any) -> Values:
    """Return an array, a tensor, a series or a list as an array. Raises UserError for lists of unequal length."""
    if isinstance(part, Tensor):
        part = part.detach().cpu()
        return (part.float() if part.dtype == torch.bfloat16 else part).numpy()  # NumPy has no bfloat16
    if isinstance(part, np.ma.MaskedArray):
        return np.ma.filled(part.astype(np.float64), np.nan) if np.ma.getmaskarray(part).any() else np.asarray(part)
    if hasattr(part, "toarray"):  # sparse matrices of scipy
        return np.asarray(part.toarray())
    if isinstance(part, pd.Series) or is_polars(part, "Series"):
        return np.asarray(part.to_numpy())
    try:
        return np.asarray(part)
    except ValueError as error:
        raise UserError(f"the data is not an array: {error}") from error


def stack_dataset(dataset: "Dataset[Any]") -> tuple[Values, Values]:
    """Return all examples of a map-style Dataset of (x, y): x (N, ...), y (N, ...). Raises UserError for others."""
    if not hasattr(dataset, "__len__") or isinstance(dataset, IterableDataset):
        raise UserError("the Dataset is not map-style; it must have len() and [i], so that it can be split")
    pairs = [dataset[at] for at in range(len(dataset))]
    if not pairs:
        raise UserError("the Dataset is empty")
    if not all(isinstance(pair, tuple | list) and len(pair) == 2 for pair in pairs):
        raise UserError("the Dataset must return pairs (x, y)")
    try:
        x, y = (np.stack([as_array(part) for part in parts]) for parts in zip(*pairs, strict=True))
    except ValueError:
        raise UserError("the examples of the Dataset have different shapes; all x, and all y, must match") from None
    return x, y


def checksum(*parts: "pd.DataFrame | Values") -> str:
    """Return a checksum of the names, types, shapes and values of tables and arrays."""
    found = hashlib.sha256()
    for part in parts:
        if isinstance(part, pd.DataFrame):
            found.update(repr([*zip(part.columns, part.dtypes.astype(str), strict=True)]).encode())
            found.update(pd.util.hash_pandas_object(part).to_numpy().tobytes())
        else:
            found.update(f"{part.dtype}{part.shape}".encode())
            found.update(repr(part.tolist()).encode() if part.dtype == object else np.ascontiguousarray(part).tobytes())
    return found.hexdigest()


def contents_of(given: Source) -> dict[str, Any]:
    """Return the record of the rows that are not of a separate test set."""
    return of_rows(given.names if given.header else (), given.x, *(() if given.y is None else (given.y,)))


def digest_of(path: Path, target: Target = None) -> str:
    """Return the checksum of a file: for a saved copy that of the object, for an .npy file including its targets."""
    if path.suffix.lower() == ".npz":
        with suppress(*DAMAGED), path.open("rb") as file:
            check_sizes(file, path.stat().st_size)
            with np.load(file, allow_pickle=False) as arrays:
                if CHECKSUM in arrays:
                    return str(arrays[CHECKSUM])
    if isinstance(target, str) and target.lower().endswith(".npy"):
        return hashlib.sha256(f"{digest(path)}{digest(existing_file(target))}".encode()).hexdigest()
    return digest(path)


def save_copy(given: Source, path: Path) -> Path:
    """Save a table or arrays as an .npz file from which `from_path` restores them; return its path."""
    arrays: dict[str, Any] = {CHECKSUM: np.array(given.digest)}
    for key, part in (("x", given.x), ("y", given.y), ("x_test", given.x_test), ("y_test", given.y_test)):
        if isinstance(part, pd.DataFrame) and given.header:
            arrays |= {f"{key}:{place}:{name}": plain(part[name]) for place, name in enumerate(part)}
        elif part is not None:
            arrays[key] = plain(part.to_numpy() if isinstance(part, pd.DataFrame) else part)
    with path.open("wb") as file:
        np.savez(file, **arrays)
    return path


def plain(cells: "pd.Series[Any] | Values") -> Values:
    """Return a column or an array without Python objects: numbers, or text with MISSING for a missing cell."""
    if isinstance(cells, pd.Series) and cells.dtype.kind in "biuf":
        return cells.to_numpy(dtype=np.float64, na_value=np.nan) if cells.hasnans else cells.to_numpy()
    values = np.asarray(cells)
    if values.dtype.kind not in "OT":
        return values
    return np.array([MISSING if pd.isna(value) else str(value) for value in values.reshape(-1)]).reshape(values.shape)


def load_saved_table(arrays: dict[str, Values], key: str) -> "pd.DataFrame | None":
    """Return a table that `save_copy` has saved, None if there is none."""
    columns = {name.split(":", 2)[2]: cells for name, cells in arrays.items() if name.startswith(f"{key}:")}
    if not columns:
        return None
    frame = pd.DataFrame(columns)
    for name in columns:
        if frame[name].dtype.kind not in "biufM":
            frame[name] = frame[name].astype(object).where(frame[name] != MISSING)
    return frame
