"""A stream that checks the bytes of a table while pandas reads them.

Shapes: W cells in a record.
"""

import codecs
import hashlib
import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from .records import ragged_error, records
from .text import BLOCK, nul_error, text_lines, undecodable_error

QUOTE, LINE_END = b'"\n'
BLANK_LINES = re.compile(rb"\n(?: *\r?\n)+")


class CheckedStream:
    """A stream of the bytes of a table as UTF-8 for pandas, which checks the number of cells of every record.

    skip: number of lines above the table; header: whether to skip the first record; start: position of the first row,
    in bytes of UTF-8; width: number of cells of each record; separator: as in `TableFormat`; newline: the character
    that ends lines; checksum: hash that is updated with the original bytes of the file. Reading raises UserError for
    bytes that cannot be decoded, for a NUL, and for the first record of another width. Cells are counted in bytes; if
    a count is irregular, the csv module reads all records and decides.
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
        checksum: "hashlib._Hash | None" = None,
    ) -> None:
        self.path = path
        self.encoding = encoding
        self.separator = separator
        self.newline = newline.encode()  # replaced by \n: with \r pandas misreads blank lines and empty cells
        self.header = header
        self.start = start
        self.width = width
        self.skip = skip
        self.checksum = checksum
        self.file = path.open("rb")
        self.decoder = codecs.getincrementaldecoder(encoding)()
        self.utf8 = codecs.lookup(encoding).name == "utf-8"
        self.is_start = True
        self.checking = bool(separator)
        self.quoted = False  # whether the next byte is inside quotation marks
        self.last = b"\n"
        self.cells = 0  # separators since the last line end; words if runs of blanks separate
        self.ends, self.seps = np.empty(3 * BLOCK, np.bool_), np.empty(3 * BLOCK, np.bool_)  # UTF-16 grows by a half
        self.gap = True  # whether the last byte was a blank or a line end

    def lines(self) -> Iterator[str]:
        """Yield the lines of the file from its start."""
        return text_lines(self.path, self.encoding)

    def close(self) -> None:
        """Close the file."""
        self.file.close()

    def __iter__(self) -> Iterator[bytes]:
        """Yield the blocks: pandas requires that a file is iterable."""
        while block := self.read(BLOCK):
            yield block

    def read(self, size: int) -> bytes:
        """Return about `size` bytes, b"" at the end."""
        while raw := self.file.read(min(size, BLOCK)):
            if self.checksum is not None:
                self.checksum.update(raw)
            block = self.decode(raw)
            if self.newline == b"\r":
                block = block.replace(b"\r", b"\n")
            if 0 in block:
                raise nul_error(self.path, next(i for i, line in enumerate(self.lines(), 1) if "\0" in line))
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
            raise undecodable_error(self.path, self.encoding) from None
        self.is_start = False
        return block

    def finish(self) -> None:
        """Check the end of the file: the last record, if it has no line end."""
        try:
            self.decoder.decode(b"", final=True)
        except UnicodeError:
            raise undecodable_error(self.path, self.encoding) from None
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
            if not regular and self.width > 1:  # retry without blank lines
                self.quoted, self.cells = state
                regular = self.has_regular_cells(BLANK_LINES.sub(b"\n", before + block)[len(before) :])
        if not regular:
            self.check_records()

    def outside(self, data: NDArray[np.uint8]) -> NDArray[np.bool_]:
        """Return which bytes are outside quotation marks, which includes the closing marks."""
        inside = np.logical_xor.accumulate(data == QUOTE) ^ self.quoted
        self.quoted = bool(inside[-1])
        return ~inside

    def has_regular_cells(self, block: bytes) -> bool:
        """Return whether all records that end in a block have `width` - 1 separators."""
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
        starts = np.concatenate(([0], places))  # counts are modulo 256; the total is checked as well
        counts = np.add.reduceat(marks.view(np.uint8), starts, dtype=np.uint8)
        rest = int(np.count_nonzero(marks[places[-1] :]))
        complete = self.cells + total - rest
        counts[:1] += np.uint8(self.cells % 256)
        self.cells = rest
        expected = self.width - 1
        return complete == expected * len(places) and bool((counts[:-1] == expected % 256).all())

    def has_regular_words(self, block: bytes) -> bool:
        """Return whether all records that end in a block have `width` words between runs of blanks, or none."""
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
        """Read all records with csv, and stop counting. Raises UserError for the first record of another width."""
        found = records(self.path, text_lines(self.path, self.encoding, self.skip), self.separator)
        first = None
        for line, row in found:
            if first is None:
                first = line
                if self.header:
                    continue
            if len(row) != self.width:
                raise ragged_error(self.path, line, len(row), self.width, first)
        self.checking = False
