"""Detection of comments and titles above a table."""

from collections.abc import Sequence
from pathlib import Path

from ...errors import UserError
from .messages import quote_cell
from .numbers import looks_like_number
from .records import Record, records
from .text import Sample

MAX_TITLE_LINES = 20


def count_skipped_lines(path: Path, sample: Sample, separator: str, first: Sequence[str]) -> int:
    """Return the number of lines above a table; first: the cells of its first record that does not start with #.

    A line that starts with # belongs to the table if it has the same number of cells and they are numbers, or if it is
    the last such line and can be the names above a row of numbers.
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


def title_error(path: Path, found: Sequence[Record]) -> UserError | None:
    """Return the error for a title with fewer cells than the table below it, None if there is no such title."""
    for place in range(1, min(MAX_TITLE_LINES, len(found) - 1)):
        below = found[place:]
        width = len(below[0].cells)
        single = all(len(row.cells) == 1 for row in found[:place])
        names = not any(map(looks_like_number, below[0].cells))
        if all(len(row.cells) == width for row in below) and all(len(row.cells) < width for row in found[:place]):
            if not single and not names:
                return None
            line = below[0].line
            return UserError(
                f"{path}, line {found[0].line}: {quote_cell(', '.join(found[0].cells))} stands above the table, which "
                f"begins in line {line}; data.skip_rows={line - 1} skips such lines"
            )
    return None
