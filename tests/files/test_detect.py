from pathlib import Path

import pytest
from nnzoo.errors import UserError
from nnzoo.files.tables import TableOptions
from nnzoo.files.tables.detect import detect


def find(tmp_path: Path, text: str | bytes, **options):
    path = tmp_path / "t.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return detect(path, TableOptions(**options))


IRIS = "5.1,3.5,Iris-setosa\n4.9,3.0,Iris-setosa\n7.0,3.2,Iris-versicolor\n6.4,3.2,Iris-versicolor\n"


@pytest.mark.parametrize(
    ("text", "separator"),
    [
        ("a,b\n1,2\n", ","),
        ("a;b\n1;2\n", ";"),
        ("a\tb\n1\t2\n", "\t"),
        ("a|b\n1|2\n", "|"),
        ("a b\n1   2\n  3 4  \n", " "),
        ('18.0   8\t"chevrolet malibu"\n15.0   8\t"buick"\n', " "),
        ("a;b\n1,5;2,5\n", ";"),
        ("1,5\t2,5\n2,5\t3,5\n", "\t"),
        ('name,x\n"Smith; John",1\n"Doe; Jane",2\n', ","),
        ('name,x\n"Smith, John",1\n"Doe, Jane",2\n', ","),
        ("name;x\nSmith, John;1\nDoe, Jane;2\n", ";"),
        ("value\n1\n2\n", ""),
        ("title\nOne word\nTwo more words, and one\nx\n", ""),
        ("full name\nAnna Berg\nCarl Dahl\n", ""),
        ("date time,x\n2020-01-01 00:00:00,1\n2020-01-01 01:00:00,2\n", ","),
        ("value\n12,5\n3,25\n", ""),
        ("20,05\n3\n4,5\n", ""),
        ("a,b\n12,5\n3,25\n", ","),
    ],
)
def test_separator(tmp_path, text, separator):
    assert find(tmp_path, text).format.separator == separator


@pytest.mark.parametrize(
    ("text", "decimal", "thousands"),
    [
        ("a;b\n1.5;2\n", ".", None),
        ("a;b\n12,5;2\n", ",", None),
        ("a;b\n0,125;2\n", ",", None),  # a group of thousands does not begin with 0
        ("a;b\n1.234,56;2\n", ",", "."),
        ("a;b\n1,234.56;2\n", ".", ","),
        ("a;b\n1,234,567;2\n", ".", ","),
        ("a;b\n1.234.567;2\n", ",", "."),
        ("a;b\n1,234;2,5\n", ",", None),  # a file has one decimal mark, and 2,5 shows it
        ("a;b\n1,234;2.5\n", ".", ","),
        ("a;b\n1.234;2.567\n", ".", None),
        ("a;b\n1.234;2\n1.250;3\n", ".", None),  # with three decimals throughout
        ("a;b\n1.234;2\n850;0.5\n", ".", None),
        ("a;b\n0.123;2\n850;1\n1.250;1\n", ".", None),
        ("a;b\n1.234;2\n850;2,5\n", ",", "."),
        ("a,b\n1.234,2\n850,1\n", ".", None),
        ("a;b\n1,2,3;2.5\n", ".", None),  # text
        ('a,b\n"12,5",x\n', ",", None),
        ('a,b\n"1,234.5",x\n', ".", ","),
        ("a;v\n1;1.2.3\n2;1.2.4\n", ".", None),
    ],
)
def test_decimal_and_thousands(tmp_path, text, decimal, thousands):
    found = find(tmp_path, text).format
    assert (found.decimal, found.thousands) == (decimal, thousands)


GERMAN = TableOptions(separator=";", decimal=",", thousands=".")
ENGLISH = TableOptions(separator=",", decimal=".", thousands=",")


@pytest.mark.parametrize(
    ("text", "otherwise", "decimal", "thousands"),
    [
        ("a;b\n1.234;2\n", GERMAN, ",", "."),
        ("a;b\n1.234;2\n850;2\n", GERMAN, ",", "."),
        ("a;b\n1,234;2\n", GERMAN, ",", "."),
        ("a;b\n1.234;0.5\n", GERMAN, ".", None),  # the table itself has priority
        ("a;b\n12;2\n", GERMAN, ",", "."),
        ('a,b\n"1,234",2\n', ENGLISH, ".", ","),
        ("a;b\n1.234;2\n850;2\n", ENGLISH, ".", ","),
        ('a,b\n"12,5",2\n', ENGLISH, ",", None),
        ("a;b\n1.234;2\n850;2\n", TableOptions(decimal="."), ".", None),
    ],
)
def test_decimal_mark_defaults_to_that_of_another_table(tmp_path, text, otherwise, decimal, thousands):
    path = tmp_path / "t.csv"
    path.write_text(text)
    found = detect(path, TableOptions(), otherwise).format
    assert (found.decimal, found.thousands) == (decimal, thousands)
    assert detect(path, TableOptions(decimal="."), otherwise).format.decimal == "."


def test_separator_and_header_default_to_those_of_another_table(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("a;b|c\n1;2|3\n")
    for mark in ";|":
        assert detect(path, TableOptions(), TableOptions(separator=mark)).format.separator == mark
    path.write_text("0,1,2\n5,3,9\n1,8,2\n")
    for header in (False, True):
        assert detect(path, TableOptions(), TableOptions(header=header)).format.header is header


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("a;b\n1.234,5;2\n", GERMAN),
        ('a,b\n"1,234.5",2\n', ENGLISH),
        ("a;b\n12;2\n", TableOptions(separator=";")),
        ("a;b\n1.234;2\n", TableOptions(separator=";", decimal=".")),
        ("a\n12,5\n", TableOptions(decimal=",")),
    ],
)
def test_written_holds_the_certain_options(tmp_path, text, written):
    assert find(tmp_path, text).written == written


@pytest.mark.parametrize(
    ("text", "header"),
    [
        ("a,b\n1,2\n3,4\n", True),
        ("1,2\n3,4\n", False),
        ("1.5,1,14\n2.5,3,2\n", False),
        (IRIS, False),
        ("sepal,petal,name\n" + IRIS, True),
        (",0,1,2\n0,5,3,9\n1,1,8,2\n", True),  # pandas' index and its numbered columns
        (",400.5,401.0\nr1,5,3\nr2,1,8\n", True),
        ("400.5,401.0,class\n1.5,1.2,a\n1.3,1.4,a\n2.3,1.4,b\n1,2,b\n", True),
        ("country,1990,1991,1992,1993\nA,5,9,7,1\nB,1,4,2,2\n", True),
        ("0,1\na,b\nc,b\n", True),  # numbers above text
        ("name,town\nAnn,Rome\nBob,Oslo\n", True),
        ("Ann,Rome\nBob,Oslo\nCarl,Rome\n", False),
        ("2020-01-01;5\n2020-01-02;6\n", False),
        ("2020-01-01;sunny\n2020-01-02;dry\n2020-01-03;wet\n", False),
        ("date;weather\n2020-01-01;sunny\n2020-01-02;dry\n", True),
        ("a b\n1 2\n", True),
        ("x\n1\nmissing\n3\n", True),  # text above mostly numbers
        ("5.1,unknown,1.4\n4.9,3.0,1.4\n7.0,unknown,1.3\n", False),
        ("a,b\nNA,x\n?,y\n3,x\n", True),
        ("5.1\n", False),
        ("3,?,5\n1,2,3\n", False),
    ],
)
def test_header(tmp_path, text, header):
    assert find(tmp_path, text).format.header is header


def test_names_of_the_columns(tmp_path):
    """Names have no surrounding blanks, also without a header and in tables of R with row names."""
    assert find(tmp_path, "a , b,\n1,2,3\n4,5,6\n").names == ("a", "b", "")
    assert find(tmp_path, "\ufeffa,b\n1,2\n").names == ("a", "b")
    assert find(tmp_path, "1,2\n3,4\n").names == ("1", "2")
    assert find(tmp_path, '"x" "y"\n"r1" 1 2\n"r2" 3 4\n').names == ("", "x", "y")
    assert find(tmp_path, '"x" "y"\n"1" 1 2\n"2" 3 4\n').names == ("", "x", "y")


def test_trailing_separator(tmp_path):
    for text in ("a;b;\n1;2;\n", "a;b\n1;2;\n3;4;\n", "1;2;\n3;4;\n"):
        found = find(tmp_path, text)
        assert (len(found.names), found.trailing) == (2, True)


@pytest.mark.parametrize(
    ("text", "ambiguous"),
    [
        ("20,10\n21,11\n", True),
        ("20,10\n21,-11\n", False),
        ("20,1.5\n21,2\n", False),
        ("a,b\n20,10\n", False),
        ("20,10,1\n21,11,1\n", False),
        ("20;10\n21;11\n", False),
    ],
)
def test_two_integers_or_one_number_with_a_decimal_comma(tmp_path, text, ambiguous):
    assert find(tmp_path, text).format.ambiguous_decimal is ambiguous
    assert not find(tmp_path, text, separator=",").format.ambiguous_decimal
    assert not find(tmp_path, text, decimal=".").format.ambiguous_decimal


def test_options_override_detection(tmp_path):
    assert find(tmp_path, "20,10\n21,11\n", decimal=",").format.separator == ""
    assert find(tmp_path, "0,1,2\n5,3,9\n", header=True).names == ("0", "1", "2")
    assert find(tmp_path, "a,b\n1,2\n", header=False).names == ("1", "2")
    assert find(tmp_path, "a,b\tc\n1,2\t3\n", separator="tab").format.separator == "\t"
    assert find(tmp_path, "a;b\n1,234;2\n", thousands=",").format.decimal == "."
    assert find(tmp_path, "a;b\n1,234;2\n", decimal=",").format.thousands is None
    assert find(tmp_path, "a;b\n1'234.5;2\n", thousands="'").format.thousands == "'"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "t.csv is empty"),
        ("\n \n", "t.csv is empty"),
        ("\ufeff", "t.csv is empty"),
        ("a,b\n", "t.csv has a header and no rows"),
        (
            "0,1,2\n5,3,9\n1,8,2\n",
            "line 1: '0, 1, 2' can be the names of the columns or the first row; data.header=true",
        ),
        ("400,410,420\n0.5,0.3,0.9\n", "line 1: '400, 410, 420' can be the names of the columns"),
        ("\n5.1,oops,1.4\n4.9,3.0,1.4\n", "line 2: '5.1, oops, 1.4' can be the names"),
        ("t,1,5\n3,10,4\n7,12,6\n", "line 1: 't, 1, 5' can be the names"),  # 5 lies within its column
        ("5.1,3.5,setosa\n", "line 1: '5.1, 3.5, setosa' can be the names"),
        ("5.1,3.5,rare\n4.9,3.0,a\n5.9,3.0,a\n4.9,2.0,b\n5.9,2.0,b\n", "line 1: '5.1, 3.5, rare' can be the names"),
        ("a;b|c\n1;2|3\n", "line 1: semicolons or vertical bars can separate the columns; data.separator decides"),
        ("1,2,a|b\n3,4,c|d\n", "line 1: vertical bars or commas can separate the columns; data.separator decides"),
        ("a;b\n1,234;2\n", "line 2: '1,234' can be 1.234 or 1234; \"data.decimal=','\" or \"data.thousands=','\" "),
        (
            "a;b\nx;17.027\ny;850\nz;5.468\n",
            "line 2: '17.027' can be 17.027 or 17027; data.decimal=. or data.thousands=. decides",
        ),
        ("a\tb\nx\t850\ny\t-5.468\n", "line 3: '-5.468' can be -5.468 or -5468"),
        ("b\n850\n5.468\n", "line 3: '5.468' can be 5.468 or 5468"),
        ('a,b\n"1,234",2\n', "line 2: '1,234' can be 1.234 or 1234"),
        ("a;b\n1,5;2\n3;2.5\n", "'1,5' in line 2 has a decimal comma, '2.5' in line 3 a decimal point; \"data.dec"),
        (
            "Report\n\na,b,y\n1,2,3\n3,4,5\n",
            "line 1: 'Report' stands above the table, which begins in line 3; data.skip_rows=2 skips such lines",
        ),
        ("Sales, 2024\na,b,y\n1,2,3\n3,4,5\n", "line 1: 'Sales, 2024' stands above the table, which begins in line 2"),
        ("Umsatz\nStand\na;b\n1,5;2,5\n1,5;2,5\n", "line 1: 'Umsatz' stands above the table, which begins in line 3"),
        ("#ff0000,2\n#00ff00,4\n000000,5\n", "line 1: '#ff0000, 2' can be the names of the columns or the first row"),
        ("# made\n# 2024\n", "t.csv is empty below line 2"),
        ("a,b,c\n1,2,3\n\n4,5\n", "line 4: 2 cells instead of 3 as in line 1"),
        ("a,b,c\n1,2,3,4\n5,6,7,8\n", "line 2: 4 cells instead of 3 as in line 1"),
        ('a,b\n1,x\n"2,y\n3,z\n', "line 3: a cell begins with a quotation mark that is not closed"),
        (b"a,b\n1,2\n3,\xe9\n", "line 3: the byte at position 10 is not utf-8; set data.encoding to the"),
        (b"a,b\n1,2\n3,\x00\n", "line 3 has a NUL character"),
        ("a,b\n1,2\n".encode("utf-16-le"), "line 1 has a NUL character"),
        (b"PK\x03\x04\x14\x00", "t.csv is an archive or an Excel workbook, not text; save the sheet as CSV"),
        (b"\x93NUMPY\x01\x00v\x00{'descr'", "t.csv is a NumPy array, not text; save it as CSV"),
        (b"\x1f\x8b\x08\x00", "t.csv is compressed; unpack it first"),
        ("a,b\n1," + "x" * 200_000 + "\n", "line 2: a cell has more than 131072 characters"),
    ],
)
def test_unreadable_and_ambiguous_tables_are_refused(tmp_path, text, message):
    with pytest.raises(UserError) as error:
        find(tmp_path, text)
    assert message in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"separator": ";;"}, "data.separator=';;' must be one character"),
        ({"skip_rows": -1}, "data.skip_rows=-1 must be a number of lines, 0 or more"),
        ({"separator": "x"}, "data.separator='x' must be one character"),
        ({"decimal": ";"}, "data.decimal=';' must be . or ,"),
        ({"thousands": "12"}, "data.thousands='12' must be one character"),
        ({"thousands": ",", "decimal": ","}, "data.thousands and data.decimal are both ','"),
    ],
)
def test_invalid_options_are_refused(options, message):
    with pytest.raises(UserError, match="data") as error:
        TableOptions(**options)
    assert message in str(error.value)


def test_unknown_encoding_is_refused(tmp_path):
    with pytest.raises(UserError, match="encoding=nonsense is unknown"):
        find(tmp_path, "a,b\n1,2\n", encoding="nonsense")


def test_only_the_first_lines_are_read(tmp_path):
    """The sample may end inside quotation marks."""
    found = find(tmp_path, "a,b\n" + "1,2\n" * 248 + '3,"x\ny"\n' + "1,2\n" * 1000)
    assert len(found.rows) == 248
    assert found.row_size == pytest.approx(4, rel=0.1)
