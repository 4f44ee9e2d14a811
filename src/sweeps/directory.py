"""The directory of a sweep and the names of its files."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..errors import UserError
from ..files.locks import LockedError, exclusive, holder, is_alive, is_held
from ..runs.atomic import write
from ..runs.directory import RunDirectory
from ..runs.output_directory import OutputDirectory
from ..runs.readers import read_yaml, to_yaml

FORMAT = 1
WAIT_FOR_WORKERS = 20.0  # seconds


class ActiveSweep(UserError):
    """Another process runs the sweep; the message names it."""


@dataclass(frozen=True)
class SweepDirectory(OutputDirectory):
    """The directory of a sweep, with those of its runs. Its status is running, done, interrupted or failed."""

    @property
    def record_file(self) -> Path:
        """What the sweep searches, and with which command."""
        return self.path / "sweep.yaml"

    @property
    def journal(self) -> Path:
        """The Optuna study."""
        return self.path / "study.log"

    @property
    def table(self) -> Path:
        """The table of the trials."""
        return self.path / "sweep.csv"

    @property
    def runs_table(self) -> Path:
        """The table of the runs."""
        return self.path / "runs.csv"

    @property
    def best_file(self) -> Path:
        """The best trial."""
        return self.path / "best.yaml"

    @property
    def worker_logs(self) -> Path:
        """The folder of the output of the worker processes."""
        return self.path / "workers"

    @property
    def lock_file(self) -> Path:
        """The file that is locked while a process runs the sweep."""
        return self.path / "lock"

    def write_record(self, record: dict[str, Any]) -> None:
        """Write what the sweep searches."""
        write(self.record_file, to_yaml({"format": FORMAT, **record}))

    def record(self) -> dict[str, Any]:
        """Return what the sweep searches. Raises UserError if this is not the directory of a sweep."""
        if not self.record_file.is_file():
            where = "is not the directory of a sweep (no sweep.yaml)" if self.path.is_dir() else "does not exist"
            raise UserError(f"{self.path} {where}")
        found = read_yaml(self.record_file)
        if not isinstance(found, dict) or found.get("format") != FORMAT:
            raise UserError(f"{self.record_file} is not the record of a sweep of this version")
        return found

    def attempts(self, name: str) -> list[RunDirectory]:
        """Return the directories of a run: its first attempt, and further ones if it was started again."""
        found = [self.path / name] if (self.path / name).is_dir() else []
        while (again := self.path / f"{name}-{len(found) + 1}").is_dir() and found:
            found.append(again)
        return [RunDirectory(path) for path in found]

    def new_attempt(self, name: str) -> RunDirectory:
        """Return an empty directory for a run, and mark earlier attempts as interrupted.

        Raises UserError if none can be created.
        """
        earlier = self.attempts(name)
        if earlier and not any(earlier[-1].path.iterdir()):
            return earlier[-1]
        if earlier and earlier[-1].status() == "running":
            earlier[-1].set_status("interrupted", "killed before its first checkpoint")
        path = self.path / (f"{name}-{len(earlier) + 1}" if earlier else name)
        try:
            path.mkdir()
        except OSError as error:
            raise UserError(f"cannot write to {self.path}: {error.strerror}") from error
        return RunDirectory(path)

    @contextmanager
    def lock(self) -> Iterator[int]:
        """Allow only one process to run the sweep; yields the file descriptor that holds the lock.

        Worker processes inherit it, so that the lock ends with the last of them. Raises ActiveSweep if it is held, and
        UserError if the file cannot be written.
        """
        try:
            with exclusive(self.lock_file) as file:
                os.set_inheritable(file.fileno(), True)
                yield file.fileno()
        except LockedError as error:
            raise ActiveSweep(f"the sweep in {self.path} is running in {error}") from error

    def is_locked(self) -> bool:
        """Return whether a process runs the sweep; waits for the workers of a process that was killed."""
        until = time.monotonic() + WAIT_FOR_WORKERS
        while self.lock_file.exists() and is_held(self.lock_file):
            if is_alive(holder(self.lock_file)) or time.monotonic() > until:
                return True
            time.sleep(0.1)
        return False


def find_unfinished(parent: Path, fingerprint: str) -> SweepDirectory | None:
    """Return the latest sweep that searches the same and has not finished, unless a process runs it."""
    found = []
    for file in parent.glob("*/sweep.yaml"):
        directory = SweepDirectory(file.parent)
        try:
            same = directory.record().get("fingerprint") == fingerprint
        except UserError:
            continue
        if same and directory.status() != "done":
            found.append((file.stat().st_mtime, directory))
    found.sort(key=lambda each: each[0], reverse=True)
    return next((directory for _, directory in found if not directory.is_locked()), None)
