"""The text of a table: its encoding, its first lines, its records, and a stream for pandas that checks what it passes.

Shapes: W cells in a record.
"""

import codecs
import csv
import re
import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..errors import UserError

SAMPLE_LINES = 250
SAMPLE_CHARACTERS = 1 << 23  # of very wide tables fewer lines are enough
LONGEST_LINE = 1 << 26
NO_SEPARATOR = "\x1f"  # what csv and pandas are told for a single column: it does not occur in text
BLOCK = 3 << 15
QUOTE, LINE_END = b'"\n'
WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*|[.-]")  # Hydra takes it for text without quotation marks
SEPARATOR_LINE = re.compile(r'"?sep=([^"\r\n])"?[;,\s]*', re.IGNORECASE)
BLANK_LINES = re.compile(rb"\n(?: *\r?\n)+")


@dataclass(frozen=True, kw_only=True)
class Sample:
    """The first lines of a text file, with their line ends.

    complete: these are all lines; encoding: of the whole file, as far as it was read; skip: lines at the top that are
    no part of the table.
    """

    lines: list[str]
    complete: bool
    encoding: str
    skip: int = 0

    @property
    def table(self) -> list[str]:
        """The lines with blank ones in place of those that are no part of the table."""
        return ["\n"] * self.skip + self.lines[self.skip :]

    @property
    def separator(self) -> str | None:
        """What a first line such as sep=; names, as Excel writes it; None without one."""
        found = SEPARATOR_LINE.fullmatch(self.lines[0]) if self.skip else None
        return found[1] if found else None


def shown(cell: str) -> str:
    """Return a cell for a message, in quotes, on one line and not too long."""
    text = cell if len(cell) <= 40 else f"{cell[:37]}..."
    return "'" + "".join(c if c.isprintable() else repr(c)[1:-1] for c in text) + "'"


def setting(name: str, value: str, *, in_list: bool = False) -> str:
    """Return a setting as it is typed in a shell, with the quotation marks that Hydra and the shell need."""
    if WORD.fullmatch(value) is None or value.lower() in ("null", "true", "false", "nan", "inf"):
        escaped = re.sub(r'(\\+)(?="|$)', r"\1\1", value).replace('"', '\\"')
        value = f'"{escaped}"'
    text = f"data.{name}=[{value}]" if in_list else f"data.{name}={value}"
    if '"' not in text:
        return text
    return re.sub(r"([^\w.=-])", r"\\\1", text) if "'" in text else shlex.quote(text)


def read_sample(path: Path, encoding: str | None, skip: int | None = None) -> Sample:
    """Read the first lines; without `encoding` as a byte order mark says, or as UTF-8. Raises UserError for no text.

    skip: lines at the top that are no part of the table, None for a line sep=; and those that begin with #.
    """
    with path.open("rb") as file:
        start = file.read(4)
    if encoding is None:
        encoding = find_encoding(start)
        if start.startswith(b"PK\x03\x04"):
            raise UserError(f"{path} is an archive or an Excel workbook, not text; save the sheet as CSV")
        if start.startswith(b"\x1f\x8b"):
            raise UserError(f"{path} is compressed; unpack it first (gunzip)")
    lines: list[str] = []
    size = 0
    rest = text_lines(path, encoding)
    for line in rest:
        lines.append(line)
        size += len(line)
        if "\0" in line:
            raise nul(path, len(lines))
        if len(line) >= LONGEST_LINE:
            raise UserError(f"{path}, line {len(lines)} has more than {LONGEST_LINE} characters; this is no table")
        above = count_comments(lines) if skip is None else skip
        if len(lines) >= SAMPLE_LINES + above or (size > SAMPLE_CHARACTERS and len(lines) > 20 + above):
            return Sample(lines=lines, complete=next(rest, None) is None, encoding=encoding, skip=above)
    above = count_comments(lines) if skip is None else skip
    return Sample(lines=lines, complete=True, encoding=encoding, skip=min(above, len(lines)))


def count_comments(lines: Sequence[str]) -> int:
    """Return how many lines at the top say how the table is separated, or begin with #, blank ones among them."""
    count = 0
    for number, line in enumerate(lines, 1):
        if line.startswith("#") or (number == 1 and SEPARATOR_LINE.fullmatch(line)):
            count = number
        elif line.strip():
            return count
    return count


def find_encoding(start: bytes) -> str:
    """Return the encoding that a byte order mark names, or UTF-8."""
    if start.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)):
        return "utf-32"
    return "utf-16" if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) else "utf-8"


def text_lines(path: Path, encoding: str, skip: int = 0) -> Iterator[str]:
    """Yield the lines of a file with their ends, without a byte order mark; blank ones for the first `skip`.

    Raises UserError if it is not decodable.
    """
    try:
        with path.open(encoding=encoding, newline="") as file:
            mark = "\ufeff"
            while line := file.readline(LONGEST_LINE):
                yield line.removeprefix(mark) if skip <= 0 else "\n"
                mark, skip = "", skip - 1
    except UnicodeError:
        raise undecodable(path, encoding) from None
    except LookupError:
        raise UserError(f"data.encoding={encoding} is unknown; utf-8, utf-16, latin-1 and cp1252 are some") from None


def undecodable(path: Path, encoding: str) -> UserError:
    """Return the error with the place of the first byte that is not in `encoding`."""
    decoder = codecs.getincrementaldecoder(encoding)()
    position = line = 0
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            pending = len(decoder.getstate()[0])
            try:
                line += decoder.decode(block).count("\n")
            except UnicodeDecodeError as error:
                line += error.object[: error.start].decode(encoding, "ignore").count("\n")
                return bad_bytes(path, encoding, line + 1, position - pending + error.start)
            position += len(block)
    return bad_bytes(path, encoding, line + 1, position - len(decoder.getstate()[0]))


def bad_bytes(path: Path, encoding: str, line: int, position: int) -> UserError:
    """Return the error for a byte that is not in `encoding`."""
    return UserError(
        f"{path}, line {line}: the byte at position {position} is not {encoding}; "
        "data.encoding=latin-1 (or cp1252, or another) says how the file is written"
    )


def nul(path: Path, line: int) -> UserError:
    """Return the error for a NUL character."""
    return UserError(
        f"{path}, line {line} has a NUL character: it is no text, or data.encoding=utf-16-le says how it is written"
    )


def records(
    path: Path, lines: Iterator[str], separator: str, *, partial: bool = False
) -> Iterator[tuple[int, list[str]]]:
    """Yield the line in which each record begins, and its cells (W,) without blanks around them.

    Blank lines are left out. partial: the lines are not all, so the last record may be cut off; then it is left out.
    Raises UserError, with the line, for a cell whose quotation mark is not closed.
    """
    raw: list[str] = []
    done = False

    def recorded() -> Iterator[str]:
        nonlocal done
        for line in lines:
            raw.append(line)
            yield line.replace("\t", " ").rstrip() + "\n" if separator == " " else line
        done = True

    reader = csv.reader(recorded(), delimiter=separator or NO_SEPARATOR, skipinitialspace=True)
    start = 1
    try:
        for row in reader:
            if done:  # the reader asked for a line more: it is still inside quotation marks
                if partial:
                    return
                raise UserError(f"{path}, line {start}: a cell begins with a quotation mark that is not closed")
            if len(row) > 1 or raw[0].strip():
                yield start, [cell.strip() for cell in row]
            start = reader.line_num + 1
            raw.clear()
    except csv.Error as error:
        reason = f"a cell has more than {csv.field_size_limit()} characters; is a quotation mark not closed?"
        raise UserError(f"{path}, line {start}: {reason if 'limit' in str(error) else error}") from None


class CheckedStream:
    """The bytes of a table as UTF-8 for pandas, all of them checked on the way.

    skip: lines at the top that are no part of the table; header: whether the first record is left out; start: where
    the rows begin, in bytes of UTF-8; width: the cells that each
    record must have; separator: as in `TableFormat`; newline: what ends lines. Reading raises UserError for bytes that
    cannot be decoded, a NUL, and the first record of another width. Counting works on bytes; only where it finds
    something odd are the records read by csv, which decides.
    """

    def __init__(
        self,
        path: Path,
        *,
        encoding: str,
        separator: str,
        newline: str,
        header: bool,
        start: int,
        width: int,
        skip: int = 0,
    ) -> None:
        self.path = path
        self.encoding = encoding
        self.separator = separator
        self.newline = newline.encode()  # passed on as \n: pandas misreads a blank line and an empty cell between \r
        self.header = header
        self.start = start
        self.width = width
        self.skip = skip
        self.file = path.open("rb")
        self.decoder = codecs.getincrementaldecoder(encoding)()
        self.utf8 = codecs.lookup(encoding).name == "utf-8"
        self.is_start = True
        self.checking = bool(separator)
        self.quoted = False  # whether the next byte is between quotation marks
        self.last = b"\n"
        self.cells = 0  # separators since the last line end; words, if runs of blanks separate
        self.ends, self.seps = np.empty(3 * BLOCK, np.bool_), np.empty(3 * BLOCK, np.bool_)  # UTF-16 grows by a half
        self.gap = True  # whether the last byte was a blank or a line end

    def lines(self) -> Iterator[str]:
        """Yield the lines of the file from its start."""
        return text_lines(self.path, self.encoding)

    def close(self) -> None:
        """Close the file."""
        self.file.close()

    def __iter__(self) -> Iterator[bytes]:
        """Yield the blocks; pandas takes what can be iterated for a file."""
        while block := self.read(BLOCK):
            yield block

    def read(self, size: int) -> bytes:
        """Return about `size` bytes, none at the end."""
        while raw := self.file.read(min(size, BLOCK)):
            block = self.decode(raw)
            if self.newline == b"\r":
                block = block.replace(b"\r", b"\n")
            if 0 in block:
                raise nul(self.path, next(i for i, line in enumerate(self.lines(), 1) if "\0" in line))
            if self.start:
                self.start, block = max(0, self.start - len(block)), block[self.start :]
            if block:
                if self.checking:
                    self.check(block)
                return block
        self.finish()
        return b""

    def decode(self, raw: bytes) -> bytes:
        """Return a block of the file as UTF-8."""
        try:
            if self.utf8:
                if self.is_start:
                    raw = raw.removeprefix(codecs.BOM_UTF8)
                if not raw.isascii() or self.decoder.getstate()[0]:
                    self.decoder.decode(raw)
                block = raw
            else:
                text = self.decoder.decode(raw)
                block = (text.removeprefix("\ufeff") if self.is_start else text).encode()
        except UnicodeError:
            raise undecodable(self.path, self.encoding) from None
        self.is_start = False
        return block

    def finish(self) -> None:
        """Check the end: the last record, if no line end follows it."""
        try:
            self.decoder.decode(b"", final=True)
        except UnicodeError:
            raise undecodable(self.path, self.encoding) from None
        if self.checking:
            if self.last != b"\n":
                self.check(b"\n")
            if self.quoted:
                self.check_records()

    def check(self, block: bytes) -> None:
        """Count the cells of the records that end in a block. Raises UserError if one has too few or too many."""
        before, self.last = self.last, block[-1:]
        if self.separator == " ":
            regular = self.has_regular_words(block)
        else:
            state = self.quoted, self.cells
            regular = self.has_regular_cells(block)
            if not regular and self.width > 1:  # for blank lines
                self.quoted, self.cells = state
                regular = self.has_regular_cells(BLANK_LINES.sub(b"\n", before + block)[len(before) :])
        if not regular:
            self.check_records()

    def outside(self, data: NDArray[np.uint8]) -> NDArray[np.bool_]:
        """Tell which bytes are not between quotation marks; of the marks themselves, the closing ones."""
        inside = np.logical_xor.accumulate(data == QUOTE) ^ self.quoted
        self.quoted = bool(inside[-1])
        return ~inside

    def has_regular_cells(self, block: bytes) -> bool:
        """Tell whether all records that end in a block have `width` - 1 separators."""
        if not block:
            return True
        data = np.frombuffer(block, np.uint8)
        ends = np.equal(data, LINE_END, out=self.ends[: len(data)])
        marks = np.equal(data, ord(self.separator), out=self.seps[: len(data)])
        if self.quoted or QUOTE in block:
            outside = self.outside(data)
            ends &= outside
            marks &= outside
        places = np.flatnonzero(ends)
        total = int(np.count_nonzero(marks))
        if not len(places):
            self.cells += total
            return True
        starts = np.concatenate(([0], places))  # bytes count modulo 256; the total tells the rest
        counts = np.add.reduceat(marks.view(np.uint8), starts, dtype=np.uint8)
        rest = int(np.count_nonzero(marks[places[-1] :]))
        complete = self.cells + total - rest
        counts[:1] += np.uint8(self.cells % 256)
        self.cells = rest
        expected = self.width - 1
        return complete == expected * len(places) and bool((counts[:-1] == expected % 256).all())

    def has_regular_words(self, block: bytes) -> bool:
        """Tell whether all records that end in a block have `width` words between runs of blanks, or none."""
        data = np.frombuffer(block, np.uint8)
        outside = self.outside(data)
        ends = (data == LINE_END) & outside
        gaps = np.isin(data, np.frombuffer(b" \t\r\n", np.uint8)) & outside
        starts = ~gaps
        starts[1:] &= gaps[:-1]
        starts[0] &= self.gap
        self.gap = bool(gaps[-1])
        totals = np.cumsum(starts) + self.cells
        at_ends = totals[ends]
        self.cells = int(totals[-1]) - (int(at_ends[-1]) if len(at_ends) else 0)
        words = np.diff(at_ends, prepend=0)
        return bool(((words == self.width) | (words == 0)).all())

    def check_records(self) -> None:
        """Read all records by csv. Raises UserError for the first of another width; else nothing is counted again."""
        found = records(self.path, text_lines(self.path, self.encoding, self.skip), self.separator)
        first = None
        for line, row in found:
            if first is None:
                first = line
                if self.header:
                    continue
            if len(row) != self.width:
                raise ragged(self.path, line, len(row), self.width, first)
        self.checking = False


def ragged(path: Path, line: int, cells: int, width: int, first: int) -> UserError:
    """Return the error for a record with too few or too many cells."""
    return UserError(
        f"{path}, line {line}: {cells} cell{'s' * (cells != 1)} instead of {width} as in line {first}; "
        "put cells that contain the separator in quotation marks, or set data.separator"
    )
