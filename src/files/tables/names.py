"""The names of the columns, from the first record of a table."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from .above import title_error
from .numbers import looks_like_number
from .options import TableOptions
from .records import Record, ragged_error


def column_names(
    path: Path, first: Record, rest: Sequence[Record], separator: str, options: TableOptions
) -> tuple[tuple[str, ...], bool]:
    """Return the cells of the first record as names, and whether every record ends with a separator.

    Raises UserError for the first record with a different number of cells.
    """
    rows = [row.cells for row in rest]
    cells = first.cells
    if options.header is not False and rows and all(len(row) == len(cells) + 1 for row in rows):
        if is_trailing(rows):
            return tuple(cells), True
        if has_row_names(cells, rows, options):
            return ("", *cells), False
    for row in rest:
        if len(row.cells) != len(cells):
            raise title_error(path, [first, *rest]) or ragged_error(
                path, row.line, len(row.cells), len(cells), first.line
            )
    if len(cells) > 1 and cells[-1] == "" and is_trailing(rows) and separator != " ":
        return tuple(cells[:-1]), True
    return tuple(cells), False


def is_trailing(rows: Iterable[Sequence[str]]) -> bool:
    """Return whether every record ends with a separator."""
    return all(row[-1] == "" for row in rows)


def has_row_names(first: Sequence[str], rest: Sequence[Sequence[str]], options: TableOptions) -> bool:
    """Return whether the first column, without a name in the header, holds row names, as R writes them."""
    below = [row[0] for row in rest]
    different = len(set(below)) == len(below) and not options.missing.intersection(below)
    numbered = below in ([str(row) for row in range(start, start + len(below))] for start in (0, 1))
    named = not any(map(looks_like_number, below))
    return len(first) > 1 and len(rest) > 1 and different and (numbered or named)


def is_single_header(cells: Sequence[str], options: TableOptions) -> bool | None:
    """Return whether the only record of a file is a header: False for numbers, True for text, None if mixed."""
    numbers = [looks_like_number(cell) for cell in cells if cell not in options.missing]
    return None if any(numbers) and not all(numbers) else not any(numbers)
