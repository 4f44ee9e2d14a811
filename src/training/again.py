"""A run that was made before: resumed in its directory, or trained once more in a new one."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ..config.compose import is_limited_by_steps_only
from ..errors import UserError
from ..runs.checkpoint import Checkpoint
from ..runs.directory import RunDirectory
from .run import Result, run
from .saved import PLACES, with_overrides, with_places

RESUMABLE = ("trainer", "callbacks", "logger", "evaluate", "allow")  # the rest is what the checkpoint is of
FIXED = ("trainer.truncated_bptt_steps", "trainer.overfit_batches")  # they say what a step is
TOLD = f"a resumed run only changes {', '.join(RESUMABLE)}, not {', '.join(FIXED)}; nnzoo rerun takes others"


def resume(directory: str | Path, overrides: Sequence[str], data: Any = None) -> Result:
    """See `nnzoo.resume`. Raises Interrupted if a signal ends the run."""
    old = RunDirectory(Path(directory))
    places, others = split_places(overrides)
    for line in others:
        if line.partition("=")[0] in FIXED or line.partition("=")[0].partition(".")[0] not in RESUMABLE:
            raise UserError(f"'{line}': {TOLD}")
    config, lines = changed(old, others)
    last = Checkpoint.read(old.checkpoint("last"))
    if 0 <= config["trainer"]["max_epochs"] < last.epoch:
        raise UserError(
            f"trainer.max_epochs is {config['trainer']['max_epochs']}; the run has done {last.epoch} epochs"
        )
    with_places(old, config, places, data)
    return run(config, lines, resume=old, source=data, digest=last.digest, fitted=last.transforms)


def rerun(directory: str | Path, overrides: Sequence[str], data: Any = None) -> Result:
    """See `nnzoo.rerun`. Raises Interrupted if a signal ends the run."""
    old = RunDirectory(Path(directory))
    places, others = split_places(overrides)
    config, lines = changed(old, others)
    with_places(old, config, places, data)
    parent = old.path.resolve().parent
    if (parent / "multirun.yaml").is_file():  # a sweep, which has the members it has
        parent = parent.parent
    last = old.checkpoint("last")
    digest = Checkpoint.read(last).digest if last.is_file() else None
    return run(config, lines, parent=parent, source=data, digest=digest)


def changed(directory: RunDirectory, overrides: Sequence[str]) -> tuple[dict[str, Any], list[str]]:
    """Return the config of a run and what was given for it, with some values changed."""
    config, lines = with_overrides(directory, overrides), newest([*directory.overrides(), *overrides])
    keys = {line.lstrip("+~").partition("=")[0] for line in lines}
    if is_limited_by_steps_only(keys, config["trainer"]["max_steps"]):
        config["trainer"]["max_epochs"] = -1
    return config, lines


def newest(overrides: Sequence[str]) -> list[str]:
    """Return overrides with one line for each key: the last one, at the place of the first."""
    return list({line.lstrip("+~").partition("=")[0]: line for line in overrides}.values())


def split_places(overrides: Sequence[str]) -> tuple[list[str], list[str]]:
    """Return the overrides that say where the data is, and the others."""
    places = [line for line in overrides if line.partition("=")[0] in PLACES]
    return places, [line for line in overrides if line not in places]
