"""Codes of examples, read from files and objects, for decoding.

Shapes: N examples, T steps, K code units; a code may have any shape, here (K,).
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch

from ..errors import UserError
from ..files.arrays import load_numpy
from ..files.paths import TABLES, existing_file
from ..preprocessing.base import Inputs
from ..preprocessing.numbers import as_tensor

Arrays = dict[str, "np.ndarray[Any, Any]"]


def as_codes(raw: Any, shape: tuple[int, ...], *, sequence: bool) -> Inputs:
    """Return codes (N, K), or (N, T, K) if `sequence`, as inputs of the decoder; N may be omitted for a single example.

    shape: of a code. Raises UserError for other shapes and for numbers that are not finite.
    """
    codes = as_tensor(raw)
    if codes.ndim == len(shape) + sequence:
        codes = codes[None]
    if codes.ndim != 1 + sequence + len(shape) or tuple(codes.shape[1 + sequence :]) != shape:
        wanted = ", ".join(map(str, (*(["T"] if sequence else []), *shape)))
        raise UserError(f"the codes have shape {tuple(codes.shape)}; the decoder takes (N, {wanted})")
    codes = codes.float()
    if not codes.isfinite().all():
        raise UserError("the codes hold numbers that are not finite")
    return Inputs(codes, None, {"index": range(len(codes))})


def read_codes(name: str | Path, shape: tuple[int, ...], *, sequence: bool) -> Iterator[Inputs]:
    """Yield the codes of a file that `nnzoo encode` writes, with the identifiers of the examples.

    An .npz has the array `code`, for sequences `mask`, and identifiers (N,); an .npy has only codes; a table has the
    columns code_1 to code_K, and others are identifiers. Raises UserError for other files.
    """
    path = existing_file(name)
    if path.suffix.lower() in TABLES:
        arrays = read_table(path, int(np.prod(shape)), shape)
    elif path.suffix.lower() in (".npy", ".npz"):
        arrays = load_numpy(path)
    else:
        raise UserError(f"{path}: unknown file extension '{path.suffix}'; one of: .csv, .tsv, .txt, .npy, .npz")
    codes = arrays.pop("code", arrays.pop("", None))
    if codes is None:
        raise UserError(f"{path} has no array called code; it has: {', '.join(sorted(arrays)) or 'none'}")
    found = as_codes(codes, shape, sequence=sequence)
    mask = arrays.pop("mask", None)
    if mask is not None and sequence:
        if mask.shape != found.x.shape[:2] or mask.dtype != bool:
            raise UserError(f"{path}: mask is {mask.dtype} {mask.shape}; it must be bool {tuple(found.x.shape[:2])}")
        found = found._replace(mask=torch.from_numpy(mask))
    names = {key: values.tolist() for key, values in arrays.items() if values.shape == (len(found.x),)}
    yield found._replace(names=names or found.names)


def read_table(path: Path, size: int, shape: tuple[int, ...]) -> Arrays:
    """Return the codes of a table as `code`, and each other column. Raises UserError if a code column is missing."""
    from ..files.tables import TableFile  # pandas is slow to import

    file = TableFile(path, remedies=())
    columns = [f"code_{k}" for k in range(1, size + 1)]
    missing = [name for name in columns if name not in file.labels]
    if missing or f"code_{size + 1}" in file.labels:
        found = sum(label.startswith("code_") for label in file.labels)
        raise UserError(f"{path} has {found} columns code_1, code_2, ...; the decoder takes {size}")
    others = [label for label in file.labels if label not in columns]
    frame = file.read(text=others)
    codes = frame[columns].to_numpy(dtype=np.float32).reshape(-1, *shape)
    return {"code": codes} | {label: frame[label].to_numpy() for label in others}
