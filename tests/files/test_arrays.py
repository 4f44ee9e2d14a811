import io
import zipfile
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd
import pytest
from nnzoo.errors import UserError
from nnzoo.files import arrays
from nnzoo.files.arrays import load_numpy, read_columns, read_inputs

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


@pytest.mark.parametrize("end", [3000, -10])  # without the last bytes, the file is not shorter than its numbers
@pytest.mark.parametrize("name", ["a.npy", "a.npz"])
def test_truncated_file_is_refused(tmp_path: Path, name: str, end: int) -> None:
    path = tmp_path / name
    np.save(path, TABLE) if name == "a.npy" else np.savez(path, x=TABLE)
    path.write_bytes(path.read_bytes()[:end])
    with pytest.raises(UserError, match="cannot be read"):
        load_numpy(path, tables=True)


@pytest.mark.parametrize("order", ["C", "F"])
def test_a_truncated_array_is_no_table(order: Literal["C", "F"]) -> None:
    content = saved(np.asarray(TABLE, order=order)).getvalue()
    assert read_columns(io.BytesIO(content)) is not None
    assert read_columns(io.BytesIO(content[:-1])) is None


def test_arrays_in_npy_files(tmp_path: Path) -> None:
    for values, kind in ((TABLE, pd.DataFrame), (TABLE[:, 0], np.ndarray), (TABLE[0, 0], np.ndarray)):
        np.save(tmp_path / "a.npy", values)
        for tables in (False, True):
            found = load_numpy(tmp_path / "a.npy", tables=tables)
            assert list(found) == [""]
            assert type(found[""]) is (kind if tables else np.ndarray)
            np.testing.assert_array_equal(np.asarray(found[""]), values)


@pytest.mark.parametrize("name", ["a.npy", "a.npz"])
def test_text_file_with_the_extension_of_an_array_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("a,b\n1,2\n")
    with pytest.raises(UserError, match=r"cannot be read: its content is not that of an \.npy or \.npz file"):
        load_numpy(tmp_path / name)
    np.save(tmp_path / "o.npy", np.array([{}], dtype=object), allow_pickle=True)
    with pytest.raises(UserError, match="it contains Python objects, which are never unpickled"):
        load_numpy(tmp_path / "o.npy")


def header(shape: str, kind: str = "'<f8'") -> bytes:
    """Return an .npy file of this header and three numbers."""
    text = f"{{'descr': {kind}, 'fortran_order': False, 'shape': {shape}}}".ljust(117) + "\n"
    return b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text.encode() + np.zeros(3).tobytes()


HOSTILE = {
    "too many rows": (header("(1000000000000,)"), "which is not in the file"),
    "too many columns": (header("(1, 1000000000)"), "which is not in the file"),
    "overflow": (header("(4294967296, 4294967296)"), "which is not in the file"),
    "negative": (header("(-3,)"), "which is not in the file"),
    "one negative": (header("(3, -3)"), "which is not in the file"),
    "empty numbers": (header("(1000000000000,)", "'<U0'"), "which is not in the file"),
    "large numbers": (header("(3,)", "'<V1000000000'"), "which is not in the file"),
    "parentheses": (header("(" * 5000 + "3" + ",)" * 5000), "Header|header|nested"),
    "other type": (header("(3,)", "['<f8', 7]"), ""),
    "not a shape": (header("3"), ""),
}


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize("tables", [False, True])
def test_hostile_headers_are_one_line_errors(tmp_path: Path, name: str, *, tables: bool) -> None:
    content, message = HOSTILE[name]
    (tmp_path / "a.npy").write_bytes(content)
    with zipfile.ZipFile(tmp_path / "a.npz", "w") as archive:
        archive.writestr("x.npy", content)
    for path in tmp_path.iterdir():
        with pytest.raises(UserError, match=f"{path.name} cannot be read: .*({message})") as caught:
            load_numpy(path, tables=tables)
        assert "\n" not in str(caught.value)
        assert len(str(caught.value)) < 500


def test_archives_that_expand_or_are_encrypted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.npz"
    np.savez_compressed(path, x=np.zeros(500_000))
    assert load_numpy(path)["x"].shape == (500_000,)
    monkeypatch.setattr(arrays, "UNPACKED", 1_000_000)
    with pytest.raises(UserError, match=r"a\.npz cannot be read: its \d+ bytes expand to 4000128; save"):
        load_numpy(path)
    np.savez(path, x=np.zeros(3))
    content = path.read_bytes()
    place = content.index(b"PK\x01\x02")
    path.write_bytes(content[: place + 8] + b"\x01" + content[place + 9 :])
    with pytest.raises(UserError, match=r"a\.npz cannot be read: it is encrypted"):
        load_numpy(path)
    path.write_bytes(content[: place + 10] + b"\x63" + content[place + 11 :])
    with pytest.raises(UserError, match=r"a\.npz cannot be read: .*compression"):
        load_numpy(path)


def test_an_empty_and_a_scalar_array_are_read(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", x=np.zeros((0, 3)), y=np.float64(3), text=np.array("", dtype="<U0"))
    found = load_numpy(tmp_path / "a.npz")
    assert found["x"].shape == (0, 3)
    assert found["y"] == 3


def test_inputs_in_files_of_every_kind(tmp_path: Path) -> None:
    (tmp_path / "a.CSV").write_text("a,b\n1,2\n3,\n")
    np.save(tmp_path / "a.npy", TABLE[:, 0])
    table = read_inputs(tmp_path / "a.CSV")
    assert table.dtype == np.float64
    np.testing.assert_array_equal(table, [[1, 2], [3, np.nan]])
    (tmp_path / "b.csv").write_text("a,b\n1,2\n3,4\n")
    assert read_inputs(tmp_path / "b.csv").dtype == np.float64
    np.testing.assert_array_equal(read_inputs(tmp_path / "a.npy"), TABLE[:, 0])


@pytest.mark.parametrize("names", [["x", "X"], ["X", "x_train"], ["x_train", "X_train"], ["X_train", "data"], ["data"]])
def test_the_array_of_inputs_in_an_npz(tmp_path: Path, names: list[str]) -> None:
    arrays = {name: np.full(3, place) for place, name in enumerate(names)}
    np.savez(tmp_path / "a.npz", y=np.full(3, 7), **dict(reversed(arrays.items())))
    assert read_inputs(tmp_path / "a.npz").tolist() == [0, 0, 0]


def test_files_without_inputs_are_refused(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", y=TABLE, labels=TABLE)
    np.savez(tmp_path / "empty.npz")
    (tmp_path / "a.csv").write_text("a,b,c\n1,x,u\n2,y,v\n")
    for name, message in {
        "a.npz": "a.npz has no array called x; it has: labels, y",
        "empty.npz": "empty.npz has no array called x; it has: none",
        "a.csv": "a.csv, column b: 'x' is not a number",
        "a.json": "a.json: unknown file extension '.json'; one of: .csv, .tsv, .txt, .npy, .npz",
    }.items():
        with pytest.raises(UserError) as caught:
            read_inputs(tmp_path / name)
        assert str(caught.value) == f"{tmp_path}/{message}"
