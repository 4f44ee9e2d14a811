"""Pictures in arrays: the type in which they are kept."""

import re
from pathlib import Path

import numpy as np
import pytest
import torch
from nnzoo.data.tables import picture_examples
from nnzoo.data.tables.array import Array
from nnzoo.data.tables.picture_examples import is_integer, pictures
from nnzoo.errors import UserError


@pytest.mark.parametrize("chunk", [1, 2, 1000])
def test_integers(monkeypatch: pytest.MonkeyPatch, chunk: int) -> None:
    monkeypatch.setattr(picture_examples, "CHUNK", chunk)
    assert is_integer(np.array([[1.0, 2.0], [3.0, -4.0], [0.0, 5.0]]))
    for place in range(3):
        x = np.ones((3, 2))
        x[place, 1] = 1.5
        assert not is_integer(x)


@pytest.mark.parametrize(
    ("values", "dtype"),
    [
        (np.array([0, 1, 0, 1], np.uint8), torch.uint8),
        (np.array([0.0, 255.0, 3.0, 2.0]), torch.uint8),
        (np.array([0, 2, 1, 1]), torch.uint8),
        (np.array([0.0, 1.0, 1.0, 0.0]), torch.float32),  # between 0 and 1 as they are
        (np.array([0.0, 256.0, 3.0, 2.0]), torch.float32),
        (np.array([-1.0, 255.0, 3.0, 2.0]), torch.float32),
        (np.array([0.5, 255.0, 3.0, 2.0]), torch.float32),
    ],
)
def test_whole_numbers_up_to_255_are_bytes(values: np.ndarray, dtype: torch.dtype) -> None:
    found, note = pictures("a.npz", "x", values.reshape(1, 2, 2), "auto")
    assert (found.dtype, tuple(found.shape), note) == (dtype, (1, 1, 2, 2), None)
    assert found.flatten().tolist() == values.tolist()


def test_the_first_number_that_is_not_finite_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(picture_examples, "CHUNK", 2)
    x = np.zeros((5, 2, 3))
    x[3, 1, 2], x[4, 0, 0] = np.inf, np.nan
    with pytest.raises(UserError, match=re.escape("a.npz: x[3, 1, 2] is inf; all numbers must be finite in float32")):
        pictures("a.npz", "x", x, "auto")
    x[3, 1, 2] = 1e39
    with pytest.raises(UserError, match=re.escape("a.npz: x[3, 1, 2] is 1e+39")):
        pictures("a.npz", "x", x, "auto")


def test_a_test_set_of_another_size_or_type_is_refused(tmp_path: Path) -> None:
    x, y = np.zeros((8, 4, 5), np.uint8), np.arange(8) % 2
    for x_test, message in [
        (np.zeros((2, 4, 6), np.uint8), r"x_test is uint8 \(1, 4, 6\), x is uint8 \(1, 4, 5\)"),
        (np.full((2, 4, 5), 0.5), r"x_test is float32 \(1, 4, 5\), x is uint8 \(1, 4, 5\)"),
    ]:
        np.savez(tmp_path / "a.npz", x=x, y=y, x_test=x_test, y_test=y[:2])
        with pytest.raises(UserError, match=message):
            Array(path=str(tmp_path / "a.npz"))
    np.savez(tmp_path / "a.npz", x=x, y=y, x_test=x[:2], y_test=y[:2])
    assert len(Array(path=str(tmp_path / "a.npz")).splits["test"]) == 2
