import csv
import hashlib
import os
import shlex
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hydra.core.override_parser.overrides_parser import OverridesParser
from nnzoo.errors import UserError
from nnzoo.files.tables import TableFile, TableOptions
from nnzoo.files.tables.stream import CheckedStream
from nnzoo.formatting import to_shell
from sklearn.datasets import load_diabetes, load_iris, load_wine

NAN = float("nan")


def table(tmp_path: Path, text: str | bytes, **options) -> TableFile:
    path = tmp_path / "t.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return TableFile(path, TableOptions(**options))


@pytest.mark.parametrize(
    ("text", "columns"),
    [
        ("a,b\n1,2\n3,4\n", {"a": [1, 3], "b": [2, 4]}),
        ("a,b\n1,2.5\n3,-4e3\n", {"a": [1, 3], "b": [2.5, -4000.0]}),
        ("sep=;\na;b\n1,5;2\n3;4\n", {"a": [1.5, 3.0], "b": [2, 4]}),
        ("\ufeffsep=,\r\na,b\r\n1,2\r\n3,4\r\n", {"a": [1, 3], "b": [2, 4]}),
        ("# made 2024\n\n#\na,b\n1,2\n3,4\n", {"a": [1, 3], "b": [2, 4]}),
        ("# made 2024\n1,2\n3,4\n", {"1": [1, 3], "2": [2, 4]}),
        ("# é, made\ra,b\r1,2\r3,4\r", {"a": [1, 3], "b": [2, 4]}),
        ("#,b\n1,2\n3,4\n", {"#": [1, 3], "b": [2, 4]}),
        ("# made\n#id;b\n1;2\n3;4\n", {"#id": [1, 3], "b": [2, 4]}),
        ("a,b\n1,2\n3,4", {"a": [1, 3], "b": [2, 4]}),
        ("\ufeffa,b\r\n1,2\r\n\r\n3,4\r\n\r\n", {"a": [1, 3], "b": [2, 4]}),
        ("a,b\r1,2\r3,4\r", {"a": [1, 3], "b": [2, 4]}),
        ("a,b\r1,2\r\r,4\r", {"a": [1.0, NAN], "b": [2, 4]}),
        ("a,b\n\n1,2\n   \n3,4\n", {"a": [1, 3], "b": [2, 4]}),
        ("a , b\n 1 , north\n3,  north \n", {"a": [1, 3], "b": ["north", "north"]}),
        ("a,b\n1,x\nNA,y\n", {"a": [1.0, NAN], "b": ["x", "y"]}),
        ("a,b\n1,x\n NA ,?\n,\n", {"a": [1.0, NAN, NAN], "b": ["x", NAN, NAN]}),
        ("a,b\n,1\nnull,2\n", {"a": [NAN, NAN], "b": [1, 2]}),
        ("a\n1\n\n2\n", {"a": [1, 2]}),
        ('a\n1\n""\n2\n', {"a": [1.0, NAN, 2.0]}),
        ("a,b\nTrue,FALSE\nfalse,TRUE\n", {"a": [True, False], "b": [False, True]}),
        ("a,b\nTrue,1\n,2\n", {"a": ["True", NAN], "b": [1, 2]}),
        ("a;b\n1,5;2\n3,25;NA\n", {"a": [1.5, 3.25], "b": [2.0, NAN]}),
        ("a;b\n1.234,5;2\n3,25;4\n", {"a": [1234.5, 3.25], "b": [2, 4]}),
        ('a,b\n"1,234,567",2\n5,4\n', {"a": [1234567, 5], "b": [2, 4]}),
        ("x\n12,5\n3\n", {"x": [12.5, 3.0]}),
        ("a b\n1   2\n  3 4  \n", {"a": [1, 3], "b": [2, 4]}),
        ('18.0   8\t"buick a"\n15.0   7\t"buick b"\n', {"1": [18.0, 15.0], "2": [8, 7], "3": ["buick a", "buick b"]}),
        ('a,b\n"x,1",1\n"y ""z""\nw",2\n', {"a": ["x,1", 'y "z"\nw'], "b": [1, 2]}),
        ('a,b\n5" pipe,1\n6" x,2\n', {"a": ['5" pipe', '6" x'], "b": [1, 2]}),
        ('"a\nb",c\n1,2\n', {"a\nb": [1], "c": [2]}),
        (",a\n0,5\n1,6\n", {"column 1": [0, 1], "a": [5, 6]}),
        ("a,,\n1,2,x\n3,4,y\n", {"a": [1, 3], "column 2": [2, 4], "column 3": ["x", "y"]}),
        ("a;b;\n1;2;\n3;4;\n", {"a": [1, 3], "b": [2, 4]}),
        ("a;b\n1;2;\n3;4;\n", {"a": [1, 3], "b": [2, 4]}),
        ("zip,x\n007,1\n112,2\n", {"zip": ["007", "112"], "x": [1, 2]}),
        ("zip,x\n10,1\n,20\n01,0\n", {"zip": ["10", NAN, "01"], "x": [1, 20, 0]}),
        ("zip;x\n007;0,5\n1,5;00,5\n", {"zip": [7.0, 1.5], "x": [0.5, 0.5]}),
        ("zip,x\n007,1\n-12,2\n", {"zip": [7, -12], "x": [1, 2]}),
        ("id,x\n9007199254740993,1\n5,2\n", {"id": [9007199254740993, 5], "x": [1, 2]}),
        ("a,b\n1e20,1\n5,2\n", {"a": [1e20, 5.0], "b": [1, 2]}),
        ("a,b\n0x1F,1\n0x20,2\n", {"a": ["0x1F", "0x20"], "b": [1, 2]}),
        ("a,b\n2020-01-01,1\n2020-01-02,2\n", {"a": ["2020-01-01", "2020-01-02"], "b": [1, 2]}),
        ("a;b\n01.02.2020;1,5\n02.02.2020;2,5\n", {"a": ["01.02.2020", "02.02.2020"], "b": [1.5, 2.5]}),
        ("a,b\n\u22121.5,2\n3,\u22124\n", {"a": [-1.5, 3.0], "b": [2, -4]}),
        ("a,b\nx,1\ny,1\n7,2\n", {"a": ["x", "y", "7"], "b": [1, 1, 2]}),
    ],
)
def test_read(tmp_path, text, columns):
    """Values and types: integers, floats, booleans, text."""
    frame = table(tmp_path, text).read()
    assert list(frame.columns) == list(columns)
    assert list(frame.index) == list(range(len(frame)))
    for name, values in columns.items():
        kind = {int: "i", float: "f", bool: "b"}.get(type(values[0]), "O")
        assert frame[name].dtype.kind in (kind, "U" if kind == "O" else kind), name
        assert len(frame[name]) == len(values)
        for found, value in zip(frame[name], values, strict=True):
            assert found == value or (pd.isna(found) and value is NAN)


@pytest.mark.parametrize(
    ("text", "options", "message"),
    [
        (
            "a,b\n1,x\nbad,x\n3,y\n",
            {},
            "line 3, column 'a': 'bad' is not a number, 2 of 3 cells are; data.missing_values=[bad] if it means a "
            "missing value; data.categorical=[a] if the column is text; data.drop=[a] leaves it out",
        ),
        ("a;b\n12;x\n1,5%;x\n3;y\n", {}, "line 3, column 'a': '1,5%' is not a number, 2 of 3"),
        (
            "a;b\n5%;x\n7%;y\n",
            {},
            "line 2, column 'a': '5%' is not a number, 0 of 2 cells are; remove the sign % in the file; "
            "data.drop=[a] leaves it out",
        ),
        ("a;b\n$5;x\n$7;y\n", {}, "line 2, column 'a': '$5' is not a number, 0 of 2 cells are; remove the sign $ in"),
        (
            "a b;b\n1'234;x\n7'000;y\n",
            {},
            r"0 of 2 cells are; data.thousands=\'\\\'\' if it separates thousands",
        ),
        (
            "a;b\n1\u2019234;x\n7;y\n",
            {},
            "1 of 2 cells are; \"data.thousands='\u2019'\" if it separates thousands; data.c",
        ),
        ("a;b\n1\u00a0234;x\n7\u202f000;y\n", {}, "0 of 2 cells are; \"data.thousands=' '\" if it separates thousands"),
        ("a;b\n12abc;x\n3;y\n4;y\n", {}, "'12abc' is not a number, 2 of 3 cells are; data.categorical=[a] if the"),
        (
            '"x, y";b\n--;x\n3;y\n4;y\n',
            {},
            """2 of 3 cells are; \"data.missing_values=['--']\" if it means a missing value""",
        ),
        (
            "a;b\n12,5;x\n7,5;y\n",
            {"decimal": "."},
            "\"data.decimal=','\" or \"data.thousands=','\" if the comma is part of the number",
        ),
        ('a,b\n"1,23",x\n"1,234",y\n', {"thousands": ","}, "line 2, column 'a': '1,23' is not a number, 1 of 2"),
        ("a,b\nTrue,x\n1,x\n", {"header": True}, "line 2, column 'a': 'True' is not a number, 1 of 2"),
        ("a,b\n1,2\ninf,3\n5,1\n", {}, "line 3, column 'a': 'inf' is not a finite number"),
        ("a,b\n1,2\n-Infinity,3\n" + "5,1\n" * 3, {"header": True}, "'-Infinity' is not a finite number"),
        ("a,b\n1,2\n1e400,3\n", {}, "line 3, column 'a': '1e400' is not a finite number"),
        ("a,b\n,2\n-1e400,3\n5,1\n", {}, "line 3, column 'a': '-1e400' is not a finite number"),
        ("a,b\n1,2\n12345678901234567,3\n,4\n", {}, "line 3, column 'a': '12345678901234567' has more digits"),
        (
            "a,b\n,2\n9007199254740992,3\n-12345678901234567,4\n",  # 2^53 is exact
            {},
            "line 4, column 'a': '-12345678901234567' has more digits",
        ),
        ("a,b\n1,2\n123456789012345678901,3\n", {}, "'123456789012345678901' has more digits"),
        ("a,b,a\n1,2,3\n", {}, "t.csv: columns 1 and 3 are both called 'a'; rename one"),
        (
            "a;b;\n" + "1;2;\n" * 300 + "3;4;5\n",
            {},
            "line 302: 3 cells instead of 2",
        ),
        ("a,b\n" + "1,2\n" * 300 + "3\n1,2\n", {}, "line 302: 1 cell instead of 2 as in line 1"),
        ("a,b\n" + "1,2\n" * 300 + "3,4,5\n1\n", {}, "line 302: 3 cells instead of 2 as in line 1"),
        ("a b\n" + "1 2\n" * 300 + "3\n1 2\n", {}, "line 302: 1 cell instead of 2 as in line 1"),
        ('a,b\n"1","x\ny"\n' + '1,"2"\n' * 300 + "3,4,5\n1\n", {}, "line 304: 3 cells instead of 2 as in line 1"),
        (
            "a,b\n" + "1,2\n" * 300 + '3,"4\n5,6\n',
            {},
            "line 302: a cell begins with a quotation mark that is not closed",
        ),
        (b"a,b\n" + b"1,2\n" * 300 + b"3,\xe9\n", {}, "line 302: the byte at position 1206 is not utf-8"),
        (b"a,b\n" + b"1,2\n" * 300 + b"3,\xc3", {}, "line 302: the byte at position 1206 is not utf-8"),
        (b"a,b\n" + b"1,2\n" * 300 + b"3,\x00\n", {}, "line 302 has a NUL character"),
        ("x\n" + "1\n" * 300 + '"2\n3\n', {}, "line 302: a cell begins with a quotation mark that is not closed"),
    ],
)
def test_invalid_tables_are_refused(tmp_path, text, options, message):
    with pytest.raises(UserError) as error:
        table(tmp_path, text, **options).read()
    assert message in str(error.value)
    assert str(tmp_path / "t.csv") in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("cells", "thousands"),
    [
        ("1'234;7'000.5", "'"),
        ("1\u2019234;7\u2019000.5", "\u2019"),
        ("1\u00a0234;7\u202f000.5", " "),
        ("1 234;7 000.5", " "),
    ],
)
def test_thousands_option(tmp_path, cells, thousands):
    """A blank also matches no-break blanks."""
    found = table(tmp_path, f"a;b\n{cells}\n", thousands=thousands).read()
    assert found.to_numpy().tolist() == [[1234, 7000.5]]


@pytest.mark.parametrize(
    "value", ["bad", ",", ".", "'", " ", "my col", 'a"b', "größe", "1.20", "null", "a\\b", "a\\", 'a\\"b', "it's"]
)
def test_suggested_settings_can_be_typed_in_a_shell(value):
    """The shell and Hydra parse the intended value."""
    for in_list in (False, True):
        (word,) = shlex.split(to_shell("data.drop", [value] if in_list else value))
        found = OverridesParser.create().parse_override(word).value()
        assert found == ([value] if in_list else value)


@pytest.mark.parametrize(("top", "skip_rows"), [("Report 2024\n\n", 2), ("sep=,\n# x\n", None), ('"x\n', 1)])
def test_lines_above_a_table_are_skipped(tmp_path, top, skip_rows):
    """Line numbers in messages count the skipped lines."""
    text = top + "a,b\n" + "1,2\n" * 300
    file = table(tmp_path, text, skip_rows=skip_rows)
    frame = file.read()
    assert (frame.shape, frame["a"].sum()) == ((300, 2), 300)
    above = top.count("\n")
    assert (file.line(0), file.cell(299, "b")) == (above + 2, "2")
    with pytest.raises(UserError, match=f"line {above + 302}: 1 cell instead of 2 as in line {above + 1}"):
        table(tmp_path, text + "3\n", skip_rows=skip_rows).read()
    with pytest.raises(UserError, match=f"line {above + 302}, column 'a': 'x' is not a number"):
        table(tmp_path, text + "x,1\n", skip_rows=skip_rows).read()


def frames():
    for load in (load_iris, load_wine, load_diabetes):
        found = load(as_frame=True)
        frame = found.frame.rename(columns={"target": "class"})
        if load is not load_diabetes:
            frame["class"] = frame["class"].map(dict(enumerate(map(str, found.target_names))))
        yield pytest.param(frame, id=load.__name__)


FORMS = {
    "plain": {"index": False},
    "german": {"index": False, "sep": ";", "decimal": ","},
    "tabs": {"index": False, "sep": "\t"},
    "bars": {"index": False, "sep": "|"},
    "blanks": {"index": False, "sep": " "},
    "quoted": {"index": False, "quoting": csv.QUOTE_ALL},
    "quoted decimal commas": {"index": False, "quoting": csv.QUOTE_ALL, "decimal": ","},
    "windows": {"index": False, "lineterminator": "\r\n"},
    "mac": {"index": False, "lineterminator": "\r"},
    "utf-16": {"index": False, "encoding": "utf-16"},
    "bom": {"index": False, "encoding": "utf-8-sig"},
    "trailing": {"index": False, "sep": ";", "lineterminator": ";\n"},
    "index": {},
    "no header": {"index": False, "header": False},
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("frame", list(frames()))
def test_tables_of_scikit_learn_round_trip_in_common_formats(tmp_path, frame, form):
    """Tables are read at once and in pieces; the index is a column without a name."""
    path = tmp_path / "t.csv"
    if form == "no header":
        frame = frame.set_axis([str(number + 1) for number in range(frame.shape[1])], axis=1)
    frame.to_csv(path, **FORMS[form])
    file = TableFile(path)
    found = file.read()
    if form == "index":
        assert file.names[0] == ""
        assert found.pop("column 1").tolist() == list(range(len(frame)))
    pd.testing.assert_frame_equal(found, frame, check_dtype=False, rtol=1e-15, atol=0)
    text = [name for name in frame if frame[name].dtype.kind not in "fi"]
    pieces = list(file.chunks(40, text=text, columns=list(frame)))
    assert [len(piece) for piece in pieces[:-1]] == [40] * (len(pieces) - 1)
    pd.testing.assert_frame_equal(pd.concat(pieces), frame, check_dtype=False, rtol=1e-15, atol=0)
    assert file.cell(7, frame.columns[0]).replace(",", ".") == str(frame.iloc[7, 0])


def test_text_columns_keep_the_text_of_the_file(tmp_path):
    file = table(tmp_path, "code,x,y\n01,1,5\n 007 ,2,NA\nNA,3,4\n")
    frame = file.read(text=["code"], columns=["y", "code"])
    assert list(frame.columns) == ["code", "y"]
    assert frame["code"].tolist()[:2] == ["01", "007"]
    assert pd.isna(frame["code"][2])
    piece = next(file.chunks(10, text=["code"], columns=["code"]))
    assert piece["code"].tolist()[:2] == ["01", "007"]


def test_no_columns_are_refused(tmp_path):
    with pytest.raises(UserError, match="no column is left"):
        table(tmp_path, "a,b\n1,2\n").read(columns=[])


def test_unknown_column_is_refused(tmp_path):
    with pytest.raises(UserError, match="unknown column 'cod'; did you mean 'code'"):
        table(tmp_path, "code,x\n1,2\n").read(text=["cod"])


def test_missing_values_option(tmp_path):
    """They replace the default ones, but an empty cell is always missing."""
    frame = table(tmp_path, "a,b\n1,None\n-999,x\n,unknown\n", missing_values=("-999", "unknown")).read()
    assert frame["a"].isna().tolist() == [False, True, True]
    assert frame["b"].tolist()[:2] == ["None", "x"]
    assert pd.isna(frame["b"][2])


@pytest.mark.parametrize("last", ["x", "NA ", "2.5", "1e400", "1234567890123456789"])
def test_type_of_a_column_depends_on_all_cells(tmp_path, last):
    """pandas infers a type for each piece that it reads."""
    text = "a,b\n" + "7,1\n" * 20_000 + f"{last},2\n"
    file = table(tmp_path, text)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        if last in ("x", "1e400"):
            with pytest.raises(UserError, match=rf"line 20002, column 'a': '{last}' is not a .*number"):
                file.read()
            with pytest.raises(UserError, match=rf"line 20002, column 'a': '{last}' is not a .*number"):
                list(file.chunks(3000))
            return
        column = file.read()["a"]
    assert column[0] == 7
    assert len(column) == 20_001
    if last == "NA ":
        assert pd.isna(column[20_000])
    else:
        assert column[20_000] == float(last)
        assert column.dtype == (np.int64 if last.isdigit() else np.float64)


def test_text_after_numbers_keeps_the_text_of_the_file(tmp_path):
    """pandas reads 007 in the first pieces as 7."""
    text = "a,b\n" + "007,1\n" * 9_000 + "x,2\n" * 20_000
    assert table(tmp_path, text).read()["a"].value_counts().to_dict() == {"007": 9_000, "x": 20_000}


def test_chunks_are_float64(tmp_path):
    """Integers, missing cells, thousands and booleans are float64 in all pieces."""
    text = "a;b;c\n1;True;1,000.5\n2;false;2\nNA;;?\nNA;;3\n5;TRUE;4\n"
    pieces = list(table(tmp_path, text).chunks(2))
    assert all((piece.dtypes == np.float64).all() for piece in pieces)
    np.testing.assert_array_equal(
        pd.concat(pieces), [[1, 1, 1000.5], [2, 0, 2], [NAN, NAN, NAN], [NAN, NAN, 3], [5, 1, 4]]
    )
    assert [piece.index.tolist() for piece in pieces] == [[0, 1], [2, 3], [4]]


def test_chunks_refuse_text_with_its_line(tmp_path):
    file = table(tmp_path, "a,b\n1,2\n\n3,4\nx,5\n")
    pieces = file.chunks(1)
    assert [next(pieces)["a"].item(), next(pieces)["a"].item()] == [1, 3]
    with pytest.raises(UserError, match=r"line 5, column 'a': 'x' is not a number; data.missing_values=\[x\]"):
        next(pieces)


@pytest.mark.parametrize(
    ("cell", "message"), [("1e400", "is not a finite number"), ("12345678901234567", "has more digits than a float")]
)
def test_chunks_refuse_numbers_that_are_no_floats_with_their_line(tmp_path, cell, message):
    pieces = table(tmp_path, f"a,b\n,2\n0.5,4\n,3\n{cell},4\n5,6\n").chunks(2)
    assert next(pieces)["b"].tolist() == [2, 4]
    with pytest.raises(UserError, match=rf"line 5, column 'a': '{cell}' {message}"):
        next(pieces)


def test_line_of_a_row(tmp_path):
    """With blank lines and line ends in cells."""
    file = table(tmp_path, 'a,"b\nc"\n\n1,"x\ny"\n2,z\n  \n3,w\n')
    assert [file.line(row) for row in range(3)] == [4, 6, 8]
    assert [file.cell(row, "b\nc") for row in range(3)] == ["x\ny", "z", "w"]
    assert table(tmp_path, "1,2\n\n3,4\n").line(1) == 3


@pytest.mark.parametrize("again", ["a,b\n1,2\n3,4\n5,6\n", "a,b\n1,2\n3,5\n"])
def test_file_that_changes_while_it_is_read_is_refused(tmp_path, again):
    file = table(tmp_path, "a,b\n1,2\n3,4\n")
    file.path.write_text(again)
    os.utime(file.path, ns=(0, 0))
    with pytest.raises(UserError, match="changed while it was read"):
        file.read()
    with pytest.raises(UserError, match="changed while it was read"):
        list(file.chunks(1))


@pytest.mark.parametrize(
    "content",
    [
        b"\xef\xbb\xbfa,b\r\n1,2\r\n3,4\r\n",
        "# above\na;b\n1;x\n2;y".encode("utf-16"),
        b"a,b\n" + b"1,2\n" * 9000 + b"1,x\n" * 30000,  # b is read twice
    ],
)
def test_checksum_of_the_whole_file(tmp_path, content):
    path = tmp_path / "a.csv"
    path.write_bytes(content)
    file = TableFile(path, TableOptions())
    file.read(columns=["b"])
    assert file.digest == hashlib.sha256(content).hexdigest()


def test_other_encodings(tmp_path):
    """Blocks of UTF-16 and of Latin-1 grow when they become UTF-8."""
    words = ["Ünïçödé", "日本語", "x"]
    text = "a,b\n" + "".join(f"{i},{words[i % 3]}\n" for i in range(60_000))
    frame = table(tmp_path, text.encode("utf-16")).read()
    assert frame["b"].tolist() == [words[i % 3] for i in range(60_000)]
    text = "a,b\n" + "".join(f"{i},{'äöü' * 9}\n" for i in range(30_000))
    frame = table(tmp_path, text.encode("latin-1"), encoding="latin-1").read()
    assert frame["a"].tolist() == list(range(30_000))
    assert set(frame["b"]) == {"äöü" * 9}


def test_integers_that_float64_cannot_represent_are_refused(tmp_path):
    """They are read in a column of integers, and refused if another cell makes the column float64."""
    text = "id,x\n9007199254740993,1\n" + "5,2\n" * 40_000
    assert table(tmp_path, text).read()["id"][0] == 9007199254740993
    with pytest.raises(UserError, match="line 2, column 'id': '9007199254740993' has more digits"):
        table(tmp_path, text + "0.5,3\n").read()


@pytest.mark.parametrize("separator", [",", " "])
def test_records_are_counted_across_blocks(tmp_path, separator):
    """A record after half a million bytes is too short and the next too long, so that the total number is right."""
    row = separator.join(["1.25", '"a b, c"', "3"]) + "\n"
    head = separator.join("abc") + "\n"
    path = tmp_path / "t.csv"
    path.write_text(head + row * 40_000)
    assert len(TableFile(path, TableOptions(separator=separator)).read()) == 40_000
    short, long = separator.join(["1", "2"]) + "\n", separator.join(["1", "2", "3", "4"]) + "\n"
    path.write_text(head + row * 40_000 + short + long + row * 3)
    with pytest.raises(UserError, match="line 40002: 2 cells instead of 3"):
        TableFile(path, TableOptions(separator=separator)).read()


def test_blank_lines_are_not_read_twice(tmp_path, monkeypatch):
    """They are not counted as records with one cell."""
    monkeypatch.setattr(CheckedStream, "check_records", lambda self: pytest.fail("the records were read again"))
    for end in ("\n", "\r\n", "\r"):
        text = end.join(["", "a,b", "", "1,2", "  ", "3,4", "", "", ""])
        assert table(tmp_path, text).read().to_numpy().tolist() == [[1, 2], [3, 4]]
    assert len(table(tmp_path, "a,b\n" + "1.234,2\n\n" * 60_000).read()) == 60_000


def test_wide_records(tmp_path):
    """Records may have more than 256 cells."""
    width = 700
    head = ",".join(f"x{i}" for i in range(width)) + "\n"
    row = ",".join(["5"] * width) + "\n"
    path = tmp_path / "t.csv"
    path.write_text(head + row * 400)
    assert TableFile(path).read().shape == (400, width)
    path.write_text(head + row * 400 + ",".join(["5"] * (width - 256)) + "\n")
    with pytest.raises(UserError, match="line 402: 444 cells instead of 700"):
        TableFile(path).read()
