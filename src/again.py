"""A run that was made before: resumed in its directory, or trained once more in a new one."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml

from .checkpoints import read
from .compose import counts_steps_alone
from .errors import UserError
from .run import Result, run
from .saved import PLACES, amended, with_places

RESUMABLE = ("trainer", "callbacks", "logger", "evaluate", "allow")  # the rest is what the checkpoint is of
FIXED = ("trainer.truncated_bptt_steps", "trainer.buckets", "trainer.overfit_batches")  # they say what a step is
TOLD = f"a resumed run only changes {', '.join(RESUMABLE)}, not {', '.join(FIXED)}; nnzoo rerun takes others"


def resume(directory: str | Path, overrides: Sequence[str], data: Any = None) -> Result:
    """See `nnzoo.resume`. Raises Interrupted if a signal ends the run."""
    path = Path(directory)
    places, others = split_places(overrides)
    for line in others:
        if line.partition("=")[0] in FIXED or line.partition("=")[0].partition(".")[0] not in RESUMABLE:
            raise UserError(f"'{line}': {TOLD}")
    config, lines = changed(path, others)
    ours = read(path / "checkpoints" / "last.ckpt")["nnzoo"]
    done = ours["stream"]["epoch"]
    if 0 <= config["trainer"]["max_epochs"] < done:
        raise UserError(f"trainer.max_epochs is {config['trainer']['max_epochs']}; the run has done {done} epochs")
    with_places(path, config, places, data)
    digest = (ours.get("data") or {}).get("digest")
    return run(config, lines, resume=path, source=data, digest=digest)


def rerun(directory: str | Path, overrides: Sequence[str], data: Any = None) -> Result:
    """See `nnzoo.rerun`. Raises Interrupted if a signal ends the run."""
    path = Path(directory)
    places, others = split_places(overrides)
    config, lines = changed(path, others)
    with_places(path, config, places, data)
    parent = path.resolve().parent
    if (parent / "multirun.yaml").is_file():  # a sweep, which has the members it has
        parent = parent.parent
    last = path / "checkpoints" / "last.ckpt"
    digest = (read(last)["nnzoo"].get("data") or {}).get("digest") if last.is_file() else None
    return run(config, lines, parent=parent, source=data, digest=digest)


def changed(directory: Path, overrides: Sequence[str]) -> tuple[dict[str, Any], list[str]]:
    """Return the config of a run and what was given for it, with some values changed."""
    config, lines = amended(directory, overrides), newest([*earlier_overrides(directory), *overrides])
    keys = {line.lstrip("+~").partition("=")[0] for line in lines}
    if counts_steps_alone(keys, config["trainer"]["max_steps"]):
        config["trainer"]["max_epochs"] = -1
    return config, lines


def newest(overrides: Sequence[str]) -> list[str]:
    """Return overrides with one line for each key: the last one, at the place of the first."""
    return list({line.lstrip("+~").partition("=")[0]: line for line in overrides}.values())


def earlier_overrides(directory: Path) -> list[str]:
    """Return the overrides of a run."""
    file = directory / "overrides.yaml"
    return yaml.safe_load(file.read_text(encoding="utf-8")) if file.is_file() else []


def split_places(overrides: Sequence[str]) -> tuple[list[str], list[str]]:
    """Return the overrides that say where the data is, and the others."""
    places = [line for line in overrides if line.partition("=")[0] in PLACES]
    return places, [line for line in overrides if line not in places]
