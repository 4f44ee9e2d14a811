"""Contents of a run directory. Files that are missing or damaged are left out, so that every run has a report."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from ..errors import UserError
from ..runs.checkpoint import Checkpoint
from ..runs.directory import WHICH, RunDirectory
from ..runs.history import Columns, columns
from ..runs.lock import KILLED, current_status
from ..runs.record import flatten, primary_metric

NOT_ENDED = ("running", KILLED)
LOG_BYTES = 20_000  # at the end of run.log, which may be long
T = TypeVar("T")


@dataclass(frozen=True)
class Facts:
    """Everything about a run that a report shows.

    message: of the status; ended: time of the last status; environment: versions, machine and command line;
    data: description of the data; checkpoint: the best, else the last; best_epoch: of the best weights, from 1;
    primary: the metric that ranks runs, without its split; log: the end of the log; unreadable: names of
    damaged files.
    """

    run: RunDirectory
    config: dict[str, Any]
    overrides: list[str]
    status: str
    message: str
    ended: float | None
    results: dict[str, dict[str, float]]
    history: Columns
    environment: dict[str, Any]
    data: dict[str, Any]
    checkpoint: Checkpoint | None
    best_epoch: int | None
    primary: str | None
    log: str
    unreadable: list[str]

    @property
    def epochs(self) -> int:
        """The number of finished epochs, 0 if unknown."""
        logged = max((max(values) for values in self.history.values()), default=0)
        return logged or (self.checkpoint.epoch if self.checkpoint else 0)

    @property
    def seconds(self) -> float | None:
        """The time from the last start to the end; None if it is unknown or the run has not ended."""
        started = self.environment.get("started")
        return self.ended - started if started and self.ended and self.status not in NOT_ENDED else None

    def count(self, split: str) -> str:
        """Return the number of examples in a split on which metrics are measured, "" if unknown."""
        size = (self.data.get("sizes") or {}).get(split)
        trainer = self.config.get("trainer") or {}
        limited = trainer.get("overfit_batches") or (split != "test" and trainer.get(f"limit_{split}_batches"))
        return f"{size} {self.data.get('unit', 'examples')}" if size and not limited else ""


def read_facts(path: Path) -> Facts:
    """Read a run directory. Raises UserError if it is not one, and if its config is damaged."""
    run = RunDirectory(path)
    unreadable: list[str] = []

    def attempt(name: str, read: Callable[[], T], otherwise: T) -> T:
        if not (path / name).is_file():
            return otherwise
        try:
            return read()
        except (OSError, UserError):
            unreadable.append(name)
            return otherwise

    has_status = (path / "status.json").is_file() and not (path / "config.yaml").is_file()
    config = {} if has_status else run.config()  # a run of a sweep may fail before it has a config
    nothing: dict[str, Any] = {}
    status = attempt("status.json", run.state, nothing)
    best, last = (read_checkpoint(run.checkpoint(which), unreadable) for which in WHICH)
    checkpoint = best or last
    results: dict[str, dict[str, float]] = attempt("results.json", run.results, {})
    history: list[dict[str, float]] = attempt("metrics.csv", run.history, [])
    return Facts(
        run=run,
        config=config,
        overrides=attempt("overrides.yaml", run.overrides, []),
        status=current_status(status.get("status") or "unknown", path),
        message=status.get("message") or "",
        ended=status.get("time"),
        results=results,
        history=columns(history),
        environment=attempt("env.json", run.environment, {}),
        data=attempt("data.json", run.data, nothing),
        checkpoint=checkpoint,
        best_epoch=best.epoch if best else None,
        primary=primary_metric(history, [name for metrics in results.values() for name in metrics], flatten(config)),
        log=attempt("run.log", lambda: read_end(run.log_file), ""),
        unreadable=unreadable,
    )


def read_checkpoint(path: Path, unreadable: list[str]) -> Checkpoint | None:
    """Return a checkpoint, None if there is none, or if it cannot be read, in which case its name is recorded."""
    try:
        return Checkpoint.read(path) if path.is_file() else None
    except UserError:
        unreadable.append(f"{path.parent.name}/{path.name}")
        return None


def read_end(path: Path) -> str:
    """Return the end of a text file, from the start of a line."""
    with path.open("rb") as file:
        size = file.seek(0, 2)
        file.seek(max(0, size - LOG_BYTES))
        text = file.read().decode(errors="replace")
    return text if size <= LOG_BYTES else text.partition("\n")[2]


def is_finite(value: float | None) -> bool:
    """Return whether there is a value and it is finite."""
    return value is not None and math.isfinite(value)
