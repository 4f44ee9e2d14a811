"""Numeric arrays that are passed to the network unchanged."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from nnzoo.errors import UserError
from nnzoo.preprocessing import numbers
from nnzoo.preprocessing.numbers import NumberPreprocessing

POINTS = NumberPreprocessing(shape=(2,))
BITS = NumberPreprocessing(shape=(2,), low=0, high=1)
SEQUENCES = NumberPreprocessing(shape=(2,), sequence=True)
FOUR_STEPS = NumberPreprocessing(shape=(2,), sequence=True, seq_len=4)
X = np.arange(6.0).reshape(3, 2)


@pytest.mark.parametrize(
    "raw",
    [
        X,
        X.astype(np.float32),
        X.astype(int),
        X.astype(">f8"),
        X[::-1][::-1],
        X.tolist(),
        torch.tensor(X),
        torch.tensor(X, requires_grad=True),
        torch.tensor(X).bfloat16(),
    ],
    ids=lambda raw: f"{type(raw).__name__} {getattr(raw, 'dtype', '')}",
)
def test_numbers_of_every_type(raw: Any) -> None:
    found = POINTS.encode(raw)
    assert found.x.dtype == torch.float32
    assert found.x.tolist() == X.tolist()
    assert (list(found.names["index"]), found.mask) == ([0, 1, 2], None)


def test_single_example() -> None:
    assert POINTS.encode(X[0]).x.tolist() == [[0, 1]]
    assert SEQUENCES.encode(X).x.shape == (1, 3, 2)
    assert SEQUENCES.encode(X[None]).x.shape == (1, 3, 2)


@pytest.mark.parametrize(
    ("preprocessing", "raw", "message"),
    [
        (POINTS, np.zeros((3, 3)), r"the input has shape \(3, 3\); the network takes \(B, 2\)"),
        (POINTS, np.zeros((1, 3, 2)), r"the input has shape \(1, 3, 2\); the network takes \(B, 2\)"),
        (POINTS, 1.0, r"the input has shape \(\)"),
        (SEQUENCES, np.zeros((3, 4, 5)), r"the network takes \(B, T, 2\)"),
        (SEQUENCES, np.zeros((3, 0, 2)), "sequences without a step"),
        (FOUR_STEPS, np.zeros((3, 5, 2)), r"the network takes \(B, 4, 2\)"),
        (POINTS, [[1, np.nan]], "numbers that are not finite"),
        (POINTS, [[1, 1e300]], "numbers that are not finite"),
        (BITS, [[0, 2]], "values from 0 to 2; those of the data are from 0 to 1"),
        (BITS, [[-1, 1]], "values from -1 to 1"),
        (POINTS, [["a", "b"]], "no array of numbers"),
        (POINTS, [[1, 2], [3]], "no array of numbers"),
        (POINTS, None, "no array of numbers"),
        (POINTS, {"a": 1}, "no array of numbers"),
    ],
)
def test_unsuitable_input_is_refused(preprocessing: NumberPreprocessing, raw: Any, message: str) -> None:
    with pytest.raises(UserError, match=message) as caught:
        preprocessing.encode(raw)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", ["x.npy", "x.npz", "x.csv", "x.tsv"])
def test_files_in_pieces(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    path, x = tmp_path / name, np.random.default_rng(0).normal(size=(11, 2))
    if path.suffix == ".npy":
        np.save(path, x)
    elif path.suffix == ".npz":
        np.savez(path, x=x, y=x)
    else:
        np.savetxt(path, x, delimiter="," if path.suffix == ".csv" else "\t")
    monkeypatch.setattr(numbers, "PIECE", 6)
    parts = list(POINTS.read(path))
    assert [len(part.x) for part in parts] == [3, 3, 3, 2]
    np.testing.assert_allclose(torch.cat([part.x for part in parts]), x, rtol=1e-6)
    assert [at for part in parts for at in part.names["index"]] == list(range(11))


def test_file_with_a_single_example(tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", X[0])
    (part,) = POINTS.read(tmp_path / "x.npy")
    assert part.x.tolist() == [[0, 1]]


def test_to_dict_round_trip() -> None:
    for each in (POINTS, BITS, SEQUENCES, FOUR_STEPS):
        plain = each.to_dict()
        assert plain.pop("kind") == "numbers"
        assert NumberPreprocessing.from_dict(plain | {"shape": list(plain["shape"])}) == each
    x = torch.rand(2, 2, requires_grad=True)
    assert BITS.scaled(x) is x


def test_ranges() -> None:
    assert BITS.encode([[0, 1]]).x.tolist() == [[0, 1]]  # the bounds are inside
    assert BITS.within(-5, 0.5) == NumberPreprocessing(shape=(2,), low=0, high=0.5)
    assert BITS.within(0.25, 7) == NumberPreprocessing(shape=(2,), low=0.25, high=1)


def test_unknown_numbers() -> None:
    unknown = NumberPreprocessing(shape=(2,), low=0, high=1, unknown=True)
    assert unknown.encode([[0, np.nan], [np.nan, np.nan]]).x.isnan().tolist() == [[False, True], [True, True]]
    for wrong, message in ([np.nan, 2], "values from 2 to 2"), ([np.nan, np.inf], "not finite"):
        with pytest.raises(UserError, match=message):
            unknown.encode([wrong])


def test_the_smallest_pieces_have_one_example(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(numbers, "PIECE", 1)
    np.save(tmp_path / "x.npy", X)
    assert [part.x.tolist() for part in POINTS.read(tmp_path / "x.npy")] == [[row] for row in X.tolist()]
    np.save(tmp_path / "x.npy", X[0])
    assert [part.x.tolist() for part in POINTS.read(tmp_path / "x.npy")] == [[[0, 1]]]
    monkeypatch.setattr(numbers, "PIECE", 2)
    np.save(tmp_path / "x.npy", X[:, :1])
    assert [len(part.x) for part in NumberPreprocessing(shape=(1,)).read(tmp_path / "x.npy")] == [2, 1]
