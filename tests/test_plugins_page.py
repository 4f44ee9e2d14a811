"""The page on plug-ins: its modules and configs are written, its package is installed, and its commands run."""

import importlib
import os
import re
import sys
import tomllib
from pathlib import Path

import pytest
from tests.test_own_data_page import check, expected, is_error, run_command

from tests.support.paths import ROOT
from tests.support.plugins import forget_plugins, install

PAGE = (ROOT / "docs" / "plugins.md").read_text(encoding="utf-8")
FENCE = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
FILE = re.compile(r"# (\S+\.(?:py|yaml|toml))\n")
QUICK = " trainer.accelerator=cpu trainer.threads=1"
MEASURED = re.compile(r"\b(f1|worst|val/\w+) +[\d.]+")
HERE, PACKAGE = "## A class of the working directory", "## A package"


def section(heading: str) -> str:
    """Return the section of the page with a heading."""
    return re.split(r"^(?=## )", PAGE, flags=re.MULTILINE)[section_number(heading)]


def section_number(heading: str) -> int:
    parts = re.split(r"^(?=## )", PAGE, flags=re.MULTILINE)
    return next(i for i, part in enumerate(parts) if part.startswith(heading))


def files(text: str) -> dict[str, str]:
    """Return name -> content of the files in a text, which begin with a comment that names them."""
    blocks = [block for _, block in FENCE.findall(text)]
    return {match[1]: block[match.end() :] for block in blocks if (match := FILE.match(block))}


def write(folder: Path, content: dict[str, str]) -> None:
    for name, text in content.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")


def run_commands(text: str) -> int:
    """Run the commands of a text, compare what they print with what it shows, and return their number."""
    variables, count = dict(os.environ), 0
    for language, block in FENCE.findall(text):
        if language != "console":
            continue
        for command, shown in expected(block):
            fails = any(map(is_error, shown))
            drawn = "onfidence" in command  # a figure
            quick = QUICK + (" trainer.max_epochs=2" if drawn else " ~callbacks.figures trainer.max_epochs=1")
            quick += " sweep.workers=0" * ("-m " in command)
            code, output = run_command(command + quick * (command.startswith("nnzoo train") and not fails), variables)
            assert code == (2 if fails else 0), f"{command}\n{output}"
            check(*([MEASURED.sub(r"\1 0.5", line) for line in lines] for lines in (output.splitlines(), shown)))
            count += 1
    return count


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """The working directory, with the modules of the page; what is imported from it is forgotten."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    before = set(sys.modules)
    yield tmp_path
    for name in set(sys.modules) - before:
        if name.partition(".")[0] in {path.stem for path in tmp_path.iterdir()} | {"mynets"}:
            del sys.modules[name]
    forget_plugins()


def test_classes_of_the_working_directory(folder: Path) -> None:
    write(folder, files(section(HERE)))
    importlib.invalidate_caches()
    assert run_commands(section(HERE)) > 10
    assert run_commands(section("## Errors")) > 4


def test_a_package(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    site = folder / "site"
    modules = {f"mynets/{name}": text for name, text in files(section(HERE)).items()}
    content = files(section(PACKAGE))
    project = tomllib.loads(content.pop("pyproject.toml"))
    write(site, {**modules, **content, "mynets/__init__.py": ""})
    points = project["project"]["entry-points"]["nnzoo.plugins"]
    assert set(project["tool"]["setuptools"]["packages"]) == {"mynets"}
    install(site, "mynets", points, monkeypatch)
    assert run_commands(section(PACKAGE)) > 6
    assert "mynets.myoptim" in sys.modules
