"""Examples that came after training, with targets, as a test set."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from nnzoo.data.tables.array import Array
from nnzoo.data.tables.new_examples import NewExamples
from nnzoo.data.tables.sources import from_object
from nnzoo.errors import DataWarning, UserError

N = 40
rng = np.random.default_rng(0)
FRAME = pd.DataFrame(
    {
        "age": rng.integers(20, 90, N),
        "zone": np.array(["01", "x", "y"])[np.arange(N) % 3],
        "price": 5.4e6 + rng.normal(size=N),
        "kind": np.array(["good", "bad"])[np.arange(N) % 2],
    }
)
SETTINGS: dict[str, Any] = {"missing": "refuse", "target": None, "path": None}


def trained(source: Any, **settings: Any) -> Array:
    return Array(path=None, source=source, **settings)


def new_examples(data: Array, given: Any = None, **settings: Any) -> NewExamples:
    source = None if given is None else from_object(given)
    return NewExamples(spec=data.spec, preprocessing=data.preprocessing, given=source, settings=SETTINGS | settings)


def whole(data: Array) -> Any:
    """Return x and y of all examples in the order of the rows."""
    y = np.concatenate([data.splits[name].y for name in data.rows])
    return data.x.numpy(), y[np.concatenate([*data.rows.values()]).argsort()]


@pytest.mark.parametrize("target", ["kind", "price"])
def test_the_training_table_itself(tmp_path: Path, target: str) -> None:
    data = trained(FRAME, target=target)
    x, y = whole(data)
    FRAME[::-1][["kind", "zone", "price", "age"]].to_csv(tmp_path / "new.csv", index=False)
    for found in (new_examples(data, FRAME), new_examples(data, path=str(tmp_path / "new.csv"))):
        split = found.splits["test"]
        assert list(found.splits) == ["test"]
        order = slice(None, None, -1) if found.summary and "new.csv" in found.summary else slice(None)
        np.testing.assert_allclose(split.x.numpy()[order], x, rtol=1e-6)
        np.testing.assert_allclose(split.y.numpy()[order], y, rtol=1e-6)
        assert found.preprocessing is data.preprocessing
        assert found.spec == data.spec


def test_text_that_looks_like_numbers(tmp_path: Path) -> None:
    """A file in which all categories and classes of training are digits."""
    frame = FRAME.assign(kind=np.array(["007", "b"])[np.arange(N) % 2])
    data = trained(frame, target="kind")
    frame[(frame.zone == "01") & (frame.kind == "007")].to_csv(tmp_path / "new.csv", index=False)
    found = new_examples(data, path=str(tmp_path / "new.csv")).splits["test"]
    assert found.x[:, 1:-1].tolist() == [[1, 0, 0]] * len(found.x)
    assert set(found.y.tolist()) == {0}


@pytest.mark.parametrize(
    ("y", "other"),
    [
        (np.arange(N) % 3 + 4, [6.0, 4.0]),
        (np.arange(N) % 3 + 4, [[6], [4]]),
        (np.arange(N) % 2 > 0, [True, False]),
        (np.arange(N) % 2 > 0, [1, 0]),
        (np.array(["a", "b", "c"])[np.arange(N) % 3], ["c", " a"]),
        (np.eye(3)[np.arange(N) % 3], [[0, 0, 1], [1, 0, 0]]),
    ],
    ids=str,
)
def test_classes_in_other_forms(y: Any, other: Any) -> None:
    x = rng.normal(size=(N, 2))
    data = trained((x, y))
    last = data.spec.target_size - 1
    assert new_examples(data, (x[:2], np.array(other))).splits["test"].y.tolist() == [last, 0]


def test_rows_with_gaps_as_in_training() -> None:
    data = trained(FRAME, target="kind", missing="drop")
    gaps = FRAME.assign(age=FRAME.age.where(FRAME.index != 3), kind=FRAME.kind.where(FRAME.index != 5))
    with pytest.raises(UserError, match=r"^data, row 4, column age: the cell is missing"):
        new_examples(data, gaps)
    with pytest.warns(DataWarning, match="2 of 40 rows have a missing cell and are left out"):
        assert len(new_examples(data, gaps, missing="drop").splits["test"].x) == N - 2
    refused = pytest.raises(UserError, match=r"^row 40: the class 'new' is not in the training data")
    with pytest.warns(DataWarning), refused:
        new_examples(data, gaps.assign(kind=gaps.kind.where(gaps.index != N - 1, "new")), missing="drop")


def test_pictures() -> None:
    x = rng.integers(0, 256, (N, 6, 5, 3), dtype=np.uint8)
    data = trained((x, np.arange(N) % 2))
    found = new_examples(data, (x[:7], np.arange(7) % 2))
    (batch,) = found.eval_loader("test")
    np.testing.assert_allclose(batch.x, np.moveaxis(x[:7], -1, 1) / 255, rtol=1e-6)
    assert batch.y.tolist() == [0, 1, 0, 1, 0, 1, 0]


X, ONE_HOT, LABELS = rng.normal(size=(N, 2)), np.eye(3)[np.arange(N) % 3], np.ones((N, 3))
LABELS[::3, 1] = 0


@pytest.mark.parametrize(
    ("y", "other", "message"),
    [
        (ONE_HOT, np.eye(4)[:3], r"data: y is \(3, 4\); it must be \(N,\), or one-hot rows \(N, 3\)"),
        (ONE_HOT, LABELS[:3], r"data: y is \(3, 3\); it must be"),
        (ONE_HOT, [0, 1, 3], "row 3: the class '3' is not in the training data, which has the classes 0, 1, 2"),
        (ONE_HOT, [0, 1, 1.5], r"y\[2\] is 1\.5; a class is an integer"),
        (LABELS, LABELS[:3, :2], r"data: y is \(3, 2\); the network was trained on 3 targets"),
        (LABELS, LABELS[:3] * 2, "data: y has other numbers than 0 and 1"),
        (X, X[:3, :1], r"data: y is \(3, 1\); the network was trained on 2 targets"),
        (X, [["a", "b"]] * 3, "data: the target is text, such as 'a'; it must be numbers"),
        (X, [[1, np.nan]] * 3, "row 1: the target is missing"),
        (np.array(["a", "b"])[np.arange(N) % 2], ["a", "b", "c"], "row 3: the class 'c' is not in the training data"),
    ],
)
def test_targets_that_do_not_fit(y: Any, other: Any, message: str) -> None:
    with pytest.raises(UserError, match=message) as caught:
        new_examples(trained((X, y)), (X[:3], np.array(other)))
    assert "\n" not in str(caught.value)


def test_data_without_targets(tmp_path: Path) -> None:
    data = trained(FRAME, target="kind")
    FRAME.drop(columns="kind").to_csv(tmp_path / "new.csv", index=False)
    message = "has no targets to compare predictions with; nnzoo predict needs none"
    with pytest.raises(UserError, match=rf"new\.csv {message}"):
        new_examples(data, path=str(tmp_path / "new.csv"))
    with pytest.raises(UserError, match=f"data {message}"):
        new_examples(data, FRAME.drop(columns="kind"))
    with pytest.raises(UserError, match=message):
        new_examples(trained((X, X)), FRAME)
    with pytest.raises(UserError, match=r"no file .*none\.csv"):
        new_examples(data, path=str(tmp_path / "none.csv"))


def test_inputs_that_do_not_fit() -> None:
    data = trained(FRAME, target="kind")
    with pytest.raises(UserError, match=r"^data, row 1, column age: the cell is missing"):
        new_examples(data, FRAME.assign(age=None))
    with pytest.raises(UserError, match=r"^data, the input has no column 'age'"):
        new_examples(data, FRAME.drop(columns="age"))
