"""Packages in the working directory that become importable."""

import sys

import pytest
from nnzoo.config.class_imports import make_importable, place_in, why_not_found


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    for name in ("fractions.py", "unittest.py", "own_nets.py", "not-a-name.py"):
        (tmp_path / name).touch()
    (tmp_path / "own_package").mkdir()
    return str(tmp_path)


@pytest.mark.parametrize(
    ("packages", "appended"),
    [
        (["own_nets"], True),
        (["own_package.inner"], True),
        (["own_missing"], False),
        (["not-a-name"], False),
        (["fractions"], False),  # installed
        (["sys"], False),
        ([], False),
    ],
)
def test_a_package_of_the_working_directory_is_importable(here, packages, appended):
    before = [*sys.path]
    make_importable(packages)
    assert sys.path == ([*before, here] if appended else before)


def test_why_there_is_no_module(here):
    assert why_not_found("own_missing") == f"module own_missing is neither installed nor in {here}"
    assert why_not_found("fractions.Fraction") == (
        "Fraction is a class of fractions; a class inside another class cannot be named"
    )
    assert why_not_found("json.nothing") == "json has no module 'nothing'"


def test_place_of_the_innermost_call_in_a_package():
    def fail():
        raise KeyError

    with pytest.raises(KeyError) as caught:
        fail()
    line = fail.__code__.co_firstlineno + 1
    assert place_in([__name__], caught.value) == f"{__file__}, line {line}"
    assert place_in(["own_nets"], caught.value) is None
