"""What the processes of a run and the process that has started them send each other."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

RESULT, INTERRUPTED, USER_ERROR, CRASH = "result", "interrupted", "user error", "crash"
REPORT, WARNING, LOG, DIRECTORY = "report", "warning", "log", "directory"


@dataclass(frozen=True)
class Request:
    """A run to train together.

    rank: number of the process; size: number of processes; device: cpu or cuda; store: file through which the processes
    find each other; metric: by which the run is compared in a sweep, None outside sweeps; prunes: whether the metric is
    reported; arguments: of `run`.
    """

    rank: int
    size: int
    device: str
    store: Path
    metric: str | None
    prunes: bool
    arguments: dict[str, Any]
