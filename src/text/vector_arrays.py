"""Word vectors as an .npy array (V, d), with the names of its rows in a file beside it.

For `vectors.npy` that is `vectors.json`, a list of strings, or `vectors.txt`, with a name in each line.
"""

import json
from collections.abc import Container, Sequence
from pathlib import Path

import numpy as np

from ..errors import UserError
from ..files.arrays import load_numpy
from .vector_rows import Vector, VectorRows


def read(path: Path, wanted: Container[str] | None) -> VectorRows:
    """Read the vectors of the wanted words, None for all.

    Raises UserError if there is no file of names, for a different number of names, for arrays of another shape, and
    with the row for entries that are not finite.
    """
    rows = VectorRows(path, "row", wanted)
    values = load_numpy(path).get("")
    if values is None or values.ndim != 2 or values.dtype.kind not in "iuf" or not values.shape[1]:
        what = "several arrays" if values is None else f"an array of shape {values.shape} and type {values.dtype}"
        raise UserError(f"{path} holds {what}; word vectors are an array of numbers (words, dimensions)")
    names_file, names = read_names(path, rows)
    if len(names) != len(values):
        raise UserError(f"{path} has {len(values)} vectors, and {names_file} has {len(names)} names")
    rows.width = values.shape[1]
    for number, (name, vector) in enumerate(zip(names, values, strict=True), 1):
        if rows.wants(number, name):
            with np.errstate(over="ignore"):
                rows.add(number, name, vector.astype(np.float32))
    rows.finish()
    return rows


def read_names(path: Path, rows: VectorRows) -> tuple[Path, list[str]]:
    """Return the file of names beside an array, and the names. Raises UserError if there is none or it is damaged."""
    as_json, as_text = path.with_suffix(".json"), path.with_suffix(".txt")
    if as_json.is_file():
        try:
            names = json.loads(as_json.read_bytes())
        except ValueError as error:
            raise UserError(f"{as_json} cannot be read: {error}") from None
        if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
            raise UserError(f"{as_json} must be a list of strings, the names of the rows of {path.name}")
        return as_json, names
    if as_text.is_file():
        lines = as_text.read_bytes().removesuffix(b"\n").split(b"\n")
        return as_text, [rows.decode(number, line.removesuffix(b"\r")) for number, line in enumerate(lines, 1)]
    raise UserError(f"{path} has no names: it needs {as_json.name} (a list) or {as_text.name} (a name in each line)")


def write(path: Path, names: Sequence[str], values: Vector) -> None:
    """Write vectors (V, d), and their names into the .json file beside them."""
    path.with_suffix(".json").write_text(json.dumps([*names], ensure_ascii=False, indent=0) + "\n", encoding="utf-8")
    np.save(path, values)
