"""The result of a run."""

from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class Result:
    """The result of a run.

    status: done, diverged, pruned or interrupted; metrics: by split and checkpoint, such as `test/best`; units: note on
    units if the loss has others than the metrics; data: summary of the data in one line.
    """

    directory: Path
    status: str
    metrics: dict[str, dict[str, float]] = field(default_factory=dict)
    message: str = ""
    signal: int | None = None
    units: str = ""
    data: str = ""
