"""Text tables (CSV and similar formats) as pandas frames.

Shapes: N rows, W cells in each.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ...errors import UserError, unknown
from .columns import MAX_EXACT, NumberBuffer, TextBuffer
from .detect import detect
from .messages import cell_remedies, column_remedies, quote_cell
from .numbers import FALSE, TRUE, NumberFormat, looks_like_number
from .options import DETECT, TableOptions
from .records import NO_SEPARATOR, records
from .stream import CheckedStream
from .text import text_lines

if TYPE_CHECKING:
    from pandas import DataFrame

PIECE_SIZES = 1 << 16, 1 << 19  # cells that pandas reads at once, for small and for large files
LEADING_ZERO, DIGITS = re.compile("0[0-9]+"), re.compile("[0-9]+")
LONG_INTEGER = re.compile(r"[+-]?[0-9]{16,}")


class TableFile:
    """A table in a file. The constructor detects its format from the first rows.

    path; options: settings of the user; otherwise: options if the table does not show them, see `detect`; remedies:
    settings for columns that messages may suggest.
    format: detected format; names: names of the columns in the order of the file, "" for an unnamed column, "1", "2",
    ... without a header; labels: names of the columns of a frame: `names`, and "column N" for an unnamed column;
    digest: SHA-256 checksum of the file, computed by `read`, in hexadecimal.
    Raises UserError with file and line if the file cannot be read or is ambiguous.
    """

    def __init__(
        self,
        path: Path,
        options: TableOptions = DETECT,
        otherwise: TableOptions = DETECT,
        *,
        remedies: Collection[str] = ("categorical", "drop"),
    ) -> None:
        self.path = path
        self.options = options
        self.remedies = remedies
        self.digest = ""
        self.stamp = size_and_mtime(path)
        self.detected = detect(path, options, otherwise)
        self.format = self.detected.format
        self.names = self.detected.names
        self.labels = tuple(name or f"column {number}" for number, name in enumerate(self.names, 1))
        self.numbers = NumberFormat(self.format.decimal, self.format.thousands)
        for name, count in Counter(self.labels).items():
            if count > 1:
                first, second = [number for number, label in enumerate(self.labels, 1) if label == name][:2]
                raise UserError(
                    f"{path}: columns {first} and {second} are both called {quote_cell(name)}; rename one of them"
                )

    def read(self, *, text: Collection[str] = (), columns: Collection[str] | None = None) -> DataFrame:
        """Return the rows, index 0 to N - 1.

        Columns of integers without missing cells are int64, other numbers float64, true and false bool, all others str
        with NaN for missing cells, including codes such as 01. text: labels of columns to read as text; columns: labels
        of the columns to read, None for all. Raises UserError with file, line and column for an invalid record or cell,
        and for a column in which at least half of the cells, but not all, are numbers.
        """
        import pandas

        chosen = self.chosen(columns, text)
        found: dict[str, NumberBuffer | TextBuffer] = {}
        capacity = int(self.stamp[0] / self.detected.row_size * 1.05) + 100
        for label in chosen:
            is_text = label in text or not self.is_plain(label)
            found[label] = TextBuffer(self.options.missing) if is_text else NumberBuffer(capacity)
        again: list[str] = []  # columns that turn out not to be plain numbers and must be read again
        rows = 0
        as_text = [label for label in chosen if isinstance(found[label], TextBuffer)]
        checksum = hashlib.sha256()
        for piece in self.pieces(chosen, as_text, checksum=checksum):
            for label in chosen:
                if label in again:
                    continue
                values = piece[label].to_numpy()
                if found[label].add(values):
                    self.check_finite(label, values, rows)
                else:
                    again.append(label)
            rows += len(piece)
        if not rows:
            raise UserError(f"{self.path} has a header and no rows")
        self.digest = checksum.hexdigest()
        found.update((label, TextBuffer(self.options.missing)) for label in again)
        for piece in self.pieces(again, again) if again else ():
            for label in again:
                found[label].add(piece[label].to_numpy())
        arrays: dict[str, NDArray[Any]] = {}
        for label in chosen:
            column = found.pop(label)
            if isinstance(column, TextBuffer):
                arrays[label] = column.finish() if label in text else self.infer_type(label, column)
                continue
            arrays[label] = column.finish()
            if arrays[label].dtype == np.float64 and column.inexact is not None:
                self.check_digits(column.inexact, label)
        return pandas.DataFrame(arrays, copy=False)

    def chunks(
        self, rows: int, *, text: Collection[str] = (), columns: Collection[str] | None = None
    ) -> Iterator[DataFrame]:
        """Yield the table in pieces of `rows` rows; the index continues from piece to piece.

        Columns in `text` are str with NaN for missing cells. All others must hold numbers, or true (1) and false (0),
        and are float64. Raises UserError with file, line and column for an invalid record or cell.
        """
        import pandas

        chosen = self.chosen(columns, text)
        as_text = {label for label in chosen if label in text or not self.is_plain(label)}
        start = 0
        for piece in self.pieces(chosen, as_text, rows):
            arrays: dict[str, NDArray[Any]] = {}
            for label in chosen:
                values = piece[label].to_numpy()
                if values.dtype == np.object_:
                    texts = TextBuffer(self.options.missing)
                    texts.add(values)
                    values = texts.finish() if label in text else self.only_numbers(label, texts, start)
                if label not in text:
                    self.check_finite(label, values, start)
                    values = values.astype(np.float64)
                arrays[label] = values
            yield pandas.DataFrame(arrays, index=pandas.RangeIndex(start, start + len(piece)), copy=False)
            start += len(piece)

    def line(self, row: int) -> int:
        """Return the first line, counted from 1, of row 0, 1, ... in the file. Reads the file up to this row."""
        return self.record(row)[0]

    def cell(self, row: int, column: str) -> str:
        """Return the text of a cell without surrounding blanks. Reads the file up to this row."""
        return self.record(row)[1][self.labels.index(column)]

    def record(self, row: int) -> tuple[int, list[str]]:
        """Return first line and cells of row 0, 1, ..."""
        found = records(
            self.path, text_lines(self.path, self.format.encoding, self.detected.skip), self.format.separator
        )
        for number, record in enumerate(found, -int(self.format.header)):
            if number == row:
                return record
        raise UserError(f"{self.path} has no row {row}")

    def place(self, row: int, label: str) -> str:
        """Return file, line and column of a cell for a message."""
        return f"{self.path}, line {self.line(row)}, column {quote_cell(label)}"

    def chosen(self, columns: Collection[str] | None, text: Collection[str]) -> list[str]:
        """Return the labels of the columns to read, in the order of the file. Raises UserError for unknown columns."""
        for label in (*(columns or ()), *text):
            if label not in self.labels:
                raise UserError(f"{self.path}: {unknown('column', label, self.labels)}")
        if columns is not None and not columns:
            raise UserError(f"{self.path}: no column is left to be read")
        return [label for label in self.labels if columns is None or label in columns]

    def is_plain(self, label: str) -> bool:
        """Return whether pandas can parse the first cells of a column as numbers or booleans, and none is a code."""
        place = self.labels.index(label)
        cells = [row.cells[place] for row in self.detected.rows]
        cells = [cell for cell in cells if cell not in self.options.missing]
        if any(map(LEADING_ZERO.fullmatch, cells)):
            return False
        return all(map(self.numbers.plain.fullmatch, cells)) or all(cell in TRUE or cell in FALSE for cell in cells)

    def pieces(
        self,
        labels: list[str],
        as_text: Collection[str],
        rows: int | None = None,
        checksum: hashlib._Hash | None = None,
    ) -> Iterator[DataFrame]:
        """Yield the columns `labels` as parsed by pandas, those in `as_text` as str.

        checksum: hash that is updated with the bytes of the file. Raises UserError for a record with too few or too
        many cells, and if the file has changed since the constructor read it.
        """
        import pandas

        keep_freed_memory()
        width = len(self.names) + self.detected.trailing
        wanted = [self.labels.index(label) for label in labels]
        stream = CheckedStream(
            self.path,
            encoding=self.format.encoding,
            separator=self.format.separator,
            newline=self.detected.newline,
            header=self.format.header,
            start=self.detected.header_size,
            width=width,
            skip=self.detected.skip,
            checksum=checksum,
        )
        smallest, largest = PIECE_SIZES
        cells = self.stamp[0] / self.detected.row_size * width
        piece = int(min(max(cells / 16, smallest), largest))
        try:
            with pandas.read_csv(
                stream,  # type: ignore[call-overload]
                sep={" ": r"\s+", "": NO_SEPARATOR}.get(self.format.separator, self.format.separator),
                decimal=self.format.decimal,
                header=None,
                names=list(range(width)),
                index_col=False,
                usecols=wanted + [width - 1] * self.detected.trailing,
                dtype={self.labels.index(label): object for label in as_text},
                na_values=sorted(self.options.missing),
                keep_default_na=False,
                skipinitialspace=True,
                chunksize=rows or max(1, piece // width),
                low_memory=False,  # otherwise types are inferred for parts of a piece
            ) as reader:
                for frame in reader:
                    if self.detected.trailing and frame.pop(width - 1).notna().any():
                        self.refuse_trailing()
                    frame.columns = labels
                    yield frame
        except pandas.errors.EmptyDataError:
            return
        except (pandas.errors.ParserError, ValueError) as error:
            stream.check_records()
            raise UserError(f"{self.path} cannot be read as a table: {error}") from None
        finally:
            stream.close()
        if size_and_mtime(self.path) != self.stamp:
            raise UserError(f"{self.path} changed while it was read; start again when it is complete")

    def refuse_trailing(self) -> None:
        """Raise the error for the first record that does not end with a separator."""
        found = records(
            self.path, text_lines(self.path, self.format.encoding, self.detected.skip), self.format.separator
        )
        width = len(self.names)
        for number, (line, cells) in enumerate(found):
            if number >= self.format.header and cells[width] != "":
                raise UserError(f"{self.path}, line {line}: {width + 1} cells instead of {width} as in the lines above")

    def check_finite(self, label: str, values: NDArray[Any], start: int) -> None:
        """Raise UserError for infinite numbers and for integers that float64 cannot represent; start: first row."""
        if values.dtype != np.float64 or not len(values):
            return
        largest = max(values.max(), -values.min())
        if np.isnan(largest):  # missing cells; fmax and fmin are slow
            largest = max(np.fmax.reduce(values), -np.fmin.reduce(values))
        if np.isinf(largest):
            row = start + int(np.flatnonzero(np.isinf(values))[0])
            cell = self.cell(row, label)
            ways = cell_remedies(cell, label, self.remedies, text=False)
            raise UserError("; ".join([f"{self.place(row, label)}: {quote_cell(cell)} is not a finite number", *ways]))
        if largest > MAX_EXACT:
            self.check_digits(start + int(np.flatnonzero(np.abs(values) > MAX_EXACT)[0]), label)

    def check_digits(self, row: int, label: str) -> None:
        """Raise UserError for an integer that float64 cannot represent."""
        cell = self.cell(row, label)
        if LONG_INTEGER.fullmatch(cell) and int(float(cell)) != int(cell):
            ways = column_remedies(label, self.remedies)
            raise UserError(
                "; ".join(
                    [f"{self.place(row, label)}: {quote_cell(cell)} has more digits than a float can represent", *ways]
                )
            )

    def infer_type(self, label: str, texts: TextBuffer) -> NDArray[Any]:
        """Return a column as numbers, booleans or text. Raises UserError if it is mostly numbers.

        Digits of which some start with 0, such as 01 and 12, are codes, and are read as text.
        """
        if any(map(LEADING_ZERO.fullmatch, texts.values)) and all(map(DIGITS.fullmatch, texts.values)):
            return texts.finish()
        codes = texts.codes()
        parsed = [self.numbers.parse(cell) for cell in texts.values]
        if None not in parsed:
            return self.as_numbers(label, codes, parsed, 0)
        if all(cell in TRUE or cell in FALSE for cell in texts.values) and (codes >= 0).all():
            return np.array([cell in TRUE for cell in texts.values])[codes]
        counts = np.bincount(codes[codes >= 0], minlength=len(parsed))
        numbers = int(counts[[number is not None for number in parsed]].sum())
        like = int(counts[[looks_like_number(cell) for cell in texts.values]].sum())
        if 2 * like < counts.sum():
            return texts.finish()
        raise self.not_a_number_error(label, codes, parsed, 0, f", {numbers} of {counts.sum()} cells are")

    def only_numbers(self, label: str, texts: TextBuffer, start: int) -> NDArray[Any]:
        """Return a piece of a column as numbers, true as 1 and false as 0. Raises UserError for other cells."""
        parsed = [self.numbers.parse(cell) for cell in texts.values]
        if not any(number is not None for number in parsed):
            words: list[float | int | None] = [
                1 if cell in TRUE else 0 if cell in FALSE else None for cell in texts.values
            ]
            parsed = words if None not in words else parsed
        if None in parsed:
            raise self.not_a_number_error(label, texts.codes(), parsed, start, "")
        return self.as_numbers(label, texts.codes(), parsed, start)

    def as_numbers(
        self, label: str, codes: NDArray[np.int32], parsed: list[float | int | None], start: int
    ) -> NDArray[Any]:
        """Return the parsed cells by code as int64 if all are integers and none is missing, else as float64."""
        whole = all(isinstance(number, int) and abs(number) < 1 << 63 for number in parsed)
        if whole and len(codes) and codes.min() >= 0:
            return np.array(parsed, dtype=np.int64)[codes]
        values = np.array([*map(as_float, parsed), np.nan])[codes]
        self.check_finite(label, values, start)
        return values

    def not_a_number_error(
        self, label: str, codes: NDArray[np.int32], parsed: list[float | int | None], start: int, share: str
    ) -> UserError:
        """Return the error for the first cell of a column that is not a number."""
        wrong = np.array([number is None for number in parsed] + [False])
        row = start + int(np.flatnonzero(wrong[codes])[0])
        cell = self.cell(row, label)
        kind = "finite number" if "inf" in cell.lower() else "number"
        ways = cell_remedies(cell, label, self.remedies, text=kind == "number")
        return UserError("; ".join([f"{self.place(row, label)}: {quote_cell(cell)} is not a {kind}{share}", *ways]))


def as_float(number: float | int | None) -> float:
    """Return a number as a float, infinite if it is too large."""
    try:
        return float(number or 0)
    except OverflowError:
        return float("inf")


def keep_freed_memory() -> None:
    """Make malloc reuse the memory that pandas frees after each piece: mapping it again takes a quarter of the time.

    glibc raises its mapping threshold to the size of the largest mapped block that was freed. This block is never
    written, so it uses no memory.
    """
    np.empty(1 << 24, np.uint8)


def size_and_mtime(path: Path) -> tuple[int, int]:
    """Return size and modification time of a file."""
    status = path.stat()
    return status.st_size, status.st_mtime_ns
