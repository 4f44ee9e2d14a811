"""The page on plug-ins: its modules and configs are written, its package is installed, and its commands run."""

import re
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.commands import without_progress
from tests.support.pages import FENCE, Session, check, expected, is_error
from tests.support.paths import ROOT
from tests.support.plugins import forget_plugins, install

PAGE = (ROOT / "docs" / "plugins.md").read_text(encoding="utf-8")
FILE = re.compile(r"# (\S+\.(?:py|yaml|toml))\n")
MEASURED = re.compile(r"\b(acc|errors|f1|loss|norm|worst) +[\d.e+]+")
HERE, PACKAGE, ERRORS = "## A class of the working directory", "## A package", "## Errors"


def section(heading: str) -> str:
    """Return the section of the page with a heading."""
    (found,) = (part for part in re.split(r"^(?=## )", PAGE, flags=re.MULTILINE) if part.startswith(f"{heading}\n"))
    return found


def files(text: str) -> dict[str, str]:
    """Return name -> content of the files in a text, which begin with a comment that names them."""
    blocks = [block for _, block in FENCE.findall(text)]
    return {match[1]: block[match.end() :] for block in blocks if (match := FILE.match(block))}


def write(folder: Path, content: dict[str, str]) -> None:
    for name, text in content.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")


def run_commands(text: str, *, brief: bool) -> int:
    """Run the commands of a text, compare what they print with what it shows, and return their number.

    brief: train for one epoch, two if a figure is drawn, and do not compare metrics.
    """
    session, count = Session(), 0
    for shown_command, shown in (
        each for kind, block in FENCE.findall(text) if kind == "console" for each in expected(block)
    ):
        fails, command = any(map(is_error, shown)), shown_command
        if brief and command.startswith("nnzoo train ") and not fails:
            drawn = "onfidence" in command
            command += " trainer.max_epochs=2" if drawn else " trainer.max_epochs=1 ~callbacks.figures"
            command += " sweep.workers=0" * ("-m " in command)
        code, output = session.run_command(command)
        assert code == (2 if fails else 0), f"{command}\n{output}"
        lines = without_progress(output).splitlines()
        both = (
            ([MEASURED.sub(r"\1 0.5", line) for line in each] for each in (lines, shown)) if brief else (lines, shown)
        )
        check(*both)
        count += 1
    return count


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The working directory, with the modules of the page; what is imported from it is forgotten."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    write(tmp_path, files(section(HERE)))
    yield tmp_path
    own = {path.stem for path in tmp_path.iterdir()} | {"mynets"}
    for name in [name for name in sys.modules if name.partition(".")[0] in own]:
        del sys.modules[name]
    forget_plugins()


@pytest.mark.parametrize("brief", [True, pytest.param(False, marks=pytest.mark.slow)])
def test_classes_of_the_working_directory(folder: Path, brief: bool) -> None:
    assert run_commands(section(HERE), brief=brief) > 10
    assert run_commands(section(ERRORS), brief=brief) > 4


@pytest.mark.parametrize("brief", [True, pytest.param(False, marks=pytest.mark.slow)])
def test_a_package(folder: Path, monkeypatch: pytest.MonkeyPatch, brief: bool) -> None:
    content = files(section(PACKAGE))
    project = tomllib.loads(content.pop("pyproject.toml"))
    modules = {f"mynets/{name}": text for name, text in files(section(HERE)).items()}
    write(folder / "site", {**modules, **content, "mynets/__init__.py": ""})
    assert project["tool"]["setuptools"]["packages"] == ["mynets"]
    install(folder / "site", "mynets", project["project"]["entry-points"]["nnzoo.plugins"], monkeypatch)
    assert run_commands(section(PACKAGE), brief=brief) > 6
