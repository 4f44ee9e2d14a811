"""Rows of tables as inputs of a network, from files and from Python."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars
import pytest
import torch
from nnzoo.errors import DataWarning, UserError
from nnzoo.files.tables import TableOptions
from nnzoo.preprocessing import tables
from nnzoo.preprocessing.columns import CategoryColumn, NumberColumn
from nnzoo.preprocessing.restore import restore
from nnzoo.preprocessing.tables import TablePreprocessing, first_outside

AGE = NumberColumn(name="age", mean=40, scale=10)
REGION = CategoryColumn(name="region", categories=("north", "south"))
SIZE = NumberColumn(name="size", mean=1, scale=2, fill=5)
TABLE = TablePreprocessing(
    columns=(AGE, REGION, SIZE), names=("id", "age", "region", "size", "risk"), targets=("risk",), ids=("id",)
)
PLAIN = TablePreprocessing(
    columns=(NumberColumn(name="2", mean=40, scale=10), NumberColumn(name="3", mean=1, scale=2)),
    names=("1", "2", "3", "4"),
    targets=("4",),
    header=False,
)
FRAME = pd.DataFrame(
    {"id": ["a", "b", "c"], "age": [50, 40, 30], "region": ["south", "north", "south"], "size": [5.0, np.nan, 1]}
)
ROWS = [[1, 0, 1, 2], [0, 1, 0, 2], [-1, 0, 1, 0]]


@pytest.mark.parametrize(
    "raw",
    [
        FRAME,
        FRAME.assign(risk="?"),
        FRAME[["size", "region", "age", "id"]],
        FRAME.set_axis([7, 8, 9]),
        FRAME.rename(columns={"age": " age "}),
        FRAME.astype({"region": "category", "age": "Int64", "size": "Float64"}),
        FRAME.astype(object),
        FRAME.astype({"age": str}),
        FRAME.to_dict("list"),
        polars.DataFrame({**FRAME.to_dict("list"), "size": [5.0, None, 1]}),
    ],
    ids=lambda raw: type(raw).__name__,
)
def test_frames_of_every_kind(raw: Any) -> None:
    """Columns are found by name."""
    found = TABLE.encode(raw)
    assert found.x.tolist() == ROWS
    assert found.x.dtype == torch.float32
    assert dict(found.names) == {"id": ["a", "b", "c"]}
    assert found.mask is None


def test_restored() -> None:
    assert TABLE.features == ("age", "region=north", "region=south", "size")
    found = TABLE.restored(TABLE.encode(FRAME).x)
    assert found.dtype == torch.float64
    assert found.tolist() == [[50, 0, 1, 5], [40, 1, 0, 5], [30, 0, 1, 1]]
    x = torch.tensor([[[0.5, 0.2], [0, -1]]])
    assert PLAIN.features == ("2", "3")
    torch.testing.assert_close(PLAIN.scaled(PLAIN.restored(x)), x)


def test_without_ids_rows_are_numbered() -> None:
    found = TABLE.encode(FRAME.drop(columns="id"))
    assert {key: list(values) for key, values in found.names.items()} == {"index": [0, 1, 2]}


@pytest.mark.parametrize(
    "raw",
    [
        [[50, 5], [30, 1]],
        np.array([[50, 5], [30, 1]]),
        torch.tensor([[50.0, 5], [30, 1]]),
        np.array([[0, 50, 5], [0, 30, 1]]),
        np.array([[0, 50, 5, 9], [0, 30, 1, 9]], dtype=">f4"),
        np.array([["0", "50", "5"], ["0", "30", "1"]], dtype=object),
    ],
    ids=lambda raw: str(np.shape(raw)),
)
def test_arrays_by_position(raw: Any) -> None:
    """Arrays have the columns of the network, of the table without the target, or of the whole table."""
    assert PLAIN.encode(raw).x.tolist() == [[1, 2], [-1, 0]]


@pytest.mark.parametrize(
    "raw",
    [
        pd.DataFrame([[50, 5], [30, 1]]),
        pd.DataFrame([[0, 50, 5], [0, 30, 1]]),
        pd.DataFrame([[0, 50, 5, 9], [0, 30, 1, 9]]),
        pd.DataFrame({"2": [50, 30], "1": [0, 0], "3": [5, 1]}),
        pd.DataFrame({3: [5, 1], 2: [50, 30]}),
    ],
    ids=lambda raw: str(list(raw)),
)
def test_frames_for_a_table_without_header(raw: Any) -> None:
    """Columns that pandas numbers from 0 are taken by position; others have the names "1", "2", ... of the table."""
    assert PLAIN.encode(raw).x.tolist() == [[1, 2], [-1, 0]]


def test_single_row() -> None:
    assert PLAIN.encode([50, 5]).x.tolist() == [[1, 2]]
    assert PLAIN.encode(torch.tensor([50, 5])).x.tolist() == [[1, 2]]


def test_arrays_of_mixed_columns() -> None:
    raw = np.array([["a", 50, "south", 5.0], ["b", 40, "north", None]], dtype=object)
    found = TABLE.encode(raw)
    assert found.x.tolist() == ROWS[:2]
    assert list(found.names["id"]) == ["a", "b"]


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        (
            FRAME.drop(columns="age"),
            "the input has no column 'age', which the network reads; its columns are id, region",
        ),
        (FRAME.rename(columns={"age": "Age"}), "no column 'age'.*did you mean 'Age'"),
        (FRAME.assign(age=[50, None, 30]), "row 2, column age: the cell is missing; the network was trained without"),
        (FRAME.assign(region=[None, "north", "south"]), "row 1, column region: the cell is missing"),
        (FRAME.assign(age=["50", "x", "30"]), "row 2, column age: 'x' is not a number"),
        (FRAME.assign(age=[1, np.inf, 2]), "row 2, column age: inf is not finite"),
        (FRAME.assign(age=[1, 2, 1e300]), r"row 3, column age: 1e\+300 is too large"),
        (FRAME["age"], "a single column or row is not a table; pass a frame with named columns"),
        (polars.Series([1]), "a single column or row is not a table"),
        (pd.concat([FRAME, FRAME["age"]], axis=1), "two columns are called 'age'"),
        (
            np.zeros((2, 6)),
            r"the input of shape \(2, 6\) has 6 columns; the network takes 3 \(age, region, size\), or all 5",
        ),
        (np.zeros((2, 3, 4)), r"the input has shape \(2, 3, 4\)"),
        ("a.csv", "no array of numbers"),
        (None, "the input is no array of numbers: its type is object"),
        (np.zeros((2, 3), dtype=complex), "the input is no array of numbers: its type is complex128"),
        (None, "no array of numbers"),
    ],
    ids=repr,
)
def test_unsuitable_input_is_refused(raw: Any, message: str) -> None:
    with pytest.raises(UserError, match=message) as caught:
        TABLE.encode(raw)
    assert "\n" not in str(caught.value)


def test_unknown_categories_give_one_warning_per_column() -> None:
    frame = pd.concat([FRAME] * 2, ignore_index=True).assign(region=["south", "east", "south", "west", "north", "east"])
    message = (
        r"^row 2, column region: 'east' is none of the 2 training categories \(north, south\); "
        r"3 such rows are encoded as zeros$"
    )
    with pytest.warns(DataWarning, match=message) as caught:
        found = TABLE.encode(frame)
    assert len(caught) == 1
    assert found.x[:, 1:3].sum(1).tolist() == [1, 0, 1, 0, 1, 0]


def test_further_columns_give_a_warning() -> None:
    with pytest.warns(DataWarning, match="the input: the training table had no column 'x', 'y'; not used"):
        assert TABLE.encode(FRAME.assign(x=1, y=2)).x.tolist() == ROWS


# Files


@pytest.mark.parametrize("columns", [["id", "age", "region", "size"], ["size", "risk", "region", "id", "age"]])
def test_files_with_a_header(tmp_path: Path, columns: list[str]) -> None:
    path = tmp_path / "new.csv"
    FRAME.assign(risk="?")[columns].to_csv(path, index=False)
    (found,) = TABLE.read(path)
    assert found.x.tolist() == ROWS
    assert list(found.names["id"]) == ["a", "b", "c"]


@pytest.mark.parametrize("text", ["50,5\n30,1\n", "7,50,5\n7,30,1\n", "7,50,5,9\n7,30,1,9\n"])
def test_files_without_a_header(tmp_path: Path, text: str) -> None:
    (tmp_path / "new.csv").write_text(text)
    (found,) = PLAIN.read(tmp_path / "new.csv")
    assert found.x.tolist() == [[1, 2], [-1, 0]]
    assert list(found.names["index"]) == [0, 1]


def test_arrays_in_files(tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", [[50, 5], [30, 1]])
    np.savez(tmp_path / "x.npz", x=[[50, 5], [30, 1]])
    for name in ("x.npy", "x.npz"):
        (found,) = PLAIN.read(tmp_path / name)
        assert found.x.tolist() == [[1, 2], [-1, 0]]


def test_ids_keep_the_text_of_the_file(tmp_path: Path) -> None:
    path = tmp_path / "new.csv"
    FRAME.assign(id=["007", "1e5", "12345678901234567890"]).to_csv(path, index=False)
    (found,) = TABLE.read(path)
    assert list(found.names["id"]) == ["007", "1e5", "12345678901234567890"]


def test_file_in_another_format(tmp_path: Path) -> None:
    path = tmp_path / "new.csv"
    path.write_text("id;age;region;size\na;50;south;5,0\nb;40;north;?\n")
    (found,) = TABLE.reading({"decimal": ",", "missing_values": ["?"]}).read(path)
    assert found.x.tolist() == ROWS[:2]
    with pytest.raises(UserError, match=r"unknown setting of a file 'data\.seperator'; did you mean 'data\.separator'"):
        TABLE.reading({"seperator": ";"})


@pytest.mark.parametrize("suffix", [".csv", ".npy"])
def test_files_in_pieces(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, suffix: str) -> None:
    """Results and locations in errors do not depend on how a file is divided."""
    monkeypatch.setattr(tables, "CELLS", 12)
    x = np.column_stack([np.arange(20) * 10.0, np.arange(20)])
    path = tmp_path / f"new{suffix}"

    def save() -> None:
        if suffix == ".npy":
            np.save(path, x)
        else:
            np.savetxt(path, x, delimiter=",")

    save()
    parts = list(PLAIN.read(path))
    assert len(parts) == 7
    np.testing.assert_allclose(torch.cat([part.x for part in parts]), (x - [40, 1]) / [10, 2], rtol=1e-6)
    assert [at for part in parts for at in part.names["index"]] == list(range(20))
    x[13, 1] = np.nan
    save()
    place = "line" if suffix == ".csv" else "row"
    with pytest.raises(UserError, match=rf"new\{suffix}, {place} 14, column 3: the cell is missing"):
        list(PLAIN.read(path))


def test_unknown_categories_of_a_file_have_line_numbers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "CELLS", 1)
    path = tmp_path / "new.csv"
    FRAME.assign(region=["south", "north", "east"]).to_csv(path, index=False)
    with pytest.warns(DataWarning, match=r"new\.csv, line 4, column region: 'east' is none of"):
        assert [len(part.x) for part in TABLE.read(path)] == [1, 1, 1]


def test_unsuitable_files_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "new.csv"
    FRAME.drop(columns="age").to_csv(path, index=False)
    with pytest.raises(UserError, match=r"new\.csv has no column 'age', which the network reads"):
        list(TABLE.read(path))
    path.write_text("1,2,3,4,5,6\n")
    with pytest.raises(UserError, match=r"new\.csv has 6 columns; the network takes 2 \(2, 3\), or all 4"):
        list(PLAIN.read(path))
    np.save(tmp_path / "x.npy", np.zeros((2, 6)))
    with pytest.raises(UserError, match=r"has 6 columns"):
        list(PLAIN.read(tmp_path / "x.npy"))


# For networks that are called with tensors


def test_scaled() -> None:
    x = torch.tensor([[50.0, 5], [30, 1]], dtype=torch.float64, requires_grad=True)
    found = PLAIN.scaled(x)
    assert found.tolist() == [[1, 2], [-1, 0]]
    found.sum().backward()
    assert x.grad is not None
    np.testing.assert_allclose(x.grad, [[0.1, 0.5]] * 2)
    assert PLAIN.scaled(torch.tensor([50.0, 5])).tolist() == [1, 2]
    with pytest.raises(UserError, match="the network also reads categories, which are not numbers; use predict"):
        TABLE.scaled(x)


def test_scaled_far_from_zero() -> None:
    """Unix times keep differences of half a second."""
    one = TablePreprocessing(columns=(NumberColumn(name="t", mean=1.7e9, scale=1),), names=("t",))
    times = torch.tensor([[1.7e9], [1.7e9 + 0.5]], dtype=torch.float64)
    assert one.scaled(times).tolist() == [[0], [0.5]]
    assert one.encode(times).x.tolist() == [[0], [0.5]]


@pytest.mark.parametrize("each", [TABLE, PLAIN, TABLE.reading({"separator": ";", "missing_values": ["?"]})])
def test_to_dict_round_trip(each: TablePreprocessing, tmp_path: Path) -> None:
    """A checkpoint contains only plain data."""
    plain = each.to_dict()
    torch.save(plain, tmp_path / "a.ckpt")
    loaded = torch.load(tmp_path / "a.ckpt", weights_only=True)
    assert loaded.pop("kind") == "table"
    found = TablePreprocessing.from_dict(loaded)
    assert found == each
    assert isinstance(found.options, TableOptions)


@pytest.mark.parametrize(
    ("text", "age"),
    [
        ("age;x\n1.234;1\n", 1234),
        ("age;x\n1.234;1\n850;1\n", 1234),
        ("age;x\n1.234;0.5\n", 1.234),
        ("age;x\n12,5;1\n", 12.5),
    ],
)
def test_format_of_numbers_defaults_to_that_of_training(text: str, age: float, tmp_path: Path) -> None:
    (tmp_path / "new.csv").write_text(text)
    one = TablePreprocessing(
        columns=(NumberColumn(name="age", mean=0, scale=1),),
        names=("age", "x"),
        written=TableOptions(separator=";", decimal=",", thousands="."),
    )
    plain = one.to_dict()
    del plain["kind"]
    again = TablePreprocessing.from_dict(plain)
    assert next(again.read(tmp_path / "new.csv")).x[0].item() == pytest.approx(age)
    del plain["written"]  # as older checkpoints have it
    assert TablePreprocessing.from_dict(plain).written == TableOptions()


def test_messages_for_new_rows_suggest_no_training_settings(tmp_path: Path) -> None:
    fitted = TablePreprocessing(columns=(NumberColumn(name="a"),), names=("a", "y"), targets=("y",))
    (tmp_path / "new.csv").write_text("a\n1\nold\n")
    with pytest.raises(UserError, match=r"line 3, column 'a': 'old' is not a number; .*missing_values") as caught:
        list(fitted.read(tmp_path / "new.csv"))
    assert "categorical" not in str(caught.value)
    assert "drop" not in str(caught.value)


def test_numbers_outside_the_range_are_refused_in_their_units() -> None:
    """The range is that of the scaled numbers; of the age it is 30 to 60, of the size -1 to 5."""
    inside = TABLE.within(-1, 2)
    assert (inside.low, inside.high) == (-1, 2)
    assert inside.encode(FRAME).x.tolist() == ROWS  # the bounds are inside
    for column, cell, message in [
        ("age", 29, r"row 2, column age: 29 is outside \[30, 60\], the range of the training data"),
        ("size", 6, r"row 2, column size: 6\.0 is outside \[-1, 5\]"),
    ]:
        frame = FRAME.copy()
        frame.loc[1, column] = cell
        with pytest.raises(UserError, match=message):
            inside.encode(frame)
    assert restore(inside.to_dict()) == inside


def test_the_first_number_outside_of_a_range() -> None:
    assert first_outside(np.array([0.0, 1, 2]), 0, 2) is None
    assert first_outside(np.array([0.0, np.nan, 2]), 0, 2) is None
    assert first_outside(np.array([]), 0, 2) is None
    assert first_outside(np.array([2.0, 0, 3, -1]), 0, 2) == 2
    assert first_outside(np.array([np.nan, 2.0, -1, 3]), 0, 2) == 2


def test_the_first_unknown_category_is_named() -> None:
    with pytest.warns(DataWarning, match=r"^row 2, column region: 'west' is none of the 2 .*; 2 such rows are"):
        TABLE.encode(FRAME.assign(region=["south", "west", "east"]))


def test_pieces_of_narrow_tables(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A piece has a number of cells, by the wider of the table and the input of the network."""
    monkeypatch.setattr(tables, "CELLS", 4)
    one = TablePreprocessing(columns=(NumberColumn(name="a"),), names=("a",))
    (tmp_path / "a.csv").write_text("a\n" + "1\n2\n" * 4)
    assert [len(part.x) for part in one.read(tmp_path / "a.csv")] == [4, 4]
    np.save(tmp_path / "a.npy", np.ones((6, 1)))
    assert [len(part.x) for part in one.read(tmp_path / "a.npy")] == [4, 2]


def test_messages_for_the_wrong_number_of_columns() -> None:
    with pytest.raises(UserError, match=r"takes 2 \(2, 3\), or all 4 of the training table$"):
        PLAIN.encode(np.ones((2, 5)))
    alone = TablePreprocessing(columns=PLAIN.columns, names=("2", "3"), header=False)
    with pytest.raises(UserError, match=r"takes 2 \(2, 3\)$"):
        alone.encode(np.ones((2, 5)))


def test_a_table_without_rows_may_have_no_header(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("a,30,south,5\n")
    with pytest.raises(UserError, match=r"as in training, the first line is read as the names of the columns$"):
        list(TABLE.read(tmp_path / "a.csv"))
    (tmp_path / "b.csv").write_text("")
    with pytest.raises(UserError) as caught:
        list(TABLE.read(tmp_path / "b.csv"))
    assert "as in training" not in str(caught.value)
