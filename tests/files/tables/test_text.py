"""The encoding and the first lines of a table."""

from pathlib import Path

import pytest
from nnzoo.errors import UserError
from nnzoo.files.tables import text
from nnzoo.files.tables.text import (
    SAMPLE_LINES,
    Sample,
    count_lines_above,
    find_encoding,
    read_sample,
    text_lines,
    undecodable_error,
)


@pytest.mark.parametrize(
    ("lines", "count"),
    [
        (["a,b\n", "1,2\n"], 0),
        (["# made\n", "a,b\n"], 1),
        (["# made\n", "\n", "#\n", "\n", "a,b\n", "# no\n"], 3),
        (["\n", "a,b\n", "#\n"], 0),
        (["sep=;\n", "# made\n", "a;b\n"], 2),
        (['"sep=;"\n', "a;b\n"], 1),
        (["SEP=;\r\n", "a;b\n"], 1),
        (["# made\n", "sep=;\n", "a;b\n"], 1),  # only in the first line
        (["sep=;;x\n", "a;b\n"], 0),
        (["# made\n", "\n"], 1),
        ([], 0),
    ],
)
def test_lines_above_a_table(lines: list[str], count: int) -> None:
    assert count_lines_above(lines) == count


def test_the_separator_in_the_first_line() -> None:
    for first, skip, separator in (("sep=;\n", 1, ";"), ('"sep=|"\n', 1, "|"), ("sep=;\n", 0, None), ("#\n", 1, None)):
        sample = Sample(lines=[first, "a;b\n"], complete=True, encoding="utf-8", skip=skip)
        assert sample.separator == separator
        assert sample.table == (["\n", "a;b\n"] if skip else [first, "a;b\n"])


def test_byte_order_marks(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    for encoding in ("utf-8", "utf-8-sig", "utf-16", "utf-32"):
        content = "é,b\r\n1,2".encode(encoding)
        assert find_encoding(content[:6]) == encoding.removesuffix("-sig")
        path.write_bytes(content)
        sample = read_sample(path, None)
        assert (sample.lines, sample.complete, sample.encoding) == (["é,b\r\n", "1,2"], True, find_encoding(content))
    assert find_encoding("\ufeffa".encode("utf-16-be")) == "utf-16"
    assert find_encoding("\ufeffa".encode("utf-32-be")) == "utf-32"


def test_skipped_lines_are_blank(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("\ufeffa\n\ufeffb\nc\n")
    assert list(text_lines(path, "utf-8")) == ["a\n", "\ufeffb\n", "c\n"]
    assert list(text_lines(path, "utf-8", 1)) == ["\n", "\ufeffb\n", "c\n"]
    assert list(text_lines(path, "utf-8", 2)) == ["\n", "\n", "c\n"]
    path.write_bytes(b"a\n\xe9\n")
    with pytest.raises(UserError, match="line 2: the byte at position 2 is not utf-8"):
        list(text_lines(path, "utf-8"))
    with pytest.raises(UserError, match=r"^data\.encoding=nonsense is unknown; examples are utf-8, utf-16,"):
        next(text_lines(path, "nonsense"))


@pytest.mark.parametrize("above", [0, 1, 3])
@pytest.mark.parametrize("more", [0, 1])
def test_a_sample_has_a_fixed_number_of_lines_below_those_above(tmp_path: Path, above: int, more: int) -> None:
    path = tmp_path / "t.csv"
    lines = ["# made\n"] * above + ["1,2\n"] * (SAMPLE_LINES + more)
    path.write_text("".join(lines))
    sample = read_sample(path, None)
    assert sample.lines == lines[: SAMPLE_LINES + above]
    assert sample.complete == (not more)
    assert (sample.skip, read_sample(path, None, 2).skip) == (above, 2)


def test_the_sample_of_wide_tables(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It has at least 21 lines below those above the table."""
    monkeypatch.setattr(text, "SAMPLE_CHARACTERS", 100)
    path = tmp_path / "t.csv"
    path.write_text("#\n" + "12345678,2\n" * 50)
    assert len(read_sample(path, None).lines) == 22
    path.write_text("#\n" + "1,2\n" * 50)
    assert len(read_sample(path, None).lines) == 26  # more than 100 characters


def test_more_lines_are_skipped_than_there_are(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("1,2\n3,4\n")
    assert read_sample(tmp_path / "t.csv", None, 5).skip == 2


def test_files_that_are_no_tables(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text, "LONGEST_LINE", 10)
    path = tmp_path / "t.csv"
    for content, message in (
        (b"1,2\n" + b"x" * 10 + b"\n", "t.csv, line 2 has more than 10 characters; this is not a table"),
        (b"1,2\n3,\0\n", "t.csv, line 2 has a NUL character"),
        (b"PK\x03\x04", "t.csv is an archive or an Excel workbook"),
        (b"\x1f\x8b", "t.csv is compressed"),
        (b"\x93NUMPY\x01", "t.csv is a NumPy array"),
    ):
        path.write_bytes(content)
        with pytest.raises(UserError, match=message):
            read_sample(path, None)
    path.write_bytes(b"PK\x03\x04")
    assert read_sample(path, "latin-1").lines == ["PK\x03\x04"]  # the user knows
    path.write_bytes(b"1,2\n" + b"x" * 8 + b"\n")
    assert len(read_sample(path, None).lines) == 2


@pytest.mark.parametrize("block", [1, 2, 3, 5, 100])
@pytest.mark.parametrize(
    ("content", "line", "position"),
    [
        (b"a\nb\nc\xe9d", 3, 5),
        (b"\xe9", 1, 0),
        ("ä\nö".encode() + b"\xff\n", 2, 5),
        ("ä\nö\n".encode() + b"\xc3", 3, 6),  # cut off at the end
    ],
)
def test_the_first_invalid_byte(
    tmp_path: Path, content: bytes, line: int, position: int, block: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(text, "BLOCK", block)
    (tmp_path / "t.csv").write_bytes(content)
    assert str(undecodable_error(tmp_path / "t.csv", "utf-8")).startswith(
        f"{tmp_path}/t.csv, line {line}: the byte at position {position} is not utf-8; set data.encoding"
    )
