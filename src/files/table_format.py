"""How a table is written: what the user said about it, and what its first records show.

Shapes: R records, W cells in each.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

from ..errors import UserError
from .table_header import is_header
from .table_numbers import AMBIGUOUS, MINUS, OTHER, evidence, is_decimal_comma, is_whole, looks_like_number
from .table_text import Sample, ragged, read_sample, records, setting, shown

MISSING = (
    "", "NA", "N/A", "n/a", "na", "NaN", "nan", "NAN", "-nan", "-NaN", "NaT", "null", "NULL", "Null",
    "None", "none", "NONE", "?", "-", "#N/A", "#NA", "<NA>",
)  # fmt: skip
TITLES = 20  # records at most above a table
NAMED = {";": "semicolons", "\t": "tabs", "|": "vertical bars", ",": "commas", " ": "blanks"}


@dataclass(frozen=True, kw_only=True)
class TableOptions:
    """What the user said about a table; None is detected.

    separator: one character, "tab", or " " for runs of blanks; decimal: "." or ","; thousands: one character;
    header: whether the first line holds names; encoding: as Python names it; missing_values: cells that mean
    "missing" in place of MISSING; an empty cell always does; skip_rows: lines above the table, detected are sep=; and
    those that begin with #. Raises UserError for what cannot be.
    """

    separator: str | None = None
    decimal: str | None = None
    thousands: str | None = None
    header: bool | None = None
    encoding: str | None = None
    missing_values: tuple[str, ...] | None = None
    skip_rows: int | None = None

    def __post_init__(self) -> None:
        mark = self.mark
        if mark is not None and (len(mark) != 1 or not mark.isascii() or mark in '"\r\n\0' or mark.isalnum()):
            raise UserError(f"data.separator={shown(mark)} must be one character, such as , or ; or tab")
        if self.decimal not in (None, ".", ","):
            raise UserError(f"data.decimal={shown(self.decimal)} must be . or ,")
        group = self.thousands
        if group is not None and (len(group) != 1 or group.isalnum() or group in "+-"):
            raise UserError(f"data.thousands={shown(group)} must be one character, such as , or .")
        if self.skip_rows is not None and self.skip_rows < 0:
            raise UserError(f"data.skip_rows={self.skip_rows} must be a number of lines, 0 or more")
        if group is not None and group == self.decimal:
            raise UserError(f"data.thousands and data.decimal are both {shown(group)}")

    @property
    def mark(self) -> str | None:
        """The separator as one character."""
        return "\t" if self.separator in ("tab", "\\t") else self.separator

    @cached_property
    def missing(self) -> frozenset[str]:
        """The cells that mean "missing"."""
        return frozenset({"", *(MISSING if self.missing_values is None else map(str.strip, self.missing_values))})


DETECT = TableOptions()


class TableFormat(NamedTuple):
    """How a table is written.

    separator: one character, " " for runs of blanks, "" for a single column; thousands: None where there is none;
    ambiguous_decimal: each of the first rows is two whole numbers, or one with a decimal comma ("20,10"), and neither
    a header nor the user tells which.
    """

    separator: str
    decimal: str
    thousands: str | None
    header: bool
    encoding: str
    ambiguous_decimal: bool = False


class Record(NamedTuple):
    """The cells of a record, and the line in which it begins."""

    line: int
    cells: list[str]


class Detected(NamedTuple):
    """What the first records of a table show.

    names: of the columns, "" for an unnamed one; trailing: every line ends with a separator, so records have one empty
    cell more; skip: lines above the table; rows: the records without the header; header_size: of what stands above the
    first row, in bytes of UTF-8; row_size: of a record in bytes of the file, on average; newline: the character that
    ends lines; written: what of the format can be told from the table or the user, for other files of the same origin.
    """

    format: TableFormat
    names: tuple[str, ...]
    trailing: bool
    skip: int
    rows: list[Record]
    header_size: int
    row_size: float
    newline: str
    written: TableOptions


def detect(path: Path, options: TableOptions, otherwise: TableOptions = DETECT) -> Detected:
    """Read the first records and find out how a table is written. Raises UserError if it is ambiguous or no table.

    options: what the user said; otherwise: separator, decimal, thousands and header where the table leaves them open.
    """
    sample = read_sample(path, options.encoding, options.skip_rows)
    if not any(line.strip() for line in sample.table):
        raise UserError(f"{path} is empty{f' below line {sample.skip}' if sample.skip else ''}")
    separator, ambiguous = options.mark or sample.separator, False
    if separator is None:
        separator, ambiguous = find_separator(path, sample, options, otherwise)
    found = parse(path, sample, separator)
    if not found:
        raise UserError(f"{path}, line 1: a quotation mark is not closed in {len(sample.lines)} lines")
    if options.skip_rows is None and (skip := skipped(path, sample, separator, found[0].cells)) < sample.skip:
        sample = replace(sample, skip=skip)
        found = parse(path, sample, separator)
    first, rest = found[0], found[1:]
    names, trailing = fit_names(path, first, rest, separator, options)
    rows = [row.cells for row in rest]
    decimal, thousands, told = find_decimal(path, found, separator, options, otherwise)
    header: bool | None = options.header if len(names) == len(first.cells) - trailing else True
    if header is None:
        header = (
            is_header(first.cells[: len(names)], rows, options.missing, looks_like_number)
            if rows
            else one_record(first.cells, options)
        )
        header = otherwise.header if header is None else header
        if header is None:
            raise UserError(
                f"{path}, line {first.line}: {shown(', '.join(first.cells))} can be the names of the columns or the "
                "first row; data.header=true or data.header=false decides"
            )
    if header and not rest and sample.complete:
        raise UserError(f"{path} has a header and no rows")
    table = rest if header else found
    above = (table[0].line if table else len(sample.lines) + 1) - 1 if header or sample.skip else 0
    size = sum(len(line.encode(sample.encoding, "replace")) for line in sample.lines) / len(found)
    return Detected(
        format=TableFormat(separator, decimal, thousands, header, sample.encoding, ambiguous and not header),
        names=names if header else tuple(str(number) for number in range(1, len(names) + 1)),
        trailing=trailing,
        skip=sample.skip,
        rows=table,
        header_size=len("".join(sample.lines[:above]).encode()),
        row_size=size,
        newline="\r" if 2 * sum(line.endswith("\r") for line in sample.lines) > len(sample.lines) else "\n",
        written=TableOptions(
            separator=separator or None, decimal=decimal if told else None, thousands=thousands if told else None
        ),
    )


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


def one_record(cells: Sequence[str], options: TableOptions) -> bool | None:
    """Tell whether the only record of a file is a header: of numbers only it is a row, of text only a header."""
    numbers = [looks_like_number(cell) for cell in cells if cell not in options.missing]
    return None if any(numbers) and not all(numbers) else not any(numbers)


def parse(path: Path, sample: Sample, separator: str) -> list[Record]:
    """Return the complete records of a sample."""
    return [Record(*found) for found in records(path, iter(sample.table), separator, partial=not sample.complete)]


def find_separator(path: Path, sample: Sample, options: TableOptions, otherwise: TableOptions) -> tuple[str, bool]:
    """Return what stands between cells ("" if nothing does), and whether it may be a decimal comma as well.

    A separator must give all records the same number of cells. Semicolons, tabs and vertical bars go before commas,
    which can be decimal marks, and commas before runs of blanks. If two are equally good, `otherwise` decides. Raises
    UserError if it does not.
    """
    parsed: dict[str, list[Record]] = {}
    for mark in NAMED:
        try:
            parsed[mark] = parse(path, sample, mark)
        except UserError:
            continue
    if not parsed:
        parse(path, sample, "")  # raises what is wrong with all of them
    fitting = [mark for mark, found in parsed.items() if is_consistent(mark, found, options)]
    strong = [mark for mark in fitting if mark in ";\t|"]
    if strong and "," in fitting and not separates_more(parsed[strong[0]], parsed[","]):
        fitting.remove(",")
    equal = strong + ([","] if "," in fitting else [])
    if otherwise.mark in equal:
        return otherwise.mark, False
    if len(equal) > 1:
        marks = " or ".join(NAMED[mark] for mark in equal)
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
        if all(one_number(row.cells, options) for row in commas[is_named:]) and 2 in widths and max(widths) == 2:
            if is_named or 1 in widths or options.decimal == ",":
                return "", False
            if all(is_whole(cell) for row in commas for cell in row.cells):
                return ",", True
    if "," in fitting:
        return ",", False
    if " " in fitting:
        return " ", False
    return most_regular(parsed), False


def one_number(cells: Sequence[str], options: TableOptions) -> bool:
    """Tell whether cells between commas can be one number with a decimal comma, or a missing one."""
    text = ",".join(cells)
    return text in options.missing or is_decimal_comma(text) or is_whole(text)


def is_consistent(mark: str, found: Sequence[Record], options: TableOptions) -> bool:
    """Tell whether all records have the same number of cells, at least two.

    The header may have one cell less: below it stand the names of rows, or every row ends with a separator.
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
    columns = zip(*(rest or [first]), strict=True)  # words of a text are no columns: some column must hold numbers
    return any(all(looks_like_number(cell) or cell in options.missing for cell in column) for column in columns)


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


def separates_more(strong: Sequence[Record], commas: Sequence[Record]) -> bool:
    """Tell whether commas give more columns than another mark, whose cells with commas are no numbers."""
    text = any("," in cell and not looks_like_number(cell) for row in strong[1:] for cell in row.cells)
    return text and len(commas[-1].cells) > len(strong[-1].cells)


def has_lists(tabs: Sequence[Record]) -> bool:
    """Tell whether every record has a cell of several numbers with blanks between them."""
    return all(any(len(c.split()) > 1 and all(map(looks_like_number, c.split())) for c in row.cells) for row in tabs)


def most_regular(parsed: dict[str, list[Record]]) -> str:
    """Return the mark that gives most records the same number of cells, "" if none does so for half of them."""
    best, most = "", 0.5
    for mark, found in parsed.items():
        width, count = Counter(len(row.cells) for row in found).most_common(1)[0]
        cells = [cell for row in found for cell in row.cells]
        if mark == " " and 2 * sum(map(looks_like_number, cells)) < len(cells):
            continue
        if width > 1 and len(found) > 1 and count / len(found) >= most and (not best or count / len(found) > most):
            best, most = mark, count / len(found)
    return best


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
                f"decimal point; {setting('decimal', ',')} or data.decimal=. decides"
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
        f"{setting('decimal', mark)} or {setting('thousands', mark)} decides"
    )
