"""The checkpoint that holds the trained weights of a run."""

from pathlib import Path

from ..files.paths import expand_path
from .directory import RunDirectory


def checkpoint_of(source: str | Path, which: str | None = None) -> Path:
    """Return the checkpoint file of a run, by default the best if there is one, or the file itself."""
    path = expand_path(source)
    if path.is_file():
        return path
    run = RunDirectory(path)
    run.config()  # raises UserError if it is not a run
    if which is not None:
        return run.checkpoint(which)
    best = run.checkpoint("best")
    return best if best.is_file() else run.checkpoint("last")
