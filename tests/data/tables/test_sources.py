"""Files and objects of Python as one table or one array of pictures."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars
import pytest
import torch
from nnzoo.data.tables.roles import ColumnChoice
from nnzoo.data.tables.sources import MISSING, checksum, from_object, from_path, plain, save_copy
from nnzoo.errors import UserError
from nnzoo.files.tables import TableOptions
from scipy.sparse import csr_array
from sklearn.datasets import load_iris
from torch.utils.data import IterableDataset, TensorDataset

from tests.support.pairs import Pairs

X = np.arange(12.0).reshape(6, 2)
Y = np.array([0, 1, 2, 0, 1, 2])
FRAME = pd.DataFrame({"id": list("abcdef"), "size": X[:, 0], "kind": Y})


def same(one: Any, other: Any) -> None:
    assert one.names == other.names
    for a, b in ((one.x, other.x), (one.y, other.y), (one.x_test, other.x_test), (one.y_test, other.y_test)):
        if isinstance(a, pd.DataFrame):
            pd.testing.assert_frame_equal(a, b, check_dtype=False)
        elif a is None:
            assert b is None
        else:
            np.testing.assert_array_equal(a, b)


# Files


@pytest.mark.parametrize(
    "names",
    [
        ("x", "y"),
        ("X", "y"),
        ("X", "Y"),
        ("x_train", "y_train"),
        ("X_train", "y_train"),
        ("X_train", "Y_train"),
        ("X_train", "y"),
        ("data", "target"),
    ],
)
def test_names_of_arrays(tmp_path: Path, names: tuple[str, str]) -> None:
    np.savez(tmp_path / "a.npz", **dict(zip(names, (X, Y), strict=True)))
    found = from_path(str(tmp_path / "a.npz"), None)
    np.testing.assert_array_equal(found.x, X)
    np.testing.assert_array_equal(found.y, Y)
    assert (found.names, found.header, found.x_test) == (("1", "2"), False, None)
    assert found.place(0).endswith("a.npz, row 1")


@pytest.mark.parametrize(
    ("names", "target"),
    [
        (("x", "y", "x_test", "y_test"), None),
        (("x_train", "y_train", "x_test", "y_test"), None),
        (("X_train", "Y_train", "X_test", "Y_test"), None),
        (("x", "digit", "x_test", "digit_test"), "digit"),
        (("x_train", "digit_train", "x_test", "digit_test"), "digit"),
    ],
)
def test_test_sets(tmp_path: Path, names: tuple[str, ...], target: str | None) -> None:
    np.savez(tmp_path / "a.npz", **dict(zip(names, (X, Y, X[:3] + 1, Y[:3]), strict=True)))
    found = from_path(str(tmp_path / "a.npz"), target)
    np.testing.assert_array_equal(found.x_test, X[:3] + 1)
    np.testing.assert_array_equal(found.y_test, Y[:3])


@pytest.mark.parametrize("suffix", [".npy", ".NPY"])
def test_npy(tmp_path: Path, suffix: str) -> None:
    for name, values in (("x", X), ("y", Y)):
        with (tmp_path / f"{name}{suffix}").open("wb") as file:
            np.save(file, values.astype(">f4"))
    alone = from_path(str(tmp_path / f"x{suffix}"), None)
    np.testing.assert_array_equal(alone.x, X)
    assert alone.y is None
    pair = from_path(str(tmp_path / f"x{suffix}"), str(tmp_path / f"y{suffix}"))
    np.testing.assert_array_equal(pair.y, Y)
    assert pair.y is not None
    assert pair.y.dtype.isnative


def test_tables(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    FRAME.assign(code=[f"0{i}" for i in range(6)], rest="?x").to_csv(path, index=False)
    found = from_path(str(path), "kind", choice=ColumnChoice(drop=["rest"], categorical=["code"]))
    assert found.names == ("id", "size", "kind", "code", "rest")
    assert list(found.x) == ["id", "size", "kind", "code"]
    assert found.x["code"].tolist()[:2] == ["00", "01"]
    assert (found.y, found.header, found.place(3)) == (None, True, f"{path}, line 5")
    path.write_text("1;2,5\n3;4,5\n")
    bare = from_path(str(path), None, options=TableOptions(decimal=","))
    assert (bare.names, bare.header, bare.place(0)) == (("1", "2"), False, f"{path}, line 1")
    assert bare.x["2"].tolist() == [2.5, 4.5]


def test_a_checksum_is_of_the_content(tmp_path: Path) -> None:
    for name in ("a.csv", "b.csv"):
        FRAME.to_csv(tmp_path / name, index=False)
    one, other = (from_path(str(tmp_path / name), None).digest for name in ("a.csv", "b.csv"))
    assert one == other
    FRAME.assign(size=1).to_csv(tmp_path / "b.csv", index=False)
    assert from_path(str(tmp_path / "b.csv"), None).digest != one


@pytest.mark.parametrize(
    ("arrays", "target", "message"),
    [
        ({"x": X}, None, r"has no array 'y'; it has: x; data\.target=NAME sets the target"),
        (
            {"a": X, "y": Y},
            None,
            r"has no array x \(nor X, x_train, X_train\) for the inputs; it has: a, y; data\.target=",
        ),
        ({"arr_0": X, "arr_1": Y}, None, r"has no array x .*it has: arr_0, arr_1; data\.target=NAME sets the target"),
        ({"x": X, "label": Y}, "lable", "has no array 'lable'; did you mean 'label'"),
        ({"x": X, "y": Y, "y_test": Y}, None, "has no array 'x_test'"),
        ({"x": X, "y": Y[:3]}, None, r"x is \(6, 2\) but y is \(3,\); each row needs a target"),
        ({"x": X, "y": np.array(1)}, None, r"y is \(\)"),
        ({"x": X[0], "y": X[0]}, None, r"x is \(2,\); it must be \(N, F\)"),
        ({"x": X[:0], "y": Y[:0]}, None, r"x is \(0, 2\)"),
        ({"x": X.astype(str), "y": Y}, None, "x is of type <U"),
        ({"x": X, "y": Y, "x_test": X[:, 0], "y_test": Y}, None, r"x_test is \(6,\)"),
    ],
)
def test_arrays_that_cannot_be_used(tmp_path: Path, arrays: Any, target: str | None, message: str) -> None:
    np.savez(tmp_path / "a.npz", **arrays)
    with pytest.raises(UserError, match=rf"a\.npz.*{message}") as caught:
        from_path(str(tmp_path / "a.npz"), target)
    assert "\n" not in str(caught.value)


def test_files_that_cannot_be_used(tmp_path: Path) -> None:
    np.savez(tmp_path / "y.npz", y=Y)
    np.save(tmp_path / "x.npy", X[:, 0])
    (tmp_path / "y.npz").rename(tmp_path / "y.npy")
    with pytest.raises(UserError, match=r"y\.npy holds several arrays; its name must end in \.npz"):
        from_path(str(tmp_path / "x.npy"), str(tmp_path / "y.npy"))
    with pytest.raises(UserError, match=r"x\.npy is \(6,\); without a file of targets \(data\.target=y\.npy\)"):
        from_path(str(tmp_path / "x.npy"), None)
    with pytest.raises(UserError, match=r"data\.decimal is for text files with a table; .*x\.npy is an array file"):
        from_path(str(tmp_path / "x.npy"), None, options=TableOptions(decimal=","))
    (tmp_path / "a.parquet").write_text("")
    with pytest.raises(
        UserError, match=r"unknown file extension '\.parquet'; one of: \.csv, \.tsv, \.txt, \.npy, \.npz"
    ):
        from_path(str(tmp_path / "a.parquet"), None)


# Objects


class Endless(IterableDataset[Any]):
    def __iter__(self) -> Any:
        yield X[0], Y[0]


@pytest.mark.parametrize(
    "given",
    [
        (X, Y),
        [X, Y],
        (torch.tensor(X), torch.tensor(Y)),
        (torch.tensor(X, requires_grad=True), torch.tensor(Y)),
        (X.tolist(), Y.tolist()),
        (X.astype(">f8"), Y.astype(">i8")),
        (X, pd.Series(Y)),
        (X, polars.Series(Y)),
        (X, pd.DataFrame({"kind": Y[:, None][:, 0]})),
        TensorDataset(torch.tensor(X), torch.tensor(Y)),
        Pairs(*zip(X, Y, strict=True)),
        Pairs(*zip(X.tolist(), Y.tolist(), strict=True)),
        Pairs(*((torch.tensor(x), int(y)) for x, y in zip(X, Y, strict=True))),
    ],
    ids=lambda given: type(given).__name__,
)
def test_arrays_of_every_kind(given: Any) -> None:
    found = from_object(given)
    np.testing.assert_array_equal(found.x, X)
    assert found.y is not None
    np.testing.assert_array_equal(found.y.reshape(-1), Y)
    assert (found.names, found.header, found.name) == (("1", "2"), False, "data")
    assert found.place(2) == "data, row 3"


@pytest.mark.parametrize("make", [pd.DataFrame, polars.DataFrame, dict], ids=["pandas", "polars", "mapping"])
def test_frames(make: Any) -> None:
    columns = FRAME.to_dict("list")
    found = from_object(make(columns))
    assert (found.names, found.header, found.y) == (("id", "size", "kind"), True, None)
    apart = from_object((make(columns), Y, make(columns), Y))
    assert apart.names == found.names
    assert apart.header
    assert list(apart.x_test) == ["id", "size", "kind"]


def test_pictures_stay_as_they_are() -> None:
    x = np.zeros((6, 4, 5, 3), dtype=np.uint8)
    assert from_object((x, Y)).x is x


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (3, r"data is int; it must be \(x, y\) or"),
        ("a.csv", "data is str; it must be"),
        ((X, Y, X), "data is tuple; it must be"),
        (X[:, 0], "data is ndarray; it must be"),
        ((X, Y[:3]), r"data: x is \(6, 2\) but y is \(3,\); each row needs a target"),
        (([[1, 2], [3]], [0, 1]), "the data is not an array"),
        ((X.astype(str), Y), "data: x is of type <U"),
        ((X.astype(object), Y), "data: x is of type object"),
        ((np.zeros((6, 2, 2, 2, 2)), Y), r"data: x is \(6, 2, 2, 2, 2\)"),
        (Pairs(), "the Dataset is empty"),
        (Pairs(1, 2), r"the Dataset must return pairs \(x, y\)"),
        (Pairs((X[0], 1), (X[0, :1], 1)), "the examples of the Dataset have different shapes"),
        (Endless(), "the Dataset is not map-style; it must have"),
        ({"a": [1], "b": [1, 2]}, "the columns do not form a table"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_objects_that_cannot_be_used(given: Any, message: str) -> None:
    with pytest.raises(UserError, match=message) as caught:
        from_object(given)
    assert "\n" not in str(caught.value)


def test_checksums_of_different_data_differ() -> None:
    others = [X + 1, X.astype(np.float32), X.T.copy(), X[::-1], X.reshape(6, 2, 1)]
    assert len({checksum(each) for each in [X, *others]}) == 6
    assert checksum(X) == checksum(X.copy(order="F"))
    frames = [
        FRAME,
        FRAME.rename(columns={"size": "s"}),
        FRAME[["size", "id", "kind"]],
        FRAME.assign(id="a"),
        FRAME[::-1].reset_index(drop=True),
    ]
    assert len({checksum(frame) for frame in frames}) == 5
    assert checksum(np.array(["a", None], dtype=object)) != checksum(np.array(["a", "None"], dtype=object))


# Kept copies


@pytest.mark.parametrize(
    "given",
    [
        (X, Y),
        (X, Y.astype(str)),
        (X, Y.astype(str).astype(object)),
        (X[:4], Y[:4], X[4:], Y[4:]),
        (np.zeros((6, 4, 5, 3), dtype=np.uint8), Y),
        FRAME,
        FRAME.assign(text=["", "a", None, " ", "nan", "None"], gap=[1, None, 3, 4, 5, 6]),
        FRAME.assign(whole=pd.array([1, None, 3, 4, 5, 6], dtype="Int64")),
        FRAME.assign(truth=[True, False] * 3, when=pd.date_range("2020-01-01", periods=6)),
        FRAME.assign(**{"a:b": 1, "größe/m²": 2, "file": 3}),
        (FRAME, Y, FRAME[:2], Y[:2]),
        polars.DataFrame({"n": [1, None], "t": ["x", None]}),
    ],
    ids=lambda given: type(given).__name__,
)
def test_copies_are_read_as_the_same(tmp_path: Path, given: Any) -> None:
    found = from_object(given)
    copy = from_path(str(save_copy(found, tmp_path / "data.npz")), None)
    same(copy, found)
    assert copy.header == found.header


class Faulty(Pairs):
    def __getitem__(self, at: int) -> Any:
        raise TypeError("a fault of the user's own")


def test_a_fault_in_a_dataset_is_shown_as_it_is() -> None:
    with pytest.raises(TypeError, match="a fault of the user's own"):
        from_object(Faulty(1, 2))


def test_further_objects() -> None:
    """Scikit-learn's bunches, Keras' pairs of pairs, masked and sparse arrays, bfloat16, a table as one array."""
    bunch = load_iris()
    assert from_object(bunch).x.to_numpy().tolist() == bunch.data.tolist()
    (x, y), (x_test, y_test) = (X[:4], np.arange(4)), (X[4:], np.arange(len(X) - 4))
    given = from_object(((x, y), (x_test, y_test)))
    assert (len(given.x), len(given.x_test)) == (4, len(X) - 4)
    masked = from_object((np.ma.masked_equal([[1, -9], [2, 3]], -9), [0, 1])).x.to_numpy()
    assert np.isnan(masked).tolist() == [[False, True], [False, False]]
    assert from_object((csr_array(X), np.arange(len(X)))).x.to_numpy().tolist() == X.tolist()
    assert from_object((torch.ones(3, 2, dtype=torch.bfloat16), [0, 1, 0])).x.to_numpy().tolist() == [[1, 1]] * 3
    assert from_object(np.c_[X, np.arange(len(X))]).y is None
    with pytest.raises(UserError, match="has no rows"):
        from_object(pd.DataFrame({"a": []}))


def test_columns_of_a_saved_copy_have_no_objects() -> None:
    """Integers stay integers unless a cell is missing; text has a mark for a missing cell."""
    found = plain(pd.Series([3, 2**60 + 1]))
    assert (found.dtype.kind, found.tolist()) == ("i", [3, 2**60 + 1])
    found = plain(pd.Series([3, None], dtype="Int64"))
    assert (found.dtype.kind, found[0], np.isnan(found[1])) == ("f", 3, True)
    assert plain(pd.Series(["a", None], dtype=object)).tolist() == ["a", MISSING]
    assert plain(np.array([[1, "b"]], dtype=object)).tolist() == [["1", "b"]]
