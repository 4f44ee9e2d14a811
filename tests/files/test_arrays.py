import io
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd
import pytest
from nnzoo.errors import UserError
from nnzoo.files import arrays
from nnzoo.files.arrays import load_numpy, read_columns

TABLE = np.random.default_rng(0).normal(size=(100, 7))


@pytest.fixture
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(arrays, "BLOCK", 64)  # 9 rows of 7 columns, and a remainder


def saved(values: np.ndarray) -> io.BytesIO:
    file = io.BytesIO()
    np.save(file, values)
    file.seek(0)
    return file


@pytest.mark.usefixtures("small_blocks")
@pytest.mark.parametrize("kind", ["f4", "f8", ">f8", "u1", "i8", "?"])
@pytest.mark.parametrize("order", ["C", "F"])
def test_read_columns_returns_separate_contiguous_columns(kind: str, order: Literal["C", "F"]) -> None:
    values = (100 * TABLE).astype(kind, order=order)
    frame = read_columns(saved(values))
    assert isinstance(frame, pd.DataFrame)
    assert list(frame) == [str(place) for place in range(1, 8)]
    np.testing.assert_array_equal(frame.to_numpy(), values)
    first, second = frame["1"].to_numpy(), frame["2"].to_numpy()
    assert first.dtype.isnative
    assert first.flags.c_contiguous
    assert not np.shares_memory(first, second)


@pytest.mark.parametrize("values", [TABLE[:, 0], TABLE[None], TABLE[:0], TABLE.astype("U3"), TABLE + 1j])
def test_other_arrays_are_not_read_as_tables(values: np.ndarray) -> None:
    assert read_columns(saved(values)) is None


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_tables_in_npz_files(tmp_path: Path, save: object) -> None:
    path = tmp_path / "a.npz"
    save(path, x=TABLE, y=TABLE[:, 0], images=TABLE.reshape(10, 10, 7))  # type: ignore[operator]
    found, plain = load_numpy(path, tables=True), load_numpy(path)
    assert [type(part) for part in found.values()] == [pd.DataFrame, np.ndarray, np.ndarray]
    assert list(plain) == list(found) == ["x", "y", "images"]
    for name, values in plain.items():
        np.testing.assert_array_equal(np.asarray(found[name]), values)


@pytest.mark.parametrize("name", ["a.npy", "a.npz"])
def test_truncated_file_is_refused(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    np.save(path, TABLE) if name == "a.npy" else np.savez(path, x=TABLE)
    path.write_bytes(path.read_bytes()[:3000])
    with pytest.raises(UserError, match="cannot be read"):
        load_numpy(path, tables=True)


@pytest.mark.parametrize("name", ["a.npy", "a.npz"])
def test_text_file_with_the_extension_of_an_array_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("a,b\n1,2\n")
    with pytest.raises(UserError, match=r"cannot be read: its content is not that of an \.npy or \.npz file"):
        load_numpy(tmp_path / name)
    np.save(tmp_path / "o.npy", np.array([{}], dtype=object), allow_pickle=True)
    with pytest.raises(UserError, match="it contains Python objects, which are never unpickled"):
        load_numpy(tmp_path / "o.npy")
