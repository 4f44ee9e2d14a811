"""What targets are taken for, and how they are encoded."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from nnzoo.data.tables.targets import encode_targets, is_one_hot
from nnzoo.errors import UserError


def place(row: int) -> str:
    return f"a.csv, line {row + 2}"


def encode(y: Any, y_test: Any = None, task: str = "auto", names: tuple[str, ...] = ()) -> Any:
    return encode_targets("a.csv", y, y_test, task=task, names=names, place=place)


K = np.arange(60) % 3


@pytest.mark.parametrize(
    ("y", "classes"),
    [
        (K, (0, 1, 2)),
        (K + 7, (7, 8, 9)),
        (K.astype(float), (0, 1, 2)),
        (K[:, None], (0, 1, 2)),
        (K > 0, (False, True)),
        (np.array(["b", "a", "c"])[K], ("a", "b", "c")),
        (np.array(["b", " a", "c "], dtype=object)[K], ("a", "b", "c")),
        (np.array([1, "a", 2.5], dtype=object)[K], ("1", "2.5", "a")),
        (pd.Series(["b", "a", "c"])[K].to_numpy(), ("a", "b", "c")),
        (np.array([True, False, True], dtype=object)[K], (False, True)),
        (np.array(["10", "9", "é"])[K], ("10", "9", "é")),
        (np.arange(60) % 20, tuple(range(20))),
        (-K, (-2, -1, 0)),
    ],
    ids=repr,
)
def test_classes(y: Any, classes: tuple[Any, ...]) -> None:
    found = encode(y)
    assert (found.kind, found.classes, found.names) == ("classes", classes, ())
    assert [type(c) for c in found.classes] == [type(c) for c in classes]
    assert found.y.dtype == torch.int64
    flat = [str(value).strip() for value in np.ravel(y).tolist()]
    back = [str(classes[at]) for at in found.y.tolist()]
    assert back == [text.removesuffix(".0") for text in flat]


@pytest.mark.parametrize(
    ("y", "task"),
    [
        (np.arange(60) / 2, "auto"),
        (np.arange(60) * 3, "auto"),
        (np.arange(60), "auto"),  # as many as rows: quantities
        (K, "regression"),
        (K > 0, "regression"),
        (np.arange(60).astype(np.float32) / 7, "auto"),
    ],
)
def test_reals(y: Any, task: str) -> None:
    found = encode(y, task=task)
    assert found.kind == "real"
    assert found.y.dtype == torch.float64
    assert found.y[:, 0].tolist() == y.astype(np.float64).tolist()


def test_large_numbers_keep_their_digits() -> None:
    y = 1.7e9 + np.arange(60) / 8
    assert encode(y).y[:, 0].tolist() == y.tolist()


def test_several_real_targets_have_names() -> None:
    found = encode(np.random.default_rng(0).normal(size=(9, 2)), names=("price", "rent"))
    assert (found.kind, found.names, found.y.shape) == ("real", ("price", "rent"), (9, 2))


@pytest.mark.parametrize("dtype", [int, float, bool])
def test_one_hot_rows_are_classes(dtype: type) -> None:
    found = encode(np.eye(3)[K].astype(dtype))
    assert (found.kind, found.classes, found.y.tolist()) == ("classes", (0, 1, 2), K.tolist())
    named = encode(np.eye(3)[K].astype(dtype), names=("cat", "dog", "bird"))
    assert named.classes == ("cat", "dog", "bird")


@pytest.mark.parametrize("dtype", [int, float, bool])
def test_sets_of_labels(dtype: type) -> None:
    y = np.eye(3)[K]
    y[::5] = 1
    found = encode(y.astype(dtype), names=("a", "b", "c"))
    assert (found.kind, found.names) == ("multilabel", ("a", "b", "c"))
    assert found.y.dtype == torch.float32
    np.testing.assert_array_equal(found.y.numpy(), y)
    assert encode(y, task="regression").kind == "real"


def test_a_test_set_of_its_own() -> None:
    found = encode(np.array(["b", "a", "c"])[K], np.array(["c", "a"]))
    assert found.y_test.tolist() == [2, 0]
    assert encode(np.eye(3)[K], np.eye(3)[[2, 0]]).y_test.tolist() == [2, 0]
    assert encode(np.arange(60) / 2, np.array([7.5])).y_test.tolist() == [[7.5]]


@pytest.mark.parametrize("first", [0, 1])
def test_many_consecutive_integers_need_a_task(first: int) -> None:
    y = np.arange(100) % 25 + first
    message = (
        rf"a\.csv: the target has 25 distinct integers, {first} to {first + 24}, which may be classes or "
        r"quantities; set data\.task=classification or regression"
    )
    with pytest.raises(UserError, match=message):
        encode(y)
    assert len(encode(y, task="classification").classes) == 25
    assert encode(y, task="regression").kind == "real"


@pytest.mark.parametrize(
    ("y", "y_test", "task", "message"),
    [
        ([1.5, np.nan, 2], None, "auto", r"^a\.csv, line 3: the target is missing; data\.missing=drop"),
        (np.array(["a", None, "b"], dtype=object), None, "auto", r"^a\.csv, line 3: the target is missing"),
        ([1.5, 2, np.inf], None, "auto", r"^a\.csv, line 4: the target inf is not finite"),
        ([1.5, 2.5], None, "classification", r"y\[0\] is 1\.5; a class is an integer or text"),
        (["a", "b"], None, "regression", "y is text, such as 'a'; it must be numbers"),
        (["a", "a"], None, "auto", "all targets are 'a'; there must be at least two classes"),
        ([3, 3, 3], None, "auto", "all targets are '3'"),
        (["a", "b"], ["c"], "auto", "y_test has the class 'c', which y does not have"),
        ([[1.5, 2], [3, 4]], None, "classification", r"y is \(2, 2\); classes need \(N,\), or one-hot rows"),
        ([[1.5, 2], [3, 4]], [[1.5]], "auto", "y_test has 1 columns, y has 2"),
        ([1j, 2], None, "auto", "y is of type complex128"),
        (np.zeros((2, 2, 2)), None, "auto", r"y is \(2, 2, 2\); it must be"),
        (np.array([{}, []], dtype=object), None, "auto", "y holds objects of type (dict|list)"),
        (np.array(["2020-01-01", "2020-01-02"], dtype="datetime64[D]"), None, "auto", "y is of type datetime64"),
    ],
)
def test_targets_that_cannot_be_used(y: Any, y_test: Any, task: str, message: str) -> None:
    with pytest.raises(UserError, match=message) as caught:
        encode(np.asarray(y), None if y_test is None else np.asarray(y_test), task)
    assert "\n" not in str(caught.value)


def test_one_hot_rows_have_a_single_1() -> None:
    assert is_one_hot(np.eye(3)[[0, 2, 1, 1]])
    assert is_one_hot(np.eye(2, dtype=bool))
    for wrong in ([[1, 1, 0]], [[0, 0, 0]], [[2, -1, 0]], [[0.5, 0.5, 0]]):
        assert not is_one_hot(np.concatenate([np.eye(3), wrong]))
    assert not is_one_hot(np.array([["1", "0"]]))
