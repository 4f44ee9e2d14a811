"""Detection of the decimal mark and the thousands separator."""

from collections.abc import Sequence
from pathlib import Path

from ...errors import UserError
from ...formatting import to_shell
from .messages import quote_cell
from .numbers import AMBIGUOUS, MINUS, OTHER_MARK, evidence, is_integer, looks_like_number
from .options import TableOptions
from .records import Record


def find_decimal(
    path: Path, found: Sequence[Record], separator: str, options: TableOptions, otherwise: TableOptions
) -> tuple[str, str | None, bool]:
    """Return the decimal mark, the thousands separator (None without one), and whether the mark is certain.

    A file has one decimal mark: cells such as 12,5 or 1.234,56 show that it is the comma, cells such as 12.5 or
    1,234.56 that it is the point; without such cells `otherwise` decides. Raises UserError if cells show both, or if
    none does and 1,234 occurs, or 1.234 together with integers in a column of a table without comma separators.
    """
    places: list[tuple[int, str]] = []
    mixed: tuple[int, str] | None = None
    width = min(len(row.cells) for row in found)
    for column in range(width):
        cells = [
            (row.line, row.cells[column].replace(MINUS, "-"))
            for row in found
            if row.cells[column] not in options.missing
        ]
        if 2 * sum(looks_like_number(cell) for _, cell in cells) >= len(cells):
            places += cells
            if mixed is None and any(is_integer(cell) for _, cell in cells):
                mixed = next(((line, cell) for line, cell in cells if AMBIGUOUS["."].fullmatch(cell)), None)
    texts = [cell for _, cell in places]
    dot, comma = evidence(texts, "."), evidence(texts, ",")
    if options.thousands is not None:
        usual = OTHER_MARK.get(options.thousands) or ("." if comma.decimal is None else ",")
        return options.decimal or usual, options.thousands, True
    decimal, is_certain = options.decimal, True
    if decimal is None:
        commas = comma.decimal if comma.decimal is not None else dot.thousands
        dots = dot.decimal if dot.decimal is not None else comma.thousands
        if commas is not None and dots is not None:
            (line, cell), (other_line, other) = places[commas], places[dots]
            raise UserError(
                f"{path}: {quote_cell(cell)} in line {line} has a decimal comma, {quote_cell(other)} in line "
                f"{other_line} a decimal point; {to_shell('data.decimal', ',')} or data.decimal=. decides"
            )
        decimal = otherwise.decimal
        if commas is not None or dots is not None:
            decimal = "." if commas is None else ","
        elif decimal is None and comma.either is not None:
            raise ambiguous_mark_error(path, *places[comma.either], ",")
        elif decimal is None and mixed is not None and separator != ",":
            raise ambiguous_mark_error(path, *mixed, ".")
        elif decimal is None:
            decimal, is_certain = ".", dot.either is not None
    groups = comma if decimal == "." else dot
    if groups.thousands is not None or groups.either is not None:
        return decimal, OTHER_MARK[decimal], is_certain
    return decimal, otherwise.thousands if otherwise.decimal == decimal else None, is_certain


def ambiguous_mark_error(path: Path, line: int, cell: str, mark: str) -> UserError:
    """Return the error for a cell whose mark can be a decimal mark or a thousands separator."""
    return UserError(
        f"{path}, line {line}: {quote_cell(cell)} can be {cell.replace(mark, '.')} or {cell.replace(mark, '')}; "
        f"{to_shell('data.decimal', mark)} or {to_shell('data.thousands', mark)} decides"
    )
