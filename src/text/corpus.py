"""Reading of texts that may be larger than memory, sequence by sequence."""

import codecs
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Literal

from ..errors import UserError
from ..files.text import NUL, normalize
from .tokenizers import iterate_sentences, split_words
from .vocabulary import END, START

PIECE = 1 << 20  # bytes that are read at once

Cut = Literal["words", "blanks"]


def text_files(path: Path) -> list[Path]:
    """Return a file, or the .txt files of a folder and its subfolders in alphabetical order. Raises UserError."""
    if not path.is_dir():
        return [path]
    found = sorted(path.rglob("*.txt"))
    if not found:
        raise UserError(f"{path} has no .txt files")
    return found


def read_pieces(path: Path) -> Iterator[str]:
    """Yield the text of a UTF-8 file in pieces of about 1 MiB that end with a line or, in longer lines, at a blank.

    Raises UserError with the position of a byte that is not UTF-8, and for bytes 0x00.
    """
    decoder = codecs.getincrementaldecoder("utf-8-sig")()
    rest, position = "", 0
    try:
        with path.open("rb") as file:
            while data := file.read(PIECE):
                if b"\0" in data:
                    raise UserError(f"{path} {NUL}")
                rest += decoder.decode(data)
                position += len(data)
                end = rest.rfind("\n") + 1
                if not end and len(rest) >= PIECE:
                    end = rest.rfind(" ") + 1
                if end:
                    yield normalize(rest[:end])
                    rest = rest[end:]
        rest += decoder.decode(b"", final=True)
    except OSError as error:
        raise UserError(f"cannot read {path}: {error.strerror}") from None
    except UnicodeDecodeError as error:
        kept = len(error.object) - len(data)  # bytes of the piece before, the beginning of a character
        byte = f"byte {position - kept + error.start} is 0x{error.object[error.start]:02x}"
        raise UserError(f"{path} is not a UTF-8 text: {byte} ({error.reason}); save it as UTF-8") from None
    if rest:
        yield normalize(rest)


def sequences(path: Path, *, cut: Cut, lines: bool) -> Iterator[Sequence[str]]:
    """Yield the words of each line or, without `lines`, of each sentence of a text file; see `cut_text`."""
    for piece in read_pieces(path):
        yield from cut_text(piece, cut=cut, lines=lines)


def cut_text(text: str, *, cut: Cut, lines: bool) -> Iterator[Sequence[str]]:
    """Yield the words of each line or, without `lines`, of each sentence of a text.

    cut: "words" for words and numbers in lower case, without punctuation marks; "blanks" for whatever stands between
    blanks. Without `lines`, sentences end after . ! or ? and a space, and at blank lines.
    """
    if not lines:
        for sentence in iterate_sentences(text, lines=False):
            yield [word for word in sentence if is_word(word) and word not in (START, END)]
    elif cut == "blanks":
        yield from (line.split() for line in text.splitlines())
    else:
        yield from (list(filter(is_word, split_words(line))) for line in text.splitlines())


def is_word(token: str) -> bool:
    """Return whether a token is a word or number, not a punctuation mark."""
    return token[0].isalnum() or any(map(str.isalnum, token))
