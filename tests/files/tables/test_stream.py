"""The stream that checks the records of a table while pandas reads it."""

import hashlib
from pathlib import Path
from typing import Any

import pytest
from nnzoo.errors import UserError
from nnzoo.files.tables.stream import CheckedStream

SIZES = (1, 2, 3, 7, 1000)  # bytes of a block: records, line ends and characters are cut


def open_stream(path: Path, content: bytes, width: int, **settings: Any) -> CheckedStream:
    path.write_bytes(content)
    usual = {"encoding": "utf-8", "separator": ",", "newline": "\n", "header": False, "start": 0}
    return CheckedStream(path, width=width, **{**usual, **settings})


def content_of(stream: CheckedStream, size: int) -> bytes:
    found = b"".join(iter(lambda: stream.read(size), b""))
    stream.close()
    return found


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize(
    ("text", "width", "settings"),
    [
        ("1,2\n3,4\n", 2, {}),
        ("1,2\n3,4", 2, {}),
        ("1,2\r\n\r\n3,4\r\n", 2, {}),
        ("1,2\n\n  \n3,4\n\n", 2, {}),
        ('"a,b",2\n"c\nd",4\n"e ""f"", g",6\n', 2, {}),
        ("ä,ö\nü,日\n", 2, {}),
        ("1,\n\ufeff3,4\n", 2, {}),  # a byte order mark inside belongs to a cell
        ("1 2\n  3   4  \n\n5\t6\n", 2, {"separator": " "}),
        ('"a b" 2\n3 4', 2, {"separator": " "}),
        ("1\n2\n", 1, {"separator": ""}),
        ("1;2;\n3;4;\n", 3, {"separator": ";"}),
        (",".join(["5"] * 300) + "\n", 300, {}),
    ],
)
def test_regular_tables(
    tmp_path: Path, text: str, width: int, settings: dict[str, Any], size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Their bytes are returned as they are, and their records are not read again."""
    if "\n\n" not in text and "\r\n\r\n" not in text:
        monkeypatch.setattr(CheckedStream, "check_records", lambda _: pytest.fail("the records were read again"))
    checksum = hashlib.sha256()
    stream = open_stream(tmp_path / "t.csv", text.encode(), width, checksum=checksum, **settings)
    assert content_of(stream, size) == text.encode()
    assert checksum.digest() == hashlib.sha256(text.encode()).digest()


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize(
    ("text", "width", "settings", "message"),
    [
        ("1,2\n3\n5,6\n", 2, {}, "line 2: 1 cell instead of 2 as in line 1"),
        ("1,2\n\n3,4\n5,6,7", 2, {}, "line 4: 3 cells instead of 2 as in line 1"),
        ("1,2\n3\n5,6,7\n", 2, {}, "line 2: 1 cell instead of 2"),  # the right number of separators
        ("1,2\n3,4,5\n6\n", 2, {}, "line 2: 3 cells instead of 2"),
        (",".join(["5"] * 300) + "\n" + ",".join(["5"] * 44), 300, {}, "line 2: 44 cells instead of 300"),
        ('1,2\n"3,4"\n', 2, {}, "line 2: 1 cell instead of 2"),
        ('1,2\n"3\n,4', 2, {}, "line 2: a cell begins with a quotation mark that is not closed"),
        ("1 2\n3\n", 2, {"separator": " "}, "line 2: 1 cell instead of 2"),
        ("1 2\n3 4  5", 2, {"separator": " "}, "line 2: 3 cells instead of 2"),
        ('1 2\n"3 4" 5 6\n', 2, {"separator": " "}, "line 2: 3 cells instead of 2"),
        ("1,2\n3,\0\n", 2, {}, "line 2 has a NUL character"),
        ("# above\na,b,c\n1,2\n3\n", 2, {"skip": 1, "header": True, "start": 14}, "line 4: 1 cell instead of 2"),
        ("1\n2\0\n", 1, {"separator": ""}, "line 2 has a NUL character"),
    ],
)
def test_irregular_tables_are_refused(
    tmp_path: Path, text: str, width: int, settings: dict[str, Any], message: str, size: int
) -> None:
    stream = open_stream(tmp_path / "t.csv", text.encode(), width, **settings)
    with pytest.raises(UserError, match=f"t.csv, {message}"):
        content_of(stream, size)
    stream.close()


@pytest.mark.parametrize("size", SIZES)
def test_bytes_that_cannot_be_decoded(tmp_path: Path, size: int) -> None:
    for content, line, position in ((b"1,2\n3,\xe9\n", 2, 6), (b"1,\xc3\xa9\n3,\xc3", 2, 7), (b"\xe9,2\n", 1, 0)):
        stream = open_stream(tmp_path / "t.csv", content, 2)
        with pytest.raises(UserError, match=f"line {line}: the byte at position {position} is not utf-8"):
            content_of(stream, size)
        stream.close()


@pytest.mark.parametrize("size", SIZES[2:])  # not smaller than a byte order mark
@pytest.mark.parametrize(
    ("content", "settings"),
    [
        (b"a,b\n1,\xc3\xa4\n3,4\n", {"start": 4}),
        (b"\xef\xbb\xbfa,b\n1,\xc3\xa4\n3,4\n", {"start": 4}),
        (b"a,b\r1,\xc3\xa4\r3,4\r", {"newline": "\r", "start": 4}),
        ("a,b\n1,ä\n3,4\n".encode("utf-16"), {"encoding": "utf-16", "start": 4}),
        ("\ufeffa,b\n1,ä\n3,4\n".encode("utf-16-le"), {"encoding": "utf-16-le", "start": 4}),
        ("ä,b\n1,ä\n3,4\n".encode("latin-1"), {"encoding": "latin-1", "start": 5}),  # a position in UTF-8
    ],
)
def test_rows_as_utf8(tmp_path: Path, content: bytes, settings: dict[str, Any], size: int) -> None:
    """Without a byte order mark and what is above the first row, with \\n at the end of each line."""
    assert content_of(open_stream(tmp_path / "t.csv", content, 2, **settings), size) == "1,ä\n3,4\n".encode()


def test_blocks(tmp_path: Path) -> None:
    stream = open_stream(tmp_path / "t.csv", b"1,2\n" * 60_000, 2)
    blocks = list(stream)
    stream.close()
    assert len(blocks) == 3
    assert b"".join(blocks) == b"1,2\n" * 60_000
