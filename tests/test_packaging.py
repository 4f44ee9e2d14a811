"""`src/` is the package nnzoo, and `configs/` is part of it."""

import ast
import doctest
import inspect
import pkgutil
import subprocess
import sys
import tomllib
import zipfile
from importlib import import_module

import nnzoo
import pytest
from nnzoo.rules import Rule
from torch import nn
from torch.optim import Optimizer

from tests.support.paths import ROOT
from tests.support.processes import python

EXPORTED = (nn.Module, Optimizer, Rule)
FOLDERS = sorted({p.parent for p in (ROOT / "src").rglob("*.py")})
SOURCES = sorted((ROOT / "src").rglob("*.py"))
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
# importing the script would replace the function `nnzoo.train` by the module
MODULES = [m.name for m in pkgutil.walk_packages(nnzoo.__path__, "nnzoo.") if m.name != "nnzoo.train"]


def test_lists_of_files_are_not_empty():
    assert len(FOLDERS) >= 11
    assert len(SOURCES) >= 60
    assert len(MODULES) >= 60


def test_every_folder_is_a_package():
    for folder in (*FOLDERS, ROOT / "configs"):
        assert (folder / "__init__.py").is_file(), folder


def test_every_package_is_listed():
    names = {".".join(("nnzoo", *folder.relative_to(ROOT / "src").parts)) for folder in FOLDERS}
    assert set(PROJECT["tool"]["setuptools"]["packages"]) == names | {"nnzoo.configs"}


def test_no_module_shadows_the_standard_library():
    # `python src/train.py` puts src/ first on the path
    names = {p.stem for p in (ROOT / "src").iterdir()}
    assert not names & set(sys.stdlib_module_names)


@pytest.mark.parametrize("path", SOURCES, ids=lambda p: str(p.relative_to(ROOT)))
def test_package_uses_relative_imports(path):
    absolute = [
        name
        for node in ast.walk(ast.parse(path.read_text()))
        for name in (
            [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else [node.module or ""]
            if isinstance(node, ast.ImportFrom) and not node.level
            else []
        )
        if name.partition(".")[0] in ("nnzoo", "src")
    ]
    # the script is not imported as part of the package
    assert bool(absolute) == (path == ROOT / "src" / "train.py")
    assert not any(name.startswith("src") for name in absolute)


def test_type_checker_finds_the_package():
    assert (ROOT / ".typing" / "nnzoo").resolve() == ROOT / "src"


@pytest.mark.parametrize("name", MODULES)
def test_examples_in_docstrings(name):
    module = import_module(name)
    if ">>>" in inspect.getsource(module):  # doctest takes as long for docstrings without examples
        assert doctest.testmod(module).failed == 0


def test_version():
    assert nnzoo.__version__ == PROJECT["project"]["version"]


def test_public_names():
    for name in set(nnzoo.__all__) - {"train"}:
        assert callable(getattr(nnzoo, name))
    with pytest.raises(AttributeError, match="no attribute 'trian'"):
        nnzoo.trian  # noqa: B018


@pytest.mark.slow
def test_wheel(tmp_path):
    build = "from setuptools.build_meta import build_wheel; import sys; build_wheel(sys.argv[1])"
    files = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for file in files.splitlines():
        if file.startswith(("src/", "configs/", "pyproject", "README", "LICENSE")):
            (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / file).write_bytes((ROOT / file).read_bytes())
    python("-c", build, ".", cwd=tmp_path, check=True)
    (wheel,) = tmp_path.glob("*.whl")
    inside = set(zipfile.ZipFile(wheel).namelist())
    wanted = {
        f"nnzoo/{file.removeprefix('src/')}"
        for file in files.splitlines()
        if file.startswith(("src/", "configs/")) and file.endswith((".py", ".yaml", ".txt", "py.typed"))
    }
    assert {"nnzoo/configs/model/mlp.yaml", "nnzoo/data/text/tales.txt"} <= wanted
    assert wanted <= inside


@pytest.mark.parametrize("package", ["layers", "losses", "optim", "rules"])
def test_packages_export_their_classes(package):
    contents = import_module(f"nnzoo.{package}")
    for info in pkgutil.walk_packages(contents.__path__, f"{contents.__name__}."):
        for name, each in vars(import_module(info.name)).items():
            if isinstance(each, type) and each.__module__ == info.name and issubclass(each, EXPORTED):
                assert name in contents.__all__, f"add {name} of {info.name} to src/{package}/__init__.py"
                assert getattr(contents, name) is each
