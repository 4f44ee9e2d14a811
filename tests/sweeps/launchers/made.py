"""Jobs and pools of launchers, without the programs that run them."""

from pathlib import Path
from typing import Any

from nnzoo.runs.directory import RunDirectory
from nnzoo.sweeps.job import Job, Outcome, Setup
from nnzoo.sweeps.launchers.base import JobPool, Launcher

SETUP = Setup(("model=linear",), None)
DONE = Outcome("done", metrics={"val/last": {"acc": 1.0}})


def job(folder: Path, trial: int = 3) -> Job:
    """Return the job of a new run."""
    return Job(trial, {}, ("seed=1",), RunDirectory.create(folder, str(trial)).path, False, "val/acc", False)


def pool_of(launcher: Launcher, folder: Path) -> JobPool[Any]:
    """Return a pool of two jobs at a time."""
    return launcher.pool(SETUP, lambda *_: False, workers=2, folder=folder / "logs")
