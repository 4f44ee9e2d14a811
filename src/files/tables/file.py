"""Tables of text (CSV and its relatives) as pandas frames.

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
from .columns import EXACT, Numbers, Texts
from .detect import detect
from .messages import about_column, shown, ways_on
from .numbers import FALSE, TRUE, NumberFormat, looks_like_number
from .options import DETECT, TableOptions
from .records import NO_SEPARATOR, records
from .stream import CheckedStream
from .text import text_lines

if TYPE_CHECKING:
    from pandas import DataFrame

PIECE = 1 << 16, 1 << 19  # cells that pandas reads at once, of small and of large files
CODE, DIGITS = re.compile("0[0-9]+"), re.compile("[0-9]+")
LONG = re.compile(r"[+-]?[0-9]{16,}")


class TableFile:
    """A table in a file. The constructor finds out from the first rows how it is written.

    path; options: what the user said; otherwise: what holds where the table leaves it open, see `detect`; remedies:
    settings about columns that the user has, for messages.
    format: how it is written; names: of the columns in the order of the file, "" for an unnamed one, "1", "2", ...
    where there is no header; labels: what the columns of a frame are called: the names, and "column N" for an unnamed
    one; digest: the SHA-256 checksum of the file as `read` has read it, in hexadecimal. Raises UserError, with file and
    line, for what cannot be read or is ambiguous.
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
        self.stamp = stamp(path)
        self.detected = detect(path, options, otherwise)
        self.format = self.detected.format
        self.names = self.detected.names
        self.labels = tuple(name or f"column {number}" for number, name in enumerate(self.names, 1))
        self.numbers = NumberFormat(self.format.decimal, self.format.thousands)
        for name, count in Counter(self.labels).items():
            if count > 1:
                first, second = [number for number, label in enumerate(self.labels, 1) if label == name][:2]
                raise UserError(
                    f"{path}: columns {first} and {second} are both called {shown(name)}; rename one of them"
                )

    def read(self, *, text: Collection[str] = (), columns: Collection[str] | None = None) -> DataFrame:
        """Return the rows, index 0 to N - 1.

        Columns of numbers are int64 (whole, none missing) or float64, of true and false bool, all others str with
        NaN for missing cells, also codes such as 01. text: labels of columns to be read as text as it is written;
        columns: labels of those wanted. Raises UserError, with file, line and column, for a record or cell that does
        not fit, and for a column of which half or more, but not all, of the cells are numbers.
        """
        import pandas

        chosen = self.chosen(columns, text)
        found: dict[str, Numbers | Texts] = {}
        capacity = int(self.stamp[0] / self.detected.row_size * 1.05) + 100
        for label in chosen:
            is_text = label in text or not self.is_plain(label)
            found[label] = Texts(self.options.missing) if is_text else Numbers(capacity)
        again: list[str] = []  # columns that turn out not to be plain numbers on the way
        rows = 0
        as_text = [label for label in chosen if isinstance(found[label], Texts)]
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
        found.update((label, Texts(self.options.missing)) for label in again)
        for piece in self.pieces(again, again) if again else ():
            for label in again:
                found[label].add(piece[label].to_numpy())
        arrays: dict[str, NDArray[Any]] = {}
        for label in chosen:
            column = found.pop(label)
            if isinstance(column, Texts):
                arrays[label] = column.finish() if label in text else self.settled(label, column)
                continue
            arrays[label] = column.finish()
            if arrays[label].dtype == np.float64 and column.inexact is not None:
                self.check_digits(column.inexact, label)
        return pandas.DataFrame(arrays, copy=False)

    def chunks(
        self, rows: int, *, text: Collection[str] = (), columns: Collection[str] | None = None
    ) -> Iterator[DataFrame]:
        """Yield the table `rows` rows at a time; the index goes on from piece to piece.

        Columns in `text` are str with NaN for missing cells. All others must hold numbers, or true (1) and false (0):
        they are float64. Raises UserError, with file, line and column, for a record or cell that does not fit.
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
                    texts = Texts(self.options.missing)
                    texts.add(values)
                    values = texts.finish() if label in text else self.only_numbers(label, texts, start)
                if label not in text:
                    self.check_finite(label, values, start)
                    values = values.astype(np.float64)
                arrays[label] = values
            yield pandas.DataFrame(arrays, index=pandas.RangeIndex(start, start + len(piece)), copy=False)
            start += len(piece)

    def line(self, row: int) -> int:
        """Return the line of the file, from 1, in which row 0, 1, ... begins. Reads the file up to there."""
        return self.record(row)[0]

    def cell(self, row: int, column: str) -> str:
        """Return a cell as it is written, without blanks around it. Reads the file up to there."""
        return self.record(row)[1][self.labels.index(column)]

    def record(self, row: int) -> tuple[int, list[str]]:
        """Return line and cells of row 0, 1, ..."""
        found = records(
            self.path, text_lines(self.path, self.format.encoding, self.detected.skip), self.format.separator
        )
        for number, record in enumerate(found, -int(self.format.header)):
            if number == row:
                return record
        raise UserError(f"{self.path} has no row {row}")

    def place(self, row: int, label: str) -> str:
        """Return file, line and column of a cell for a message."""
        return f"{self.path}, line {self.line(row)}, column {shown(label)}"

    def chosen(self, columns: Collection[str] | None, text: Collection[str]) -> list[str]:
        """Return the labels of the wanted columns in the order of the file. Raises UserError for an unknown one."""
        for label in (*(columns or ()), *text):
            if label not in self.labels:
                raise UserError(f"{self.path}: {unknown('column', label, self.labels)}")
        if columns is not None and not columns:
            raise UserError(f"{self.path}: no column is left to be read")
        return [label for label in self.labels if columns is None or label in columns]

    def is_plain(self, label: str) -> bool:
        """Tell whether pandas can take a column's first cells for numbers, or for true and false, and not for codes."""
        place = self.labels.index(label)
        cells = [row.cells[place] for row in self.detected.rows]
        cells = [cell for cell in cells if cell not in self.options.missing]
        if any(map(CODE.fullmatch, cells)):
            return False
        return all(map(self.numbers.plain.fullmatch, cells)) or all(cell in TRUE or cell in FALSE for cell in cells)

    def pieces(
        self,
        labels: list[str],
        as_text: Collection[str],
        rows: int | None = None,
        checksum: hashlib._Hash | None = None,
    ) -> Iterator[DataFrame]:
        """Yield the columns `labels` as pandas reads them, those in `as_text` as Python's str.

        checksum: is updated with the bytes of the file. Raises UserError for a record with too few or too many cells,
        and if the file is no longer as it was.
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
        smallest, largest = PIECE
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
                low_memory=False,  # else kinds are guessed for parts of a piece
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
        if stamp(self.path) != self.stamp:
            raise UserError(f"{self.path} changed while it was read; start again when it is complete")

    def refuse_trailing(self) -> None:
        """Raise the error for a record that does not end with a separator like all others."""
        found = records(
            self.path, text_lines(self.path, self.format.encoding, self.detected.skip), self.format.separator
        )
        width = len(self.names)
        for number, (line, cells) in enumerate(found):
            if number >= self.format.header and cells[width] != "":
                raise UserError(f"{self.path}, line {line}: {width + 1} cells instead of {width} as in the lines above")

    def check_finite(self, label: str, values: NDArray[Any], start: int) -> None:
        """Refuse infinite numbers, and whole numbers with more digits than float64 keeps, in rows from `start`."""
        if values.dtype != np.float64 or not len(values):
            return
        largest = max(values.max(), -values.min())
        if np.isnan(largest):  # missing cells; fmax and fmin are slow
            largest = max(np.fmax.reduce(values), -np.fmin.reduce(values))
        if np.isinf(largest):
            row = start + int(np.flatnonzero(np.isinf(values))[0])
            cell = self.cell(row, label)
            ways = ways_on(cell, label, self.remedies, text=False)
            raise UserError("; ".join([f"{self.place(row, label)}: {shown(cell)} is not a finite number", *ways]))
        if largest > EXACT:
            self.check_digits(start + int(np.flatnonzero(np.abs(values) > EXACT)[0]), label)

    def check_digits(self, row: int, label: str) -> None:
        """Refuse a whole number that float64 does not hold."""
        cell = self.cell(row, label)
        if LONG.fullmatch(cell) and int(float(cell)) != int(cell):
            ways = about_column(label, self.remedies)
            raise UserError(
                "; ".join([f"{self.place(row, label)}: {shown(cell)} has more digits than a number keeps", *ways])
            )

    def settled(self, label: str, texts: Texts) -> NDArray[Any]:
        """Return a column as numbers, as true and false, or as text. Raises UserError if half of it is numbers.

        Digits of which some begin with 0, such as 01 and 12, are codes: text.
        """
        if any(map(CODE.fullmatch, texts.values)) and all(map(DIGITS.fullmatch, texts.values)):
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
        raise self.no_number(label, codes, parsed, 0, f", {numbers} of {counts.sum()} cells are")

    def only_numbers(self, label: str, texts: Texts, start: int) -> NDArray[Any]:
        """Return a piece of a column as numbers, true as 1 and false as 0. Raises UserError if that is impossible."""
        parsed = [self.numbers.parse(cell) for cell in texts.values]
        if not any(number is not None for number in parsed):
            words: list[float | int | None] = [
                1 if cell in TRUE else 0 if cell in FALSE else None for cell in texts.values
            ]
            parsed = words if None not in words else parsed
        if None in parsed:
            raise self.no_number(label, texts.codes(), parsed, start, "")
        return self.as_numbers(label, texts.codes(), parsed, start)

    def as_numbers(
        self, label: str, codes: NDArray[np.int32], parsed: list[float | int | None], start: int
    ) -> NDArray[Any]:
        """Return parsed cells by their codes as int64 if all are whole and none is missing, else as float64."""
        whole = all(isinstance(number, int) and abs(number) < 1 << 63 for number in parsed)
        if whole and len(codes) and codes.min() >= 0:
            return np.array(parsed, dtype=np.int64)[codes]
        values = np.array([*map(as_float, parsed), np.nan])[codes]
        self.check_finite(label, values, start)
        return values

    def no_number(
        self, label: str, codes: NDArray[np.int32], parsed: list[float | int | None], start: int, share: str
    ) -> UserError:
        """Return the error for the first cell of a column that is not a number."""
        wrong = np.array([number is None for number in parsed] + [False])
        row = start + int(np.flatnonzero(wrong[codes])[0])
        cell = self.cell(row, label)
        kind = "finite number" if "inf" in cell.lower() else "number"
        ways = ways_on(cell, label, self.remedies, text=kind == "number")
        return UserError("; ".join([f"{self.place(row, label)}: {shown(cell)} is not a {kind}{share}", *ways]))


def as_float(number: float | int | None) -> float:
    """Return a number as float, infinite if it is too large for one."""
    try:
        return float(number or 0)
    except OverflowError:
        return float("inf")


def keep_freed_memory() -> None:
    """Have malloc reuse what pandas frees after each piece; to map it anew takes a quarter of the time.

    glibc raises its threshold for mapping to the size of the largest mapped block that was freed. This block is never
    written, so it takes no memory.
    """
    np.empty(1 << 24, np.uint8)


def stamp(path: Path) -> tuple[int, int]:
    """Return what changes when a file is written: its size and its time."""
    status = path.stat()
    return status.st_size, status.st_mtime_ns
