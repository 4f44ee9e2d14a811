"""Batches of examples, and the joint predictions of chunks."""

from inspect import signature
from typing import Any

import nnzoo
import numpy as np
import pytest
import torch
from nnzoo.inference import trained
from nnzoo.inference.trained import Trained, batches, concatenate, identifier_array, identifiers, squeeze_last
from nnzoo.preprocessing.base import Inputs


@pytest.mark.parametrize(
    ("rows", "numbers", "width", "sizes"),
    [
        (2, 100, 3, [2, 2, 1]),
        (9, 6, 3, [2, 2, 1]),
        (9, 7, 3, [2, 2, 1]),
        (9, 2, 3, [1, 1, 1, 1, 1]),  # one example at least
        (5, 100, 3, [5]),
        (4, 100, 0, [4, 1]),
    ],
)
def test_memory_of_a_batch_is_limited(
    monkeypatch: pytest.MonkeyPatch, rows: int, numbers: int, width: int, sizes: list[int]
) -> None:
    monkeypatch.setattr(trained, "MAX_ROWS", rows)
    monkeypatch.setattr(trained, "MAX_NUMBERS", numbers)
    x, mask = torch.rand(5, width), torch.arange(5)[:, None] > 2
    found = list(batches(Inputs(x, mask, {})))
    assert [len(part) for part, _ in found] == [len(part) for _, part in found if part is not None] == sizes
    assert torch.equal(torch.cat([part for part, _ in found]), x)
    assert torch.equal(torch.cat([part for _, part in found if part is not None]), mask)
    assert [part for _, part in batches(Inputs(x, None, {}))] == [None] * len(sizes)


def test_no_examples_are_one_batch() -> None:
    ((x, mask),) = batches(Inputs(torch.zeros(0, 3), None, {}))
    assert (x.shape, mask) == ((0, 3), None)


def test_chunks_of_sequences_are_padded() -> None:
    first = {"mask": np.ones((2, 1), bool), "prediction": np.array([["a"], ["bc"]]), "output": np.ones((2, 1, 2))}
    second = {"mask": np.ones((1, 3), bool), "prediction": np.array([["d", "e", "fgh"]]), "output": np.ones((1, 3, 2))}
    found = concatenate([first, second, first])
    assert found["mask"].tolist() == [[True, False, False]] * 2 + [[True] * 3] + [[True, False, False]] * 2
    padded = [["a", "", ""], ["bc", "", ""]]
    assert found["prediction"].tolist() == [*padded, ["d", "e", "fgh"], *padded]
    assert found["output"].sum((1, 2)).tolist() == [2, 2, 6, 2, 2]
    assert found["mask"].dtype == bool


def test_chunks_of_vectors() -> None:
    found = concatenate([{"code": np.full((n, 2), n)} for n in (1, 2)])
    assert found["code"].tolist() == [[1, 1], [2, 2], [2, 2]]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([1, 2], [1, 2]),
        ([0.5, float("nan")], None),
        (["a", None, float("nan"), 3], ["a", "", "", "3"]),
        (range(3), [0, 1, 2]),
    ],
)
def test_identifiers_are_numbers_or_text(values: Any, expected: list[Any] | None) -> None:
    found = identifier_array(values)
    if expected is None:
        np.testing.assert_array_equal(found, values)
    else:
        assert found.tolist() == expected


def test_names_of_identifiers_that_are_taken() -> None:
    found = identifiers(Inputs(torch.zeros(1, 1), None, {"mask": [1], "file": ["a"]}), {"mask"})
    assert {name: values.tolist() for name, values in found.items()} == {"id_mask": [1], "file": ["a"]}


def test_one_number_has_no_dimension() -> None:
    assert squeeze_last(np.zeros((3, 1))).shape == (3,)
    assert squeeze_last(np.zeros((3, 4, 1))).shape == (3, 4)
    assert squeeze_last(np.zeros((1, 2))).shape == (1, 2)


@pytest.mark.parametrize("name", ["recommend", "neighbors", "analogy", "similarity", "explain"])
def test_methods_have_the_defaults_of_the_functions(name: str) -> None:
    function, method = (signature(getattr(owner, name)).parameters for owner in (nnzoo, Trained))
    shared = [each for each in method if each in function and each not in ("raw", "vectors")]
    assert shared
    assert {each: method[each].default for each in shared} == {each: function[each].default for each in shared}
