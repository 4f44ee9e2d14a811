"""What stands before decimals and between thousands."""

from collections.abc import Sequence
from pathlib import Path

from ...errors import UserError
from ...formatting import to_shell
from .messages import shown
from .numbers import AMBIGUOUS, MINUS, OTHER, evidence, is_whole, looks_like_number
from .options import TableOptions
from .records import Record


def find_decimal(
    path: Path, found: Sequence[Record], separator: str, options: TableOptions, otherwise: TableOptions
) -> tuple[str, str | None, bool]:
    """Return the decimal mark, what separates thousands (None if nothing does), and whether anything tells the mark.

    A file has one decimal mark: a cell like 12,5 or 1.234,56 shows that it is the comma, one like 12.5 or 1,234.56
    that it is the point; if there is none, `otherwise` decides. Raises UserError if cells show both, or none and 1,234
    occurs, or 1.234 among whole numbers in a column of a table that commas do not separate.
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
            if mixed is None and any(is_whole(cell) for _, cell in cells):
                mixed = next(((line, cell) for line, cell in cells if AMBIGUOUS["."].fullmatch(cell)), None)
    texts = [cell for _, cell in places]
    dot, comma = evidence(texts, "."), evidence(texts, ",")
    if options.thousands is not None:
        usual = OTHER.get(options.thousands) or ("." if comma.decimal is None else ",")
        return options.decimal or usual, options.thousands, True
    decimal, told = options.decimal, True
    if decimal is None:
        commas = comma.decimal if comma.decimal is not None else dot.thousands
        dots = dot.decimal if dot.decimal is not None else comma.thousands
        if commas is not None and dots is not None:
            (line, cell), (other_line, other) = places[commas], places[dots]
            raise UserError(
                f"{path}: {shown(cell)} in line {line} has a decimal comma, {shown(other)} in line {other_line} a "
                f"decimal point; {to_shell('data.decimal', ',')} or data.decimal=. decides"
            )
        decimal = otherwise.decimal
        if commas is not None or dots is not None:
            decimal = "." if commas is None else ","
        elif decimal is None and comma.either is not None:
            raise either(path, *places[comma.either], ",")
        elif decimal is None and mixed is not None and separator != ",":
            raise either(path, *mixed, ".")
        elif decimal is None:
            decimal, told = ".", dot.either is not None
    groups = comma if decimal == "." else dot
    if groups.thousands is not None or groups.either is not None:
        return decimal, OTHER[decimal], told
    return decimal, otherwise.thousands if otherwise.decimal == decimal else None, told


def either(path: Path, line: int, cell: str, mark: str) -> UserError:
    """Return the error for a cell whose mark can be that of decimals or of thousands."""
    return UserError(
        f"{path}, line {line}: {shown(cell)} can be {cell.replace(mark, '.')} or {cell.replace(mark, '')}; "
        f"{to_shell('data.decimal', mark)} or {to_shell('data.thousands', mark)} decides"
    )
