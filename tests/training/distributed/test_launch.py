"""Two processes on the CPU against one, and processes that fail."""

import signal
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import nnzoo
import pytest
import torch
from nnzoo import api
from nnzoo.config.compose import compose
from nnzoo.errors import UserError
from nnzoo.runs.directory import RunDirectory
from nnzoo.runs.lock import is_active
from nnzoo.runs.signals import Interrupted, Signals
from nnzoo.training.distributed import devices, launch
from nnzoo.training.distributed.launch import Group, ProcessFailed
from nnzoo.training.result import Result
from nnzoo.training.run import run

from tests.support import runs

TINY = (*runs.TINY, "loader.batch_size=51", "optimizer.lr=0.02", "trainer.threads=null")  # the last batch has 19


@pytest.fixture(scope="module")
def one(tmp_path_factory: pytest.TempPathFactory) -> Result:
    """Three epochs in one process."""
    folder = tmp_path_factory.mktemp("one")
    return nnzoo.train(*TINY, "trainer.max_epochs=3", output_dir=folder)


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> Result:
    """Two epochs in two processes, the third in one."""
    folder = tmp_path_factory.mktemp("two")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(devices, "available_cores", lambda: 2)
        result = nnzoo.train(*TINY, "trainer.max_epochs=2", "trainer.devices=2", output_dir=folder)
    assert result.status == "done"
    assert result.directory == runs.only(folder)
    assert RunDirectory(result.directory).status() == "done"
    assert nnzoo.evaluate(result.directory) == {
        key: pytest.approx(values, rel=1e-6) for key, values in result.metrics.items()
    }
    return nnzoo.resume(result.directory, "trainer.max_epochs=3", "trainer.devices=1")


def test_two_processes_equal_one(one: Result, two: Result) -> None:
    """The metrics of every epoch, the weights, and the results; the last batch of an epoch is odd."""
    tables = [runs.rows(run.directory) for run in (one, two)]
    assert len(tables[0]) == 3
    assert float(tables[0][-1]["train/loss"]) < 2
    for expected, found in zip(*tables, strict=True):
        assert {key: float(value) for key, value in found.items()} == {
            key: pytest.approx(float(value), rel=1e-4) for key, value in expected.items()
        }
    for which in ("last", "best"):
        torch.testing.assert_close(runs.weights(two.directory, which), runs.weights(one.directory, which))
    assert two.metrics == {key: pytest.approx(values, rel=1e-4) for key, values in one.metrics.items()}


# Processes that fail. They are small scripts instead of training.

SCRIPT = """
import signal, sys
from multiprocessing.connection import Connection
connection = Connection(int(sys.argv[1]))
connection.recv()
{}
connection.send(("result", None))
connection.recv()
"""


def group(folder: Path, *scripts: str) -> Group:
    """Return processes with these scripts."""
    children = []
    for number, script in enumerate(scripts):
        module = folder / f"script_{number}.py"
        module.write_text(SCRIPT.format(script))
        children.append(Script(module))
    return Group(children, RunDirectory(folder), None)


class Script(launch.Child):
    """A process with a script instead of a module of nnzoo."""

    def __init__(self, path: Path) -> None:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(sys, "path", [str(path.parent), *sys.path])
            super().__init__(path.stem, log=None, environment={"PYTHONPATH": str(path.parent)})


@pytest.mark.parametrize(
    ("script", "message"),
    [
        ("sys.exit(3)", "process 2 of 2 ended with exit code 3"),
        ("import os; os.kill(os.getpid(), signal.SIGKILL)", "process 2 of 2 was killed by SIGKILL"),
        (
            "connection.send(('crash', ('ValueError: no luck', 'Traceback: ...')))",
            "process 2 of 2: ValueError: no luck",
        ),
    ],
)
def test_a_process_that_fails_ends_all(tmp_path: Path, script: str, message: str) -> None:
    processes = group(tmp_path, "connection.recv()", script)
    with pytest.raises(ProcessFailed, match=message):
        processes.wait(Signals(deferred=True))
    assert all(child.process.poll() is not None for child in processes.children)
    assert RunDirectory(tmp_path).status() == "failed"
    assert RunDirectory(tmp_path).message() == message
    assert message in RunDirectory(tmp_path).log_file.read_text()


def test_an_error_of_the_user_is_raised_as_it_is(tmp_path: Path) -> None:
    script = "from nnzoo.errors import UserError; connection.send(('user error', UserError('no such data')))"
    with pytest.raises(UserError, match=r"^no such data$"):
        run_group(group(tmp_path, "connection.recv()", script))


def run_group(processes: Group, received: int | None = None) -> Result:
    """Return the result of processes, and end them; received: a signal that arrives."""
    try:
        return processes.wait(SimpleNamespace(received=received))
    finally:
        for child in processes.children:
            child.close()


def test_a_signal_ends_the_first_process_and_so_all(tmp_path: Path) -> None:
    ready = "connection.send(('log', ('nnzoo', 10, 'ready')))"
    first = "signal.signal(15, lambda *_: connection.send(('interrupted', (15, 'saved')))); " + ready
    second = "connection.send(('interrupted', (15, 'too early'))); connection.recv()"
    processes = group(tmp_path, f"{first}; connection.recv()", second)
    assert all(child.connection.poll(60) for child in processes.children)
    with pytest.raises(Interrupted) as error:
        run_group(processes, signal.SIGTERM)
    assert error.value.number == signal.SIGTERM
    assert error.value.result == "saved"


def test_a_run_is_locked_before_other_processes_know_it(tmp_path: Path) -> None:
    """A process that read an empty lock file would find at its end that another one has taken over the run."""
    active = []

    def broadcast(directory: RunDirectory) -> RunDirectory:
        active.append(is_active(directory))
        raise UserError("enough")

    ranks: Any = SimpleNamespace(rank=0, size=1, broadcast=broadcast)
    with pytest.raises(UserError, match="enough"):
        run(api.plain(compose([*TINY])), [], parent=tmp_path, ranks=ranks)
    assert active == [True]
