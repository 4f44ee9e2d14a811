"""docs/proofs.md names tests that exist, and all oracles. That they run the package: `tests/support/entered.py`."""

import ast
import re
from functools import cache

import pytest

from tests.support.paths import ROOT
from tests.support.proofs import named_tests

ROW = re.compile(r"^\| (?!---|section|where)(.*) \|$", re.MULTILINE)


@cache
def functions(file: str) -> frozenset[str]:
    """Return the names of the test functions of a file."""
    nodes = ast.parse((ROOT / file).read_text()).body
    return frozenset(n.name for n in nodes if isinstance(n, ast.FunctionDef) and n.name.startswith("test_"))


def test_named_tests_exist() -> None:
    missing = [f"{file}::{name}" for file, name in named_tests() if name not in functions(file)]
    assert not missing


def test_every_row_names_a_test() -> None:
    rows = ROW.findall((ROOT / "docs" / "proofs.md").read_text())
    assert len(rows) > 70
    assert not [row for row in rows if "::test_" not in row]


@pytest.mark.parametrize("path", sorted((ROOT / "tests" / "oracles").glob("test_*.py")), ids=lambda path: path.stem)
def test_every_oracle_is_named(path) -> None:
    file = path.relative_to(ROOT).as_posix()
    assert functions(file) == {name for named, name in named_tests() if named == file}
