"""The records of a table, read by Python's csv module.

Shapes: W cells in a record.
"""

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from ...errors import UserError
from .text import Sample

NO_SEPARATOR = "\x1f"  # passed to csv and pandas for a single column: it does not occur in text


class Record(NamedTuple):
    """The cells of a record and the number of its first line."""

    line: int
    cells: list[str]


def parse(path: Path, sample: Sample, separator: str) -> list[Record]:
    """Return the complete records of a sample."""
    return [Record(*found) for found in records(path, iter(sample.table), separator, partial=not sample.complete)]


def records(
    path: Path, lines: Iterator[str], separator: str, *, partial: bool = False
) -> Iterator[tuple[int, list[str]]]:
    """Yield the first line of each record and its cells (W,) without surrounding blanks.

    Blank lines are skipped. partial: more lines follow, so a last record that is incomplete is skipped. Raises
    UserError with the line for a quotation mark that is not closed.
    """
    raw: list[str] = []
    done = False

    def recorded() -> Iterator[str]:
        nonlocal done
        for line in lines:
            raw.append(line)
            yield line.replace("\t", " ").rstrip() + "\n" if separator == " " else line
        done = True

    reader = csv.reader(recorded(), delimiter=separator or NO_SEPARATOR, skipinitialspace=True)
    start = 1
    try:
        for row in reader:
            if done:  # the reader requested another line, so it is still inside quotation marks
                if partial:
                    return
                raise UserError(f"{path}, line {start}: a cell begins with a quotation mark that is not closed")
            if len(row) > 1 or raw[0].strip():
                yield start, [cell.strip() for cell in row]
            start = reader.line_num + 1
            raw.clear()
    except csv.Error as error:
        reason = f"a cell has more than {csv.field_size_limit()} characters; is a quotation mark not closed?"
        raise UserError(f"{path}, line {start}: {reason if 'limit' in str(error) else error}") from None


def ragged_error(path: Path, line: int, cells: int, width: int, first: int) -> UserError:
    """Return the error for a record with too few or too many cells."""
    return UserError(
        f"{path}, line {line}: {cells} cell{'s' * (cells != 1)} instead of {width} as in line {first}; "
        "put cells that contain the separator in quotation marks, or set data.separator"
    )
