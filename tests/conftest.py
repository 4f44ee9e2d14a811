"""Set-up of all tests: shape annotations are checked at run time and random seeds are fixed. Shared fixtures."""

import atexit
import gc
import logging
import os
import random
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import jaxtyping
import numpy as np
import pytest

from tests.support.entered import Entered
from tests.support.files import write
from tests.support.proofs import named_tests

gc.disable()  # until all tests are collected: modules and tests stay, and the collector would search them in vain
atexit.register(gc.unfreeze)  # the interpreter frees everything at its end: extension modules report what is left
jaxtyping.install_import_hook(["nnzoo.models", "nnzoo.layers", "nnzoo.losses"], "beartype.beartype")


def check_shapes(*, typechecker: Callable[..., Any]) -> Callable[..., Any]:
    """Return a decorator that checks the annotations of a function, but not those of equal calls again."""
    from tests.support.shapes import checked

    return checked(typechecker=typechecker)


jaxtyping.jaxtyped = check_shapes  # the hook makes it the decorator of all functions of these packages


@pytest.fixture(autouse=True)
def seeded() -> None:
    import torch

    random.seed(0)
    np.random.seed(0)
    torch.manual_seed(0)


@pytest.fixture(autouse=True)
def same_logging() -> Iterator[None]:
    """Restore the root logger after commands of Hydra, which add handlers and with --info print debug messages."""
    root = logging.getLogger()
    level, handlers = root.level, list(root.handlers)
    yield
    if root.level != level:  # setLevel searches all loggers
        root.setLevel(level)
    for handler in [each for each in root.handlers if each not in handlers]:
        root.removeHandler(handler)


@pytest.fixture
def float64() -> Iterator[None]:
    """Create new tensors in float64."""
    import torch

    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(torch.float32)


@pytest.fixture
def save(tmp_path: Path) -> Callable[..., str]:
    """Return a function that writes arrays, bytes or text to a named file in the test's folder and returns its path."""
    return lambda name, *content, **arrays: str(write(tmp_path / name, *content, **arrays))


@pytest.fixture
def real() -> Callable[[str], Path]:
    """Return a function that finds a file or folder of real data below $NNZOO_DATA and skips the test without it.

    Real data is neither part of the repository nor downloaded by tests. The code that reads it is also tested on
    generated files of the same format.
    """

    def found(name: str) -> Path:
        folder = os.environ.get("NNZOO_DATA")
        if not folder or not Path(folder, name).exists():
            pytest.skip(f"real data is not part of the repository, and NNZOO_DATA names no folder with {name}")
        return Path(folder, name)

    return found


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run the longest module first, so that no process waits for it at the end. Refuse names that vary."""
    for item in items:
        if " at 0x" in item.name:  # pytest-xdist would find other tests in each process
            raise pytest.UsageError(f"the name of a test contains an address, give it an id: {item.nodeid}")
    items.sort(key=lambda item: not item.nodeid.startswith("tests/zoo/test_zoo.py"))


def pytest_collection_finish() -> None:
    """Collect garbage from now on, but not among the modules and tests, which stay until the end, and less often."""
    gc.freeze()
    gc.set_threshold(10_000)
    gc.enable()


def pytest_configure(config: pytest.Config) -> None:
    """Set up torch, and let every oracle, and every other test that docs/proofs.md names, call the package.

    The controller of pytest-xdist runs no tests and starts its workers several seconds earlier without torch.
    """
    if config.getoption("dist", "no") != "no" and not hasattr(config, "workerinput"):
        return
    set_up_torch()
    proofs = {"::".join(each) for each in named_tests()}

    def is_oracle(item: pytest.Item) -> bool:
        return item.path.parent.name == "oracles" or item.nodeid.partition("[")[0] in proofs

    config.pluginmanager.register(Entered(is_oracle))


def set_up_torch() -> None:
    """Make torch fast for many small tests."""
    import pytorch_lightning  # noqa: F401 - sets the variable below
    import torch
    from lightning_fabric.utilities import registry

    for device in (torch.cuda, torch.xpu, torch.mtia):
        if not device.is_available():  # torch would keep a stack trace each time that it is seeded, which takes a while
            device.manual_seed_all = lambda seed: None  # type: ignore[attr-defined]
    if not torch.cuda.is_available():  # Lightning has each step of Adam look for a driver
        os.environ["PYTORCH_NVML_BASED_CUDA_CHECK"] = "0"
    registry.entry_points = cache(registry.entry_points)  # each trainer would read those of all installed packages
    torch.set_num_threads(1)  # several workers with several threads each make small steps a hundred times slower
