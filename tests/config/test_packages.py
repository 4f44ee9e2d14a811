"""Packages that may be missing."""

import pytest
from nnzoo.config.packages import is_installed, is_missing, require_packages
from nnzoo.errors import UserError


def test_packages_of_the_working_directory_are_not_missing(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "own_module.py").touch()
    (tmp_path / "own_folder").mkdir()
    assert is_missing("own_nothing")
    for name in ("own_module", "own_folder", "fractions", "sys", "not-a-name", ""):
        assert not is_missing(name)


def test_a_folder_without_init_is_not_installed(tmp_path, monkeypatch):
    (tmp_path / "own_folder").mkdir()
    (tmp_path / "own_package").mkdir()
    (tmp_path / "own_package" / "__init__.py").touch()
    monkeypatch.syspath_prepend(tmp_path)
    assert is_installed("own_package")
    assert is_installed("fractions")
    assert not is_installed("own_folder")
    assert not is_installed("own_nothing")


def test_packages_that_are_needed():
    require_packages(["fractions", "json"], purpose="logger=x", install="x")
    with pytest.raises(UserError, match=r"^logger=x needs own_a and own_b: pip install 'nnzoo\[x\]'$"):
        require_packages(["own_a", "json", "own_b"], purpose="logger=x", install="'nnzoo[x]'")
