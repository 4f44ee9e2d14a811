"""A check that tests run code of the package, so that none of them compares other libraries with each other."""

import sys
from collections.abc import Callable, Generator
from inspect import CO_OPTIMIZED
from pathlib import Path
from types import FrameType
from typing import Any

import nnzoo
import pytest

PACKAGE = str(Path(nnzoo.__file__).parent)


class Entered:
    """A plugin of pytest that fails a passed test if neither it nor one of its fixtures has called the package.

    applies: whether a test is checked. Importing a module does not count.
    """

    def __init__(self, applies: Callable[[pytest.Item], bool]) -> None:
        self.applies = applies
        self.checked: set[Path] = set()  # files with such tests
        self.fixtures: set[Any] = set()  # definitions of fixtures that have called the package

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        self.checked = {item.path for item in items if self.applies(item)}

    @pytest.hookimpl(wrapper=True)
    def pytest_fixture_setup(self, fixturedef: Any, request: pytest.FixtureRequest) -> Generator[None, object, object]:
        if request.node.path not in self.checked:
            return (yield)
        with Watch() as watch:
            result = yield
        if watch.entered:
            self.fixtures.add(fixturedef)
        return result

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self, item: pytest.Function) -> Generator[None, None, None]:
        if not self.applies(item):
            return (yield)
        with Watch() as watch:
            yield
        used = {definition for every in item._fixtureinfo.name2fixturedefs.values() for definition in every}
        if not watch.entered and not used & self.fixtures:
            pytest.fail("no function of nnzoo was called: the test proves nothing about the package", pytrace=False)
        return None


class Watch:
    """A context that records whether a function of the package is called."""

    entered = False

    def __enter__(self) -> "Watch":
        self.outer = sys.getprofile()
        sys.setprofile(self.record)
        return self

    def __exit__(self, *error: object) -> None:
        sys.setprofile(self.outer)

    def record(self, frame: FrameType, event: str, argument: object) -> None:
        """Note the first call, and stop looking; bodies of modules and classes are no functions."""
        code = frame.f_code
        if event == "call" and code.co_flags & CO_OPTIMIZED and code.co_filename.startswith(PACKAGE):
            self.entered = True
            sys.setprofile(None)
