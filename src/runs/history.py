"""metrics.csv, as reports and listings read it."""

import csv
import math
from collections.abc import Sequence
from pathlib import Path

from ..errors import UserError
from .readers import read_text

MAX_CSV = 1 << 28  # bytes

Columns = dict[str, dict[int, float]]
"""Name of a metric such as `val/acc` -> epoch, from 1 -> value."""


def read_history(path: Path) -> list[dict[str, float]]:
    """Return the rows of metrics.csv, without empty cells; empty without a file.

    Ignores an incomplete last line, which a killed process may leave. Epochs count from 1, also in runs of earlier
    versions, which counted from 0. Raises UserError if the file cannot be read.
    """
    if not path.exists():
        return []
    try:
        lines = list(csv.reader(read_text(path, MAX_CSV).rpartition("\n")[0].splitlines()))
        rows = [zip(lines[0], line, strict=True) for line in lines[1:]]
        found = [{name: float(cell) for name, cell in row if cell} for row in rows]
    except (OSError, ValueError, csv.Error) as error:
        raise UserError(f"{path} cannot be read: {str(error).splitlines()[0]}") from error
    if not all(math.isfinite(row.get("epoch", math.nan)) for row in found):
        raise UserError(f"{path} has a row without an epoch")
    shift = 1 if found and found[0]["epoch"] == 0 else 0
    return [row | {"epoch": row["epoch"] + shift} for row in found]


def columns(rows: Sequence[dict[str, float]]) -> Columns:
    """Return the metrics by name and epoch."""
    found: Columns = {}
    for row in rows:
        for name, value in row.items():
            if name != "epoch":
                found.setdefault(name, {})[int(row["epoch"])] = value
    return found
