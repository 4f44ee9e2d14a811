"""The first record of a table as the names of its columns."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from .above import under_title
from .numbers import looks_like_number
from .options import TableOptions
from .records import Record, ragged


def fit_names(
    path: Path, first: Record, rest: Sequence[Record], separator: str, options: TableOptions
) -> tuple[tuple[str, ...], bool]:
    """Return the cells of the first record as names, and whether every record ends with a separator.

    Raises UserError for the first record that has another number of cells.
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
            raise under_title(path, [first, *rest]) or ragged(path, row.line, len(row.cells), len(cells), first.line)
    if len(cells) > 1 and cells[-1] == "" and is_trailing(rows) and separator != " ":
        return tuple(cells[:-1]), True
    return tuple(cells), False


def is_trailing(rows: Iterable[Sequence[str]]) -> bool:
    """Tell whether every record ends with a separator."""
    return all(row[-1] == "" for row in rows)


def has_row_names(first: Sequence[str], rest: Sequence[Sequence[str]], options: TableOptions) -> bool:
    """Tell whether the header names all columns but the first, which tells the rows apart, as R writes it."""
    below = [row[0] for row in rest]
    different = len(set(below)) == len(below) and not options.missing.intersection(below)
    numbered = below in ([str(row) for row in range(start, start + len(below))] for start in (0, 1))
    named = not any(map(looks_like_number, below))
    return len(first) > 1 and len(rest) > 1 and different and (numbered or named)


def one_record(cells: Sequence[str], options: TableOptions) -> bool | None:
    """Tell whether the only record of a file is a header: of numbers only it is a row, of text only a header."""
    numbers = [looks_like_number(cell) for cell in cells if cell not in options.missing]
    return None if any(numbers) and not all(numbers) else not any(numbers)
