"""Sweeps started by `nnzoo train` in a folder, and what they leave there."""

import csv
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import faults

LIMIT = 900.0  # seconds after which a command counts as hanging
NOT_NEEDED = ("figures", "boundaries", "generated", "samples", "overview", "hparams")
SWEEP = (
    *("data=iris", "model=linear", "sweep=random", "optimizer.lr=tag(log,interval(0.001,0.1))", "logger=none"),
    *(f"~callbacks.{name}" for name in NOT_NEEDED),
)


@dataclass(frozen=True)
class Finished:
    """A command that has ended. seconds: wall time; lines: of standard error."""

    code: int
    output: str
    errors: str
    seconds: float

    @property
    def lines(self) -> list[str]:
        """The lines of standard error."""
        return self.errors.splitlines()

    @property
    def has_traceback(self) -> bool:
        """Whether a traceback was printed."""
        return "Traceback" in self.output + self.errors


@dataclass
class Command:
    """A command that starts a sweep, with the recorded starts of its runs.

    folder: of the records; settings: key=value; fault: settings of `faults.Fault`; outputs: root of the outputs.
    """

    folder: Path
    settings: tuple[str, ...]
    fault: dict[str, Any] = field(default_factory=dict)
    outputs: Path = None  # type: ignore[assignment]

    def __post_init__(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        self.outputs = self.outputs or self.folder / "outputs"
        self.starts_file = self.folder / "starts.jsonl"

    def arguments(self) -> list[str]:
        """Return the command line."""
        program = shutil.which("nnzoo", path=str(Path(sys.executable).parent))
        assert program, "nnzoo is not installed beside this Python"
        fault = {"_target_": "faults.Fault", "starts": str(self.starts_file), **self.fault}
        given = [f"+callbacks.fault.{key}={value}" for key, value in fault.items()]
        return [program, "train", *SWEEP, "allow=[faults]", f"output_dir={self.outputs}", *given, *self.settings]

    def start(self) -> "Running":
        """Start the command in its own process group."""
        return Running(self.arguments(), self.folder)

    def run(self) -> Finished:
        """Run the command to its end."""
        return self.start().wait()

    def starts(self) -> list[dict[str, Any]]:
        """Return the starts of runs so far."""
        return faults.read_starts(self.starts_file)

    def sweeps(self) -> list["Sweep"]:
        """Return the sweeps in the outputs."""
        return [Sweep(path) for path in sorted(self.outputs.glob("sweeps/*")) if path.is_dir()]

    @property
    def sweep(self) -> "Sweep":
        """The only sweep in the outputs."""
        (found,) = self.sweeps()
        return found

    def runs_ended(self) -> int:
        """Return the number of runs that are done."""
        return sum(run.status == "done" for sweep in self.sweeps() for run in sweep.runs())


class Running:
    """A running command."""

    def __init__(self, arguments: list[str], folder: Path) -> None:
        self.files = [folder / f"{stream}-{time.time_ns()}.txt" for stream in ("output", "errors")]
        path = os.pathsep.join(filter(None, (str(Path(__file__).parent), os.environ.get("PYTHONPATH"))))
        self.started = time.monotonic()
        with self.files[0].open("w") as output, self.files[1].open("w") as errors:
            self.process = subprocess.Popen(
                arguments,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=errors,
                start_new_session=True,
                env=os.environ | {"PYTHONPATH": path},
            )

    def wait(self) -> Finished:
        """Wait for the end of the command. A command that hangs is killed."""
        try:
            self.process.wait(timeout=LIMIT)
        except subprocess.TimeoutExpired:
            self.kill()
        output, errors = (file.read_text() for file in self.files)
        return Finished(self.process.returncode, output, errors, self.seconds)

    @property
    def seconds(self) -> float:
        """Wall time since the start."""
        return time.monotonic() - self.started

    def workers(self) -> list[int]:
        """Return the process ids of the workers."""
        return [pid for pid, parent in processes() if parent == self.process.pid]

    def kill(self, *, workers: bool = True) -> list[int]:
        """Kill the main process, and the workers; return the process ids of the workers."""
        found = self.workers()
        for pid in (self.process.pid, *(found if workers else ())):
            send(pid, signal.SIGKILL)
        self.process.wait()
        return found

    def wait_for(self, seconds: float) -> None:
        """Wait for so many seconds, or until the main process ends."""
        wait_until(lambda: not self.is_running(), limit=seconds)

    def is_running(self) -> bool:
        """Return whether the main process runs."""
        return self.process.poll() is None


@dataclass(frozen=True)
class Run:
    """The directory of a run."""

    path: Path

    @property
    def status(self) -> str:
        """The status, empty if there is none."""
        return str(self.record.get("status", ""))

    @property
    def record(self) -> dict[str, Any]:
        """The contents of status.json."""
        file = self.path / "status.json"
        return dict(json.loads(file.read_text())) if file.is_file() else {}

    def files(self) -> dict[str, int]:
        """Return the time of the last change of each file, in nanoseconds."""
        return {str(file.relative_to(self.path)): file.stat().st_mtime_ns for file in self.path.rglob("*")}


@dataclass(frozen=True)
class Sweep:
    """The directory of a sweep."""

    path: Path

    @property
    def status(self) -> str:
        """The status of the sweep."""
        return Run(self.path).status

    def runs(self) -> list[Run]:
        """Return the runs, whose names begin with their numbers."""
        found = [path for path in sorted(self.path.iterdir()) if path.is_dir() and path.name[0].isdigit()]
        return [Run(path) for path in sorted(found, key=lambda path: int(path.name.partition("-")[0]))]

    def table(self) -> list[dict[str, str]]:
        """Return the rows of sweep.csv by number."""
        with (self.path / "sweep.csv").open() as file:
            return sorted(csv.DictReader(file), key=lambda row: int(row["trial"]))

    def results(self) -> list[dict[str, str]]:
        """Return the table without what depends on interruptions: the names of the directories."""
        return [{key: value for key, value in row.items() if key not in ("runs", "message")} for row in self.table()]

    def stored(self) -> list[str]:
        """Return the states of the trials as Optuna reads them from the journal."""
        import optuna
        from optuna.storages.journal import JournalFileBackend

        optuna.logging.set_verbosity(optuna.logging.ERROR)
        storage = optuna.storages.JournalStorage(JournalFileBackend(str(self.path / "study.log")))
        return [trial.state.name for trial in optuna.load_study(study_name=None, storage=storage).trials]


def processes() -> list[tuple[int, int]]:
    """Return (process id, parent) of all processes."""
    listed = subprocess.run(["ps", "-A", "-o", "pid=,ppid="], capture_output=True, text=True, check=True).stdout
    return [(int(pid), int(parent)) for pid, parent in map(str.split, listed.splitlines())]


def none_alive(pids: list[int]) -> bool:
    """Return whether none of the processes runs."""
    listed = subprocess.run(["ps", "-A", "-o", "pid=,stat="], capture_output=True, text=True, check=True).stdout
    states = dict(line.split() for line in listed.splitlines())
    return all(states.get(str(pid), "Z")[0] == "Z" for pid in pids)  # Z: ended, and not yet waited for


def send(pid: int, number: signal.Signals) -> None:
    """Send a signal to a process if it exists."""
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return


def wait_until(condition: Callable[[], bool], *, limit: float = LIMIT) -> bool:
    """Wait until a condition holds; return whether it does within the limit, in seconds."""
    until = time.monotonic() + limit
    while time.monotonic() < until:
        if condition():
            return True
        time.sleep(0.05)
    return condition()


def wait_for_runs(command: Command, running: Running, count: int) -> None:
    """Wait until so many runs are done, or the command ends."""
    wait_until(lambda: command.runs_ended() >= count or not running.is_running())
