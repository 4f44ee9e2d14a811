"""Lines that stand above a table: comments and titles."""

from collections.abc import Sequence
from pathlib import Path

from ...errors import UserError
from .messages import shown
from .numbers import looks_like_number
from .records import Record, records
from .text import Sample

TITLES = 20  # records at most above a table


def skipped(path: Path, sample: Sample, separator: str, first: Sequence[str]) -> int:
    """Return how many lines stand above a table whose first record without # is `first`.

    Lines that begin with # belong to it if they have as many cells: numbers, or names above the first numbers.
    """
    if len(first) < 2:
        return sample.skip
    with_number = any(map(looks_like_number, first))
    for number in range(sample.skip):
        if not sample.lines[number].startswith("#"):
            continue
        try:
            _, cells = next(records(path, iter(sample.lines[number : number + 1]), separator))
        except UserError:
            continue
        numbers = any(map(looks_like_number, cells)) and separator != " "
        if len(cells) == len(first) and (numbers or (with_number and number == sample.skip - 1)):
            return number
    return sample.skip


def under_title(path: Path, found: Sequence[Record]) -> UserError | None:
    """Return the error for a table under a title of fewer cells, None if there is none."""
    for place in range(1, min(TITLES, len(found) - 1)):
        below = found[place:]
        width = len(below[0].cells)
        single = all(len(row.cells) == 1 for row in found[:place])
        names = not any(map(looks_like_number, below[0].cells))
        if all(len(row.cells) == width for row in below) and all(len(row.cells) < width for row in found[:place]):
            if not single and not names:
                return None
            line = below[0].line
            return UserError(
                f"{path}, line {found[0].line}: {shown(', '.join(found[0].cells))} stands above the table, which "
                f"begins in line {line}; data.skip_rows={line - 1} leaves such lines out"
            )
    return None
