"""Detection of the separator of a table."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from ...errors import UserError
from .names import has_row_names, is_trailing
from .numbers import is_decimal_comma, is_integer, looks_like_number
from .options import TableOptions
from .records import Record, parse
from .text import Sample

MARK_NAMES = {";": "semicolons", "\t": "tabs", "|": "vertical bars", ",": "commas", " ": "blanks"}


def find_separator(path: Path, sample: Sample, options: TableOptions, otherwise: TableOptions) -> tuple[str, bool]:
    """Return the separator ("" for a single column), and whether it can also be a decimal comma.

    A separator must give all records the same number of cells. Semicolons, tabs and vertical bars have priority over
    commas, which can be decimal marks, and commas over runs of blanks. Between equal candidates `otherwise` decides.
    Raises UserError if it does not.
    """
    parsed: dict[str, list[Record]] = {}
    for mark in MARK_NAMES:
        try:
            parsed[mark] = parse(path, sample, mark)
        except UserError:
            continue
    if not parsed:
        parse(path, sample, "")  # raises the error that they have in common
    fitting = [mark for mark, found in parsed.items() if is_consistent(mark, found, options)]
    strong = [mark for mark in fitting if mark in ";\t|"]
    if strong and "," in fitting and not separates_more(parsed[strong[0]], parsed[","]):
        fitting.remove(",")
    equal = strong + ([","] if "," in fitting else [])
    if otherwise.mark in equal:
        return otherwise.mark, False
    if len(equal) > 1:
        marks = " or ".join(MARK_NAMES[mark] for mark in equal)
        line = parsed[equal[0]][0].line
        raise UserError(f"{path}, line {line}: {marks} can separate the columns; data.separator decides")
    if equal == ["\t"] and " " in fitting and has_lists(parsed["\t"]):
        return " ", False
    if equal and equal != [","]:
        return equal[0], False
    commas = parsed.get(",", [])
    if options.decimal != "." and "," in parsed:
        widths = {len(row.cells) for row in commas}
        is_named = len(commas[0].cells) == 1 and not looks_like_number(commas[0].cells[0])
        if all(is_one_number(row.cells, options) for row in commas[is_named:]) and 2 in widths and max(widths) == 2:
            if is_named or 1 in widths or options.decimal == ",":
                return "", False
            if all(is_integer(cell) for row in commas for cell in row.cells):
                return ",", True
    if "," in fitting:
        return ",", False
    if " " in fitting:
        return " ", False
    return most_regular(parsed), False


def is_one_number(cells: Sequence[str], options: TableOptions) -> bool:
    """Return whether cells between commas can be one number with a decimal comma, or one missing value."""
    text = ",".join(cells)
    return text in options.missing or is_decimal_comma(text) or is_integer(text)


def is_consistent(mark: str, found: Sequence[Record], options: TableOptions) -> bool:
    """Return whether all records have the same number of cells, at least two.

    The header may have one cell less if the rows begin with row names or end with a separator.
    """
    if not found:
        return False
    first, rest = found[0].cells, [row.cells for row in found[1:]]
    width = len(rest[0]) if rest else len(first)
    if width < 2 or any(len(row) != width for row in rest):
        return False
    if len(first) != width and not (
        len(first) == width - 1 and (is_trailing(rest) or has_row_names(first, rest, options))
    ):
        return False
    if mark != " ":
        return True
    columns = zip(*(rest or [first]), strict=True)  # in contrast to words of a text, some column must hold numbers
    return any(all(looks_like_number(cell) or cell in options.missing for cell in column) for column in columns)


def separates_more(strong: Sequence[Record], commas: Sequence[Record]) -> bool:
    """Return whether commas give more columns than another mark and separate text, not decimals."""
    text = any("," in cell and not looks_like_number(cell) for row in strong[1:] for cell in row.cells)
    return text and len(commas[-1].cells) > len(strong[-1].cells)


def has_lists(tabs: Sequence[Record]) -> bool:
    """Return whether every record has a cell that consists of several numbers separated by blanks."""
    return all(any(len(c.split()) > 1 and all(map(looks_like_number, c.split())) for c in row.cells) for row in tabs)


def most_regular(parsed: dict[str, list[Record]]) -> str:
    """Return the mark with the largest share of records that have the same number of cells, "" below one half."""
    best, most = "", 0.5
    for mark, found in parsed.items():
        width, count = Counter(len(row.cells) for row in found).most_common(1)[0]
        cells = [cell for row in found for cell in row.cells]
        if mark == " " and 2 * sum(map(looks_like_number, cells)) < len(cells):
            continue
        if width > 1 and len(found) > 1 and count / len(found) >= most and (not best or count / len(found) > most):
            best, most = mark, count / len(found)
    return best
