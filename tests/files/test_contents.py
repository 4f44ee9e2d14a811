"""What is recorded of data, and how a change of it is described."""

import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from nnzoo.files.contents import describe_change, of_files
from nnzoo.files.rows import hashes, of_rows
from numpy.typing import NDArray

N = 40
rng = np.random.default_rng(0)
X = rng.normal(size=(N, 2))
Y = rng.integers(0, 3, N)
FRAME = pd.DataFrame(X, columns=["a", "b"]).assign(kind=np.array(["x", "y", "z"])[Y])
PICTURES = rng.integers(0, 256, (N, 5, 4), dtype=np.uint8)


def recorded(*parts: pd.DataFrame | NDArray[Any]) -> dict[str, Any]:
    columns = list(parts[0].columns) if isinstance(parts[0], pd.DataFrame) else []
    return of_rows(columns, *parts)


@pytest.mark.parametrize("parts", [(FRAME,), (FRAME, Y), (PICTURES, Y), (X,)], ids=["table", "x, y", "images", "array"])
def test_the_order_of_rows_is_told_from_their_values(parts: tuple[Any, ...]) -> None:
    before, order = recorded(*parts), rng.permutation(N)
    shuffled = [part.iloc[order] if isinstance(part, pd.DataFrame) else part[order] for part in parts]
    assert recorded(*parts) == before
    assert recorded(*shuffled) == before
    assert describe_change(before, before) == "its rows are in another order"  # the checksum is another


def test_targets_belong_to_their_rows() -> None:
    """Exchanging values between rows or columns changes values, not the order."""
    before = recorded(X, Y)
    others = [Y.copy(), np.roll(Y, 1)]
    places = [int(np.flatnonzero(value == Y)[0]) for value in (0, 1)]
    others[0][places] = Y[places[::-1]]
    for y in others:
        assert describe_change(before, recorded(X, y)) == "its values have changed"
    assert describe_change(before, recorded(X[:, ::-1], Y)) == "its values have changed"
    assert describe_change(before, recorded(Y, X)) == "its values have changed"
    mixed = X.copy()
    mixed[[0, 1], 1] = X[[1, 0], 1]
    assert describe_change(before, recorded(mixed, Y)) == "its values have changed"


@pytest.mark.parametrize(
    ("frame", "text"),
    [
        (FRAME.assign(a=FRAME.a.where(FRAME.index != 7, 0.5)), "its values have changed"),
        (FRAME[1:], "it has 39 rows, not 40"),
        (pd.concat([FRAME, FRAME[:2]]), "it has 42 rows, not 40"),
        (FRAME[["b", "a", "kind"]], "its columns are in another order"),
        (FRAME.drop(columns="b"), "missing columns: b"),
        (FRAME.assign(c=1, d=2), "new columns: c, d"),
        (FRAME.rename(columns={"a": "e"}), "missing columns: a; new columns: e"),
        (FRAME[2:].drop(columns="a"), "it has 38 rows, not 40; missing columns: a"),
    ],
)
def test_changes_of_tables(frame: pd.DataFrame, text: str) -> None:
    assert describe_change(recorded(FRAME), recorded(frame)) == text


def test_changes_of_files(tmp_path: Path) -> None:
    files = [tmp_path / name for name in ("a.txt", "b.txt")]
    for file in files:
        file.write_text("abc")
    folder, one = of_files(files, tmp_path), of_files(files[:1])
    assert describe_change(folder, of_files(files[:1], tmp_path)) == "it has 1 files, not 2"
    other = files[1].rename(tmp_path / "c.txt")
    assert describe_change(folder, of_files([files[0], other], tmp_path)) == "its files have other names"
    files[0].write_text("abd")
    assert describe_change(one, of_files(files[:1])) == "its content has changed"
    files[0].write_text("abcd")
    assert describe_change(one, of_files(files[:1])) == "it has 4 bytes, not 3"


def test_the_record_of_rows_stays_the_same() -> None:
    """Runs keep it: h = crc32(x) F + crc32(y) modulo 2^64 of each row, and the sum of h xor (h >> 32)."""
    x, y = (np.arange(first, first + 12, dtype=np.uint8).reshape(3, 2, 2) for first in (0, 100))
    total = 0
    for row, other in zip(x, y, strict=True):
        h = (zlib.crc32(row.tobytes()) * 0x9E3779B97F4A7C15 + zlib.crc32(other.tobytes())) % 2**64
        total += h ^ (h >> 32)
    assert of_rows(["x", "y"], x, y) == {"rows": 3, "columns": ["x", "y"], "any_order": f"{total % 2**64:016x}"}
    assert hashes(X).tolist() == hashes(FRAME[["a", "b"]]).tolist()


def test_runs_of_earlier_versions_have_no_record() -> None:
    assert describe_change({}, recorded(FRAME)) == "its content has changed"
