"""Detection of the format of a table from its first records.

Shapes: R records, W cells in each.
"""

from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from ...errors import UserError
from .above import count_skipped_lines
from .decimal_mark import find_decimal
from .header import is_header
from .messages import quote_cell
from .names import column_names, is_single_header
from .numbers import looks_like_number
from .options import DETECT, TableFormat, TableOptions
from .records import Record, parse
from .separator import find_separator
from .text import read_sample


class Detected(NamedTuple):
    """The format of a table as detected from its first records.

    names: names of the columns, "" for an unnamed column; trailing: True if every line ends with a separator, so that
    records have an additional empty cell; skip: number of lines above the table; rows: records without the header;
    header_size: size of everything above the first row, in bytes of UTF-8; row_size: average size of a record in bytes
    of the file; newline: the character that ends lines; written: the options that are certain, for other files from the
    same source.
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
    """Read the first records of a table and detect its format. Raises UserError if it is ambiguous or not a table.

    options: settings of the user; otherwise: separator, decimal, thousands and header if the table does not show them.
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
    if (
        options.skip_rows is None
        and (skip := count_skipped_lines(path, sample, separator, found[0].cells)) < sample.skip
    ):
        sample = replace(sample, skip=skip)
        found = parse(path, sample, separator)
    first, rest = found[0], found[1:]
    names, trailing = column_names(path, first, rest, separator, options)
    rows = [row.cells for row in rest]
    decimal, thousands, is_certain = find_decimal(path, found, separator, options, otherwise)
    header: bool | None = options.header if len(names) == len(first.cells) - trailing else True
    if header is None:
        header = (
            is_header(first.cells[: len(names)], rows, options.missing, looks_like_number)
            if rows
            else is_single_header(first.cells, options)
        )
        header = otherwise.header if header is None else header
        if header is None:
            raise UserError(
                f"{path}, line {first.line}: {quote_cell(', '.join(first.cells))} can be the names of the columns or "
                "the first row; data.header=true or data.header=false decides"
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
            separator=separator or None,
            decimal=decimal if is_certain else None,
            thousands=thousands if is_certain else None,
        ),
    )
