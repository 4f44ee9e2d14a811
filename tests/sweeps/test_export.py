"""The table of a sweep for other programs: the number of rows, and a sweep without trials."""

import json

import pytest
from nnzoo.errors import UserError
from nnzoo.sweeps.directory import SweepDirectory
from nnzoo.sweeps.export import as_value, export_table, main_columns


@pytest.fixture
def sweep(tmp_path):
    """Return the directory of a sweep that has only the head of its table."""
    directory = SweepDirectory(tmp_path)
    directory.write_record({"metric": "val/acc"})
    directory.table.write_text("trial,lr,status,n,val/acc,message,runs\n")
    return tmp_path


def test_table_without_trials(sweep):
    assert export_table(sweep, "text").split() == ["trial", "lr", "n", "status"]
    assert export_table(sweep, "csv") == "trial,lr,status,n,val/acc,message,runs"
    assert export_table(sweep, "json") == "[]"
    with pytest.raises(UserError, match=r"^unknown column 'foo'; one of: lr, "):
        export_table(sweep, "text", columns=["foo"])


@pytest.mark.parametrize("top", [0, -1])
def test_number_of_rows_is_positive(sweep, top):
    with pytest.raises(UserError, match=f"^top is {top}; it must be at least 1$"):
        export_table(sweep, "text", top=top)


@pytest.fixture
def filled(tmp_path):
    """Return the directory of a sweep with two trials, of which the second has failed."""
    directory = SweepDirectory(tmp_path)
    directory.write_record({"metric": "val/acc"})
    head = "trial,lr,unit,status,n,val/best/acc,val/best/acc_sd,val/last/acc,test/best/acc,message"
    rows = ["1,0.1,a_b,done,2,0.912345,0.0123456,0.8,0.9,", '0,0.01,"x|y, ""z""",failed,0,,,,,"no, luck"']
    directory.table.write_text("\n".join([head, *rows]) + "\n")
    return tmp_path


def test_text_has_means_and_deviations(filled):
    lines = export_table(filled, "text").splitlines()
    assert lines[0].split() == ["trial", "lr", "unit", "n", "val/best/acc", "test/best/acc", "status"]
    assert lines[1].split() == ["1", "0.1", "a_b", "2", "0.9123", "±", "0.012", "0.9", "done"]
    assert len(export_table(filled, "text", top=1).splitlines()) == 2


def test_csv_and_json_have_all_digits(filled):
    assert export_table(filled, "csv", top=1).splitlines()[1] == "1,0.1,a_b,done,2,0.912345,0.0123456,0.8,0.9,"
    assert export_table(filled, "csv", columns=["unit", "message", "n"]).splitlines() == [
        "unit,message,n",
        "a_b,,2",
        '"x|y, ""z""","no, luck",0',
    ]
    assert json.loads(export_table(filled, "json", columns=["trial", "val/best/acc", "message"])) == [
        {"trial": 1, "val/best/acc": 0.912345, "message": None},
        {"trial": 0, "val/best/acc": None, "message": "no, luck"},
    ]
    assert "message" in json.loads(export_table(filled, "json"))[0]


def test_markdown(filled):
    assert export_table(filled, "markdown", columns=["trial", "unit", "val/best/acc"]).splitlines() == [
        "| trial | unit | val/best/acc |",
        "| --- | --- | --- |",
        "| 1 | a_b | 0.9123 ± 0.012 |",
        '| 0 | x\\|y, "z" |  |',
    ]


def test_latex(filled):
    assert export_table(filled, "latex", columns=["unit", "val/best/acc"], top=1).splitlines() == [
        r"\begin{tabular}{ll}",
        r"\toprule",
        r"unit & val/best/acc \\",
        r"\midrule",
        r"a\_b & 0.9123 $\pm$ 0.012 \\",
        r"\bottomrule",
        r"\end{tabular}",
    ]


def test_without_best_weights_the_last_are_shown():
    known = ["trial", "lr", "status", "n", "val/last/acc", "test/last/acc", "val/last/loss"]
    assert main_columns(known, "val/acc") == ["trial", "lr", "n", "val/last/acc", "test/last/acc", "status"]


@pytest.mark.parametrize(
    ("text", "value"), [("3", 3), ("0.5", 0.5), ("1e-3", 0.001), ("nan", "nan"), ("inf", "inf"), ("", None), ("a", "a")]
)
def test_cells_are_numbers_where_they_are_finite(text, value):
    found = as_value(text)
    assert found == value
    assert type(found) is type(value)


def test_unknown_format_and_missing_table(sweep):
    with pytest.raises(UserError, match=r"^unknown format 'latx'; did you mean 'latex'\?$"):
        export_table(sweep, "latx")
    SweepDirectory(sweep).table.unlink()
    with pytest.raises(UserError, match=r"sweep\.csv does not exist; the sweep has not written its results yet$"):
        export_table(sweep, "text")
