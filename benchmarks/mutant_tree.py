"""Tests of a private copy of the repository, in processes that are forked from one with the large imports."""

import contextlib
import json
import multiprocessing
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import pytest
from mutant_tests import ROOT, Selected, file_of
from mutations import Mutation

PRELOADED = ["torch", "pytorch_lightning", "torchmetrics", "hydra", "pytest", "scipy.stats", "sklearn", "pandas"]
PRELOADED += ["matplotlib.pyplot", "jaxtyping", "beartype", "torchvision", "numba", "optuna"]
LEFT_OUT = shutil.ignore_patterns(".git", ".venv", "outputs", "build", "*.egg-info", ".*_cache", "__pycache__")
KEPT_OUTPUTS = ["results", "bench.json"]
START = 60.0  # seconds that a process has beside those of its tests
SLOWER = 5.0  # tests may take as many times as long as recorded

running: set[int] = set()  # processes of tests
processes = multiprocessing.get_context("forkserver")
processes.set_forkserver_preload(PRELOADED)


def kill(pid: int) -> None:
    """Kill a process of tests with what the tests have started."""
    for end in (os.killpg, os.kill):  # it has no group yet if it has just started
        with contextlib.suppress(ProcessLookupError):
            end(pid, signal.SIGKILL)


class Result(NamedTuple):
    """What tests of a tree showed: those that failed and those that passed."""

    failed: list[str]
    passed: list[str]
    hung: bool = False


class Watch:
    """A plug-in of pytest: chooses and orders the tests, and keeps their outcomes."""

    def __init__(self, tests: Sequence[str]) -> None:
        self.rank = {name: rank for rank, name in enumerate(tests)}
        self.outcomes: dict[str, bool] = {}

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Keep the tests that are asked for, in their order."""
        names = {item: item.nodeid if item.nodeid in self.rank else file_of(item.nodeid) for item in items}
        chosen = (item for item in items if names[item] in self.rank)
        items[:] = sorted(chosen, key=lambda item: self.rank[names[item]])

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Keep an outcome."""
        if report.failed or report.when == "call":
            self.outcomes[report.nodeid] = self.outcomes.get(report.nodeid, True) and not report.failed

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Keep a file that cannot be imported."""
        if report.failed:
            self.outcomes[report.nodeid] = False


def run_tests(tree: Path, tests: Sequence[str], stop: bool, answer: Path) -> None:
    """Run tests in this process, which is a new one; write the outcomes to a file."""
    os.setsid()
    os.chdir(tree)
    sys.path[:0] = [str(tree), str(tree.parent / "site")]
    os.environ["PYTHONPATH"] = os.pathsep.join([str(tree.parent / "site"), os.environ.get("PYTHONPATH", "")])
    os.environ["TMPDIR"] = tempfile.tempdir = str(tree.parent / "tmp")
    log = os.open(answer.with_suffix(".log"), os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    for stream in (1, 2):
        os.dup2(log, stream)
    watch = Watch(tests)
    options = ["-p", "no:cacheprovider", "-W", "ignore::pytest.PytestAssertRewriteWarning"]  # they are preloaded
    options += [f"--basetemp={tree.parent / 'tmp' / 'pytest'}", *(["-x"] if stop else [])]
    code = pytest.main([*options, *dict.fromkeys(map(file_of, tests))], plugins=[watch])
    if not watch.outcomes and code not in (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED):
        watch.outcomes["conftest"] = False  # not even the set-up of the tests works
    answer.write_text(json.dumps(watch.outcomes), encoding="utf-8")
    os._exit(0)


class Tree:
    """A copy of the repository in folder/repository; its src/ is the package in folder/site, as one is installed."""

    def __init__(self, folder: Path) -> None:
        self.path, self.src, self.answer = folder / "repository", folder / "site" / "nnzoo", folder / "answer.json"
        shutil.copytree(ROOT, self.path, ignore=LEFT_OUT, symlinks=True)
        self.src.parent.mkdir()
        (self.path / "src").rename(self.src)
        (self.path / "src").symlink_to(self.src)
        (self.src / "configs").symlink_to(self.path / "configs")
        for name in KEPT_OUTPUTS:
            source, copy = ROOT / "outputs" / name, self.path / "outputs" / name
            copy.parent.mkdir(exist_ok=True)
            shutil.copytree(source, copy) if source.is_dir() else shutil.copy2(source, copy)
        (folder / "tmp").mkdir()

    def record(self, folder: Path, workers: int) -> None:
        """Run all tests with the plug-in `executed`. Tests may fail: those that pass are used."""
        shutil.rmtree(folder, ignore_errors=True)
        path = [str(self.src.parent), str(self.path / "benchmarks"), os.environ.get("PYTHONPATH", "")]
        env = {**os.environ, "NNZOO_EXECUTED": str(folder), "PYTHONPATH": os.pathsep.join(path)}
        options = ["-p", "executed", "-p", "no:cacheprovider", "-n", str(workers), "--dist", "loadfile"]
        subprocess.run([sys.executable, "-m", "pytest", *options], cwd=self.path, env=env, check=False)

    @contextlib.contextmanager
    def mutated(self, mutation: Mutation) -> Iterator[None]:
        """Have a fault in the tree."""
        file = self.src / mutation.file
        source, times = file.read_bytes(), file.stat()
        file.write_bytes(mutation.apply(source))
        try:
            self._forget(file)
            yield
        finally:
            file.write_bytes(source)
            os.utime(file, ns=(times.st_atime_ns, times.st_mtime_ns))
            self._forget(file)

    def _forget(self, file: Path) -> None:
        """Delete what is compiled of a file: a changed file of the same size and second would not be compiled."""
        for compiled in (file.parent / "__pycache__").glob(f"{file.stem}.*"):
            compiled.unlink()
        for kernel in file.parent.rglob("*.nbi"):  # numba does not see changes in the functions that it calls
            kernel.unlink()

    def test(self, tests: Sequence[Selected], stop: bool, until: float) -> Result | None:
        """Run tests; `stop` at the first that fails. None if time.monotonic() reaches `until`."""
        if time.monotonic() >= until:
            return None
        names = [test.name for test in tests]
        self.answer.unlink(missing_ok=True)
        limit = time.monotonic() + START + SLOWER * sum(test.seconds for test in tests)
        process = processes.Process(target=run_tests, args=(self.path, names, stop, self.answer))
        process.start()
        assert process.pid
        running.add(process.pid)
        process.join(max(0.0, min(limit, until) - time.monotonic()))
        hung = process.is_alive()
        kill(process.pid)
        process.join()
        running.discard(process.pid)
        if hung:
            return Result([], [], hung=True) if time.monotonic() >= limit else None
        outcomes = json.loads(self.answer.read_text(encoding="utf-8")) if self.answer.is_file() else {"process": False}
        return Result(
            [name for name, good in outcomes.items() if not good], [name for name, good in outcomes.items() if good]
        )
