"""`src/` is the package nnzoo, and `configs/` is part of it."""

import ast
import doctest
import inspect
import os
import pkgutil
import re
import subprocess
import sys
import tomllib
import zipfile
from importlib import import_module
from pathlib import Path

import nnzoo
import pytest
import yaml
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
    assert yaml.safe_load((ROOT / "CITATION.cff").read_text())["version"] == nnzoo.__version__


def test_github_runs_what_continuous_integration_runs():
    (job,) = yaml.safe_load((ROOT / ".github" / "workflows" / "ci.yml").read_text())["jobs"].values()
    assert job["steps"][-1] == {"run": ".ci/run"}
    lowest, highest = re.findall(r"3\.\d+", PROJECT["project"]["requires-python"])
    assert min(job["strategy"]["matrix"]["python"]) == lowest
    assert max(job["strategy"]["matrix"]["python"]) < highest


def test_public_names():
    for name in set(nnzoo.__all__) - {"train"}:
        assert callable(getattr(nnzoo, name))
    with pytest.raises(AttributeError, match="no attribute 'trian'"):
        nnzoo.trian  # noqa: B018


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """The built wheel, from the files that git knows."""
    folder = tmp_path_factory.mktemp("wheel")
    for file in tracked():
        if file.startswith(("src/", "configs/", "pyproject", "README", "LICENSE")):
            (folder / file).parent.mkdir(parents=True, exist_ok=True)
            (folder / file).write_bytes((ROOT / file).read_bytes())
    build = "from setuptools.build_meta import build_wheel; import sys; build_wheel(sys.argv[1])"
    python("-c", build, ".", cwd=folder, check=True)
    (path,) = folder.glob("*.whl")
    return path


def tracked():
    """Return the paths of the files that git knows."""
    return subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines()


@pytest.mark.slow
def test_wheel_contains_sources_and_configs(wheel):
    inside = set(zipfile.ZipFile(wheel).namelist())
    wanted = {
        f"nnzoo/{file.removeprefix('src/')}"
        for file in tracked()
        if file.startswith(("src/", "configs/")) and file.endswith((".py", ".yaml", ".txt", "py.typed"))
    }
    assert {"nnzoo/configs/model/mlp.yaml", "nnzoo/data/text/tales.txt"} <= wanted
    assert wanted <= inside


@pytest.mark.slow
def test_wheel_trains_in_a_clean_environment(wheel, tmp_path):
    """Packages come from the cache of `make setup`; the extras of the developers are not there."""
    uv = Path(sys.executable).parent / "uv"
    environment, nnzoo_there = tmp_path / "environment", tmp_path / "environment" / "bin" / "nnzoo"
    subprocess.run([uv, "venv", "--quiet", "--python", sys.executable, environment], check=True)
    into = ("--python", environment / "bin" / "python", "--constraints", ROOT / "constraints.txt")
    installed = subprocess.run(
        [uv, "pip", "install", "--offline", "--quiet", *into, wheel], capture_output=True, text=True
    )
    if "network was disabled" in installed.stderr or "not found in the cache" in installed.stderr:
        pytest.skip(f"a package is not in the cache of uv, and tests download nothing: {installed.stderr}")
    assert installed.returncode == 0, installed.stderr
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "NNZOO"))}

    def run(*args):
        ended = subprocess.run([nnzoo_there, *args], cwd=tmp_path, env=clean, capture_output=True, text=True)
        assert ended.returncode == 0, ended.stderr
        return ended.stdout

    assert "acc" in run("train", "model=mlp", "data=iris", "trainer.max_epochs=2")
    assert "mlp" in run("list", "models").split()
    (flowers := tmp_path / "flowers.csv").write_text(
        "sepal length (cm),sepal width (cm),petal length (cm),petal width (cm)\n5.1,3.5,1.4,0.2\n7.0,3.2,4.7,1.4\n"
    )
    (directory,) = tmp_path.glob("outputs/iris/*")
    run("predict", f"run={directory}", f"input={flowers}", f"output={tmp_path}/answers.csv")
    _, *answers = (tmp_path / "answers.csv").read_text().splitlines()
    assert len(answers) == 2
    assert {answer.partition(",")[2] for answer in answers} <= {"setosa", "versicolor", "virginica"}


@pytest.mark.parametrize("package", ["layers", "losses", "optim", "rules"])
def test_packages_export_their_classes(package):
    contents = import_module(f"nnzoo.{package}")
    for info in pkgutil.walk_packages(contents.__path__, f"{contents.__name__}."):
        for name, each in vars(import_module(info.name)).items():
            if isinstance(each, type) and each.__module__ == info.name and issubclass(each, EXPORTED):
                assert name in contents.__all__, f"add {name} of {info.name} to src/{package}/__init__.py"
                assert getattr(contents, name) is each
