"""Two processes on the CPU against one, and processes that fail."""

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, ClassVar

import nnzoo
import pytest
import torch
from nnzoo import api
from nnzoo.config.compose import compose
from nnzoo.errors import DataWarning, UserError
from nnzoo.runs.directory import RunDirectory
from nnzoo.runs.lock import is_active
from nnzoo.runs.signals import Interrupted, Signals
from nnzoo.training.distributed import devices, launch
from nnzoo.training.distributed.launch import Group, ProcessDied, ProcessFailed
from nnzoo.training.distributed.messages import Request
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


# What the main process does with the messages, and how it starts processes. The processes are stand-ins.


class StandIn:
    """A process that does nothing."""

    made: ClassVar[list["StandIn"]] = []

    def __init__(self, module: str = "", *, log: Path | None = None, environment: dict[str, str] | None = None) -> None:
        self.settings = module, log, environment
        self.sent: list[Any] = []
        self.closed = False
        self.made.append(self)

    def send(self, message: Any) -> None:
        self.sent.append(message)

    def close(self) -> None:
        self.closed = True


def standing_in(directory: RunDirectory | None = None, report: Any = None) -> Any:
    children: Any = [StandIn(), StandIn()]
    return Group(children, directory, report)


def test_messages_of_a_process_are_shown_and_answered(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    reported: list[Any] = []
    processes = standing_in(report=lambda *content: reported.append(content) or len(reported) == 2)
    for epoch in (1, 2):
        processes.answer(0, "report", (epoch, 0.5))
    assert reported == [(1, 0.5), (2, 0.5)]
    assert [child.sent for child in processes.children] == [[False, True], []]
    directory = RunDirectory(tmp_path)
    processes.answer(0, "directory", directory)
    assert processes.directory is directory
    with pytest.warns(DataWarning, match=r"^few examples$"):
        processes.answer(0, "warning", DataWarning("few examples"))
    processes.answer(1, "log", ("nnzoo.some", 30, "100 % of %s"))
    assert caplog.record_tuples == [("nnzoo.some", 30, "100 % of %s")]
    assert not any(child.closed for child in processes.children)


def test_a_crash_has_its_traceback_as_a_note_and_in_the_log(tmp_path: Path) -> None:
    directory = RunDirectory.create(tmp_path, "run")
    processes = standing_in(directory)
    with pytest.raises(ProcessFailed, match=r"^process 2 of 2: ValueError: no luck\nTraceback: lines$") as caught:
        processes.answer(1, "crash", ("ValueError: no luck", "Traceback: lines"))
    assert not isinstance(caught.value, UserError)
    assert caught.value.__notes__ == ["Traceback: lines"]
    assert all(child.closed for child in processes.children)
    assert (directory.status(), directory.message()) == ("failed", "process 2 of 2: ValueError: no luck")
    assert directory.log_file.read_text().endswith("no luck\nTraceback: lines\n")


def test_a_death_is_an_error_of_one_line(tmp_path: Path) -> None:
    for directory in (None, RunDirectory(tmp_path / "gone")):
        with pytest.raises(ProcessDied, match=r"^killed$") as caught:
            standing_in(directory).fail("killed", "")
        assert isinstance(caught.value, UserError)
        assert not hasattr(caught.value, "__notes__")
    assert not list(tmp_path.iterdir())


def test_what_fails_after_a_signal_was_interrupted() -> None:
    processes = standing_in()
    processes.forwarded = signal.SIGTERM
    with pytest.raises(Interrupted) as caught:
        processes.fail("killed", "")
    assert caught.value.number == signal.SIGTERM


FIRST = Request(0, 3, "cpu", Path("store"), "val/acc", True, {})


@pytest.mark.parametrize(("given", "threads"), [(None, {"OMP_NUM_THREADS": "2"}), ("5", {})])
def test_processes_share_the_cores_unless_the_user_says_otherwise(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, given: str | None, threads: dict[str, str]
) -> None:
    monkeypatch.setattr(launch, "Child", StandIn)
    monkeypatch.setattr(launch, "available_cores", lambda: 7)
    monkeypatch.setattr(StandIn, "made", [])
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    if given is not None:
        monkeypatch.setenv("OMP_NUM_THREADS", given)
    with launch.started(FIRST, tmp_path) as children:
        assert children == StandIn.made
        logs = [None, tmp_path / "1.log", tmp_path / "2.log"]  # only the first one prints
        assert [child.settings for child in StandIn.made] == [
            ("nnzoo.training.distributed.rank", log, threads) for log in logs
        ]
        assert [child.sent for child in StandIn.made] == [[replace(FIRST, rank=rank)] for rank in range(3)]
        assert not any(child.closed for child in StandIn.made)
    assert all(child.closed for child in StandIn.made)


def test_what_cannot_be_sent_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def send(self: StandIn, message: Any) -> None:
        raise TypeError("cannot pickle it")

    monkeypatch.setattr(launch, "Child", StandIn)
    monkeypatch.setattr(StandIn, "made", [])
    monkeypatch.setattr(StandIn, "send", send)
    message = r"^data or objects from Python cannot be sent to .* \(cannot pickle it\); set trainer\.devices=1$"
    with pytest.raises(UserError, match=message), launch.started(FIRST, tmp_path):
        raise AssertionError
    assert [child.closed for child in StandIn.made] == [True] * 3


def test_the_first_request_says_what_to_train(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Any] = []

    @contextmanager
    def started(first: Request, folder: Path) -> Iterator[list[Any]]:
        assert folder.is_dir()
        seen.append((first, folder))
        yield []

    def wait(self: Group, signals: Signals) -> Any:
        assert signals.deferred
        return self.directory, self.report

    monkeypatch.setattr(launch, "started", started)
    monkeypatch.setattr(Group, "wait", wait)
    one, two = RunDirectory(tmp_path / "one"), RunDirectory(tmp_path / "two")
    for directory, resume, report in ((one, None, None), (None, two, lambda *_: True), (None, None, None)):
        config = {"trainer": {"accelerator": "cpu"}}
        arguments = {"config": config, "directory": directory, "resume": resume}
        assert launch.launch(arguments, 3, "val/acc", report) == (directory or resume, report)
        first, folder = seen.pop()
        assert first == Request(0, 3, "cpu", folder / "store", "val/acc", report is not None, arguments)
        assert not folder.exists()
