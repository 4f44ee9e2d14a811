"""The encoding and the lines of a table."""

import codecs
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from ...errors import UserError

SAMPLE_LINES = 250
SAMPLE_CHARACTERS = 1 << 23  # limits the sample of very wide tables
LONGEST_LINE = 1 << 26
BLOCK = 3 << 15
NPY = b"\x93NUMPY"  # the first bytes of a .npy
SEPARATOR_LINE = re.compile(r'"?sep=([^"\r\n])"?[;,\s]*', re.IGNORECASE)


@dataclass(frozen=True, kw_only=True)
class Sample:
    """The first lines of a text file, with their line ends.

    complete: True if these are all lines; encoding: encoding of the file; skip: number of lines above the table.
    """

    lines: list[str]
    complete: bool
    encoding: str
    skip: int = 0

    @property
    def table(self) -> list[str]:
        """The lines, with those above the table replaced by blank lines."""
        return ["\n"] * self.skip + self.lines[self.skip :]

    @property
    def separator(self) -> str | None:
        """The separator in a first line such as sep=;, which Excel writes; None without such a line."""
        found = SEPARATOR_LINE.fullmatch(self.lines[0]) if self.skip else None
        return found[1] if found else None


def read_sample(path: Path, encoding: str | None, skip: int | None = None) -> Sample:
    """Read the first lines of a file. Raises UserError if it is not a text file.

    encoding: None for that of the byte order mark, or UTF-8; skip: number of lines above the table, None for a line
    sep=; and lines that start with #.
    """
    with path.open("rb") as file:
        start = file.read(6)
    if start == NPY:
        raise UserError(f"{path} is a NumPy array, not text; save it as CSV")
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
            raise nul_error(path, len(lines))
        if len(line) >= LONGEST_LINE:
            raise UserError(f"{path}, line {len(lines)} has more than {LONGEST_LINE} characters; this is not a table")
        above = count_lines_above(lines) if skip is None else skip
        if len(lines) >= SAMPLE_LINES + above or (size > SAMPLE_CHARACTERS and len(lines) > 20 + above):
            return Sample(lines=lines, complete=next(rest, None) is None, encoding=encoding, skip=above)
    above = count_lines_above(lines) if skip is None else skip
    return Sample(lines=lines, complete=True, encoding=encoding, skip=min(above, len(lines)))


def count_lines_above(lines: Sequence[str]) -> int:
    """Return the number of lines at the top that are sep=; or start with #, with blank lines between them."""
    count = 0
    for number, line in enumerate(lines, 1):
        if line.startswith("#") or (number == 1 and SEPARATOR_LINE.fullmatch(line)):
            count = number
        elif line.strip():
            return count
    return count


def find_encoding(start: bytes) -> str:
    """Return the encoding of a byte order mark, UTF-8 without one."""
    if start.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)):
        return "utf-32"
    return "utf-16" if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) else "utf-8"


def text_lines(path: Path, encoding: str, skip: int = 0) -> Iterator[str]:
    """Yield the lines of a file with their line ends, without a byte order mark; the first `skip` as blank lines.

    Raises UserError if they cannot be decoded.
    """
    try:
        with path.open(encoding=encoding, newline="") as file:
            mark = "\ufeff"
            while line := file.readline(LONGEST_LINE):
                yield line.removeprefix(mark) if skip <= 0 else "\n"
                mark, skip = "", skip - 1
    except UnicodeError:
        raise undecodable_error(path, encoding) from None
    except LookupError:
        raise UserError(
            f"data.encoding={encoding} is unknown; examples are utf-8, utf-16, latin-1 and cp1252"
        ) from None


def undecodable_error(path: Path, encoding: str) -> UserError:
    """Return the error with the position of the first byte that is invalid in `encoding`."""
    decoder = codecs.getincrementaldecoder(encoding)()
    position = line = 0
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            pending = len(decoder.getstate()[0])
            try:
                line += decoder.decode(block).count("\n")
            except UnicodeDecodeError as error:
                line += error.object[: error.start].decode(encoding, "ignore").count("\n")
                return decoding_error(path, encoding, line + 1, position - pending + error.start)
            position += len(block)
    return decoding_error(path, encoding, line + 1, position - len(decoder.getstate()[0]))


def decoding_error(path: Path, encoding: str, line: int, position: int) -> UserError:
    """Return the error for a byte that is invalid in `encoding`."""
    return UserError(
        f"{path}, line {line}: the byte at position {position} is not {encoding}; "
        "set data.encoding to the encoding of the file, such as latin-1 or cp1252"
    )


def nul_error(path: Path, line: int) -> UserError:
    """Return the error for a NUL character."""
    return UserError(
        f"{path}, line {line} has a NUL character: it is not a text file, or needs data.encoding=utf-16-le"
    )
