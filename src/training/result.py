"""What became of a run."""

from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class Result:
    """What became of a run: status done, diverged or interrupted; metrics by split and checkpoint, `test/best` say.

    units: what the metrics are measured in, where it is not what the loss is; data: what was read, in one line.
    """

    directory: Path
    status: str
    metrics: dict[str, dict[str, float]] = field(default_factory=dict)
    message: str = ""
    signal: int | None = None
    units: str = ""
    data: str = ""
