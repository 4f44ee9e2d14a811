"""A record of the rows of a table or of arrays, see `contents`. Shapes: N rows."""

import zlib
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

FACTOR = np.uint64(0x9E3779B97F4A7C15)  # odd; products modulo 2^64
SHIFT = np.uint64(32)


def of_rows(columns: Sequence[str], *parts: pd.DataFrame | NDArray[Any]) -> dict[str, Any]:
    """Return the record of a table or of arrays (N, ...) with the same number of rows.

    columns: the names of all columns, empty for arrays without names.
    """
    found = np.zeros(len(parts[0]), dtype=np.uint64)
    for part in parts:
        found = found * FACTOR + hashes(part)
    found ^= found >> SHIFT  # else the sum is the same if two rows exchange their targets
    total = int(found.sum(dtype=np.uint64))
    return {"rows": len(found), "columns": list(columns), "any_order": f"{total:016x}"}


def hashes(part: pd.DataFrame | NDArray[Any]) -> NDArray[np.uint64]:
    """Return a hash of each row (N,)."""
    if isinstance(part, pd.DataFrame) or part.ndim <= 2:
        return np.asarray(pd.util.hash_pandas_object(pd.DataFrame(part), index=False), dtype=np.uint64)
    rows = np.ascontiguousarray(part).reshape(len(part), -1)
    return np.fromiter((zlib.crc32(row.data) for row in rows), np.uint64, len(rows))
