import os
import tempfile
from pathlib import Path

import pytest
from nnzoo.data import folders


@pytest.fixture
def homeless(tmp_path, monkeypatch):
    for name in ("HOME", "XDG_CACHE_HOME", "NNZOO_DATA"):
        monkeypatch.delenv(name, raising=False)

    def no_home(path):
        if str(path).startswith("~"):
            raise RuntimeError("Could not determine home directory.")
        return path

    monkeypatch.setattr(Path, "expanduser", no_home)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path / f"nnzoo-{os.getuid()}"


def test_without_a_home_directory(homeless, monkeypatch):
    assert folders.cache() == folders.data_folder(None) == homeless
    assert folders.data_folder("~x.npz") == Path("~x.npz")
    monkeypatch.setenv("XDG_CACHE_HOME", "/somewhere")
    assert folders.cache() == Path("/somewhere/nnzoo")


def test_home_that_cannot_be_written_to(homeless, monkeypatch):
    monkeypatch.undo()
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setenv("HOME", "/nowhere")
    monkeypatch.setattr(tempfile, "tempdir", str(homeless.parent))
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    assert folders.cache() == homeless


def test_the_order_of_folders(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.delenv("NNZOO_DATA", raising=False)
    assert folders.data_folder(None) == folders.cache() == tmp_path / ".cache" / "nnzoo"
    monkeypatch.setenv("NNZOO_DATA", "~/data")
    assert folders.data_folder(None) == tmp_path / "data"
    assert folders.data_folder("here") == Path("here")
