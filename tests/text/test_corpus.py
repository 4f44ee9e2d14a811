"""Reading of long texts in pieces."""

from itertools import chain
from pathlib import Path

import pytest
from nnzoo.errors import UserError
from nnzoo.text import corpus
from nnzoo.text.corpus import read_pieces, sequences, text_files

TEXT = "Été, l'eau\r\n“Yes” — 3.5 km!  No.\n\nx-y\nlast line"


@pytest.fixture(params=[3, 7, 1 << 20])
def piece(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> int:
    """Read only a few bytes at a time, which also cuts characters of several bytes."""
    monkeypatch.setattr(corpus, "PIECE", request.param)
    return int(request.param)


def file(tmp_path: Path, content: bytes) -> Path:
    (tmp_path / "text.txt").write_bytes(content)
    return tmp_path / "text.txt"


def test_pieces_are_the_whole_text(piece: int, tmp_path: Path) -> None:
    found = list(read_pieces(file(tmp_path, b"\xef\xbb\xbf" + TEXT.encode())))
    assert "".join(found) == TEXT.replace("\r\n", "\n")
    assert piece > 100 or len(found) > 3
    assert all(part.endswith(("\n", " ")) for part in found[:-1])


def test_a_line_is_a_sequence_of_words(piece: int, tmp_path: Path) -> None:
    """Without punctuation marks; a long line is divided at blanks."""
    found = [list(words) for words in sequences(file(tmp_path, TEXT.encode()), cut="words", lines=True)]
    expected = [["été", "l'eau"], ["yes", "3.5", "km", "no"], [], ["x-y"], ["last", "line"]]
    assert found == expected if piece > 100 else list(chain(*found)) == list(chain(*expected))


def test_whatever_stands_between_blanks(tmp_path: Path) -> None:
    found = sequences(file(tmp_path, TEXT.encode()), cut="blanks", lines=True)
    assert next(iter(found)) == ["Été,", "l'eau"]


def test_a_sentence_is_a_sequence(tmp_path: Path) -> None:
    text = "One line\nand another. Next! (Yes?)\n\nParagraph"
    found = [list(words) for words in sequences(file(tmp_path, text.encode()), cut="words", lines=False) if words]
    assert found == [["one", "line", "and", "another"], ["next"], ["yes"], ["paragraph"]]


def test_words_of_one_character_and_with_an_underscore(tmp_path: Path) -> None:
    found = sequences(file(tmp_path, b"I saw a _cat_, __ - 7!"), cut="words", lines=True)
    assert list(found) == [["i", "saw", "a", "_cat_", "7"]]


def test_pieces_end_with_a_line_and_only_in_longer_lines_at_a_blank(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(corpus, "PIECE", 16)
    lines = "ab cd ef\n" * 20
    found = list(read_pieces(file(tmp_path, lines.encode())))
    assert "".join(found) == lines
    assert len(found) > 5
    assert all(part.endswith("\n") for part in found)
    long = "word " * 100
    found = list(read_pieces(file(tmp_path, long.encode())))
    assert "".join(found) == long
    assert max(map(len, found)) <= 32
    assert all(part.endswith(" ") for part in found)


def test_bytes_that_are_not_utf8(piece: int, tmp_path: Path) -> None:
    for text, place in ((b"caf\xe9 au lait\n", 3), ("ü".encode() * 20 + b" \xe9t\xe9\n", 41)):
        with pytest.raises(UserError, match=rf"text.txt is not a UTF-8 text: byte {place} is 0xe9 .*save it as UTF-8"):
            list(read_pieces(file(tmp_path, text)))


def test_end_within_a_character(piece: int, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"byte 7 is 0xc3 \(unexpected end of data\)"):
        list(read_pieces(file(tmp_path, b"au caf\n\xc3")))


def test_utf16_without_a_mark(tmp_path: Path) -> None:
    """Its zeros are valid UTF-8."""
    with pytest.raises(UserError, match=r"text\.txt is not a UTF-8 text: it has null characters, as UTF-16 has"):
        list(read_pieces(file(tmp_path, "fox".encode("utf-16-le"))))


def test_files_of_a_folder(tmp_path: Path) -> None:
    for name in ("b.txt", "a/c.txt", "note.md"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(name)
    assert [str(path.relative_to(tmp_path)) for path in text_files(tmp_path)] == ["a/c.txt", "b.txt"]
    assert text_files(tmp_path / "note.md") == [tmp_path / "note.md"]
    (tmp_path / "a/c.txt").unlink()
    with pytest.raises(UserError, match=r"a has no \.txt files"):
        text_files(tmp_path / "a")


def test_a_text_without_line_breaks_is_one_line(tmp_path: Path) -> None:
    assert list(sequences(file(tmp_path, b"the owl and the fox"), cut="words", lines=True)) == [
        ["the", "owl", "and", "the", "fox"]
    ]
