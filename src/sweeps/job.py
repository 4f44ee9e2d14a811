"""The runs of a sweep as workers receive and answer them: plain data. Imports no torch."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..config.given import NOTHING, Given
from .space import Point

SAME_DATA = "a sweep continues only with the same data; sweep.resume=false starts it anew"


@dataclass(frozen=True)
class Job:
    """A run to execute.

    directory: where; resume: whether it continues there; metric: of the comparison; prune: whether it is reported.
    """

    trial: int
    point: Point
    overrides: tuple[str, ...]
    directory: Path
    resume: bool
    metric: str
    prune: bool


@dataclass(frozen=True)
class Outcome:
    """The end of a job. metrics: as in results.json; seconds: wall time; signal: that interrupted it."""

    status: str
    message: str = ""
    metrics: dict[str, dict[str, float]] = field(default_factory=dict)
    seconds: float = 0.0
    signal: int | None = None


@dataclass(frozen=True)
class Description:
    """What the runs of a sweep measure.

    modes: metric -> min, max or None, the main metric first; examples: number of examples of each split; digest: of
    the data, None if no data was read.
    """

    modes: dict[str, str | None]
    examples: dict[str, int]
    digest: str | None = None


@dataclass(frozen=True)
class Setup:
    """What all jobs of a sweep share. overrides: of every run; source: data from Python; given: objects from Python."""

    overrides: tuple[str, ...]
    own_configs: Path | None
    source: Any = None
    given: Given = NOTHING
