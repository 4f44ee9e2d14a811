"""The table of a sweep for other programs: the number of rows, and a sweep without trials."""

import pytest
from nnzoo.errors import UserError
from nnzoo.sweeps.directory import SweepDirectory
from nnzoo.sweeps.export import export_table


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
