"""Comments and titles above a table."""

from pathlib import Path

import pytest
from nnzoo.files.tables.above import count_skipped_lines, title_error
from nnzoo.files.tables.records import Record
from nnzoo.files.tables.text import Sample

PATH = Path("t.csv")


@pytest.mark.parametrize(
    ("above", "separator", "first", "skipped"),
    [
        ("# made|#id,b", ",", "1 x", 1),  # names above a row with a number
        ("#id,b|# made, today", ",", "1 2", 1),  # only the last line can hold the names
        ("#id,b,c", ",", "1 2", 1),
        ("#id,b", ",", "x y", 1),
        ("# made|#1,2|# 5", ",", "3 4", 1),  # a row
        ("#1,2|# 5", ",", "y z", 0),
        ("#1 2|#a b c", " ", "3 4", 2),  # words
        ("#a b", " ", "3 4", 0),
        ("sep=,|#a,b", ",", "3 4", 1),
        ("sep=,|# made", ",", "3 4", 2),
        ("#1|#2", ",", "3", 2),
        ('#1,"2', ",", "3 4", 1),  # not a record
        ("", ",", "3 4", 0),
    ],
)
def test_lines_above_a_table(above: str, separator: str, first: str, skipped: int) -> None:
    lines = [f"{line}\n" for line in above.split("|") if line]
    sample = Sample(lines=[*lines, "...\n"], complete=False, encoding="utf-8", skip=len(lines))
    assert count_skipped_lines(PATH, sample, separator, first.split()) == skipped


@pytest.mark.parametrize(
    ("rows", "begin"),
    [
        ("Report|a b|1 2", 3),
        ("Report|1 2|3 4", 3),
        ("Report 2024|a b c|1 2 3", 3),
        ("Report 2024|1 2 3|4 5 6", None),  # of several cells above numbers: a short row
        ("Report|of 2024|a b c|1 2 3|4 5 6", 4),
        ("Report|a b|1|1 2", None),  # the rows have different widths
        ("Report|a b|x|c d|e f", None),
        ("Report 2024|a 1 c|1 2 3", None),
        ("x|y|z", None),
        ("Report 2024|x|1 2 3|4 5 6", None),
        ("a b|1 2|3 4", None),
        ("a b c|1 2|3 4", None),
        ("Report|a b", None),
        ("|".join(["x"] * 19 + ["1 2"] * 3), 21),
        ("|".join(["x"] * 20 + ["1 2"] * 3), None),  # too many lines for a title
    ],
)
def test_titles(rows: str, begin: int | None) -> None:
    found = title_error(PATH, [Record(line, row.split()) for line, row in enumerate(rows.split("|"), 2)])
    if begin is None:
        assert found is None
        return
    title = ", ".join(rows.split("|")[0].split())
    assert str(found) == (
        f"t.csv, line 2: '{title}' stands above the table, which begins in line {begin}; "
        f"data.skip_rows={begin - 1} skips such lines"
    )
