"""Existing runs: resume a run in its directory, or rerun it in a new one."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ..config import moved
from ..config.compose import is_limited_by_steps_only
from ..errors import UserError
from ..runs.checkpoint import Checkpoint
from ..runs.directory import RunDirectory
from ..runs.lock import locked
from ..runs.scan import is_sweep
from .run import Result, default_parent, run
from .saved import LOCATIONS, set_locations, with_overrides

RESUMABLE = ("trainer", "callbacks", "logger", "evaluate", "allow")  # the checkpoint depends on the other settings
FIXED = (  # they define a step
    "trainer.truncated_bptt_steps",
    "trainer.overfit_batches",
    "trainer.accumulate_grad_batches",
)
RULES = (
    f"a resumed run can only change {', '.join(RESUMABLE)}, except {', '.join(FIXED)}; nnzoo rerun can change others"
)


def resume(directory: str | Path, overrides: Sequence[str], data: Any = None) -> Result:
    """See `nnzoo.resume`. Raises ActiveRun if another process trains the run, Interrupted if a signal ends it."""
    old = RunDirectory(Path(directory))
    locations, others = split_locations(moved.current_overrides(overrides))
    for line in others:
        if line.partition("=")[0] in FIXED or line.partition("=")[0].partition(".")[0] not in RESUMABLE:
            raise UserError(f"'{line}': {RULES}")
    config, lines = changed_config(old, others)
    with locked(old):
        last = Checkpoint.read(old.checkpoint("last"))
        if 0 <= config["trainer"]["max_epochs"] < last.epoch:
            raise UserError(
                f"trainer.max_epochs is {config['trainer']['max_epochs']}; the run has done {last.epoch} epochs"
            )
        set_locations(old, config, locations, data)
        return run(config, lines, resume=old, source=data, digest=last.digest, fitted=last.transforms)


def rerun(directory: str | Path, overrides: Sequence[str], data: Any = None) -> Result:
    """See `nnzoo.rerun`. Raises Interrupted if a signal ends the run."""
    old = RunDirectory(Path(directory))
    locations, others = split_locations(moved.current_overrides(overrides))
    if elsewhere := next((line for line in others if line.partition("=")[0] == "output_dir"), None):
        raise UserError(f"{elsewhere} has no effect: the new directory is beside that of the run; leave it out")
    config, lines = changed_config(old, others)
    set_locations(old, config, locations, data)
    config["trial"] = None
    parent = old.path.resolve().parent
    if is_sweep(parent):  # do not add a run to a sweep
        parent = parent.parent
        if parent.name == "sweeps":
            parent = parent.parent / default_parent(config).name
    last = old.checkpoint("last")
    digest = Checkpoint.read(last).digest if last.is_file() else None
    return run(config, lines, parent=parent, source=data, digest=digest)


def changed_config(directory: RunDirectory, overrides: Sequence[str]) -> tuple[dict[str, Any], list[str]]:
    """Return the config and the overrides of a run with further overrides."""
    config, lines = with_overrides(directory, overrides), last_of_each_key([*directory.overrides(), *overrides])
    keys = {line.lstrip("+~").partition("=")[0] for line in lines}
    if is_limited_by_steps_only(keys, config["trainer"]["max_steps"]):
        config["trainer"]["max_epochs"] = -1
    return config, lines


def last_of_each_key(overrides: Sequence[str]) -> list[str]:
    """Return the last override of each key, at the position of the first."""
    return list({line.lstrip("+~").partition("=")[0]: line for line in overrides}.values())


def split_locations(overrides: Sequence[str]) -> tuple[list[str], list[str]]:
    """Return the overrides for the location of the data, and the others."""
    locations = [line for line in overrides if line.partition("=")[0] in LOCATIONS]
    return locations, [line for line in overrides if line not in locations]
