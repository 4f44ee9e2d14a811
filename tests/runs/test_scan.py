"""Search for runs in folders."""

import os
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from nnzoo.runs.scan import is_folder


@pytest.mark.skipif(os.name != "posix", reason="links of POSIX")
def test_a_link_to_a_folder_is_no_folder(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").touch()
    (tmp_path / "link").symlink_to(tmp_path / "folder")
    assert {each.name: is_folder(each) for each in os.scandir(tmp_path)} == {
        "folder": True,
        "file": False,
        "link": False,
    }


def test_a_folder_that_cannot_be_read_is_no_folder() -> None:
    def fail(*, follow_symlinks: bool) -> bool:
        raise OSError

    entry: Any = SimpleNamespace(is_dir=fail)
    assert not is_folder(entry)
