"""Existing runs: resume a run in its directory, or rerun it in a new one."""

import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from torch import nn

from ..builders.data import build_data
from ..builders.objects import passed_again, weights_digest
from ..config import moved
from ..config.compose import is_limited_by_steps_only
from ..config.from_python import GROUPS, WEIGHTS
from ..config.hydra_configs import parse_overrides
from ..config.overrides import to_overrides
from ..errors import DataWarning, UserError
from ..runs.checkpoint import Checkpoint
from ..runs.containment import check_links, check_outputs
from ..runs.directory import CONFIG, RunDirectory
from ..runs.lock import locked
from ..runs.names import safe_name
from ..runs.scan import is_sweep
from .changed_data import check_unchanged, suggesting_to_allow
from .contradictions import FIXED, RESUMABLE, check_config, warn_of_config
from .isolation import isolated
from .run import Result, default_parent, run
from .saved import LOCATIONS, set_locations, with_overrides

RULES = (
    f"a resumed run can only change {', '.join(RESUMABLE)}, except {', '.join(FIXED)}; nnzoo rerun can change others"
)

NO_OBJECTS: Mapping[str, Any] = {}


def resume(
    directory: str | Path,
    overrides: Sequence[str],
    data: Any = None,
    objects: Mapping[str, Any] = NO_OBJECTS,
    *,
    allow_changed_data: bool = False,
    force: bool = False,
) -> Result:
    """See `nnzoo.resume`. objects: from Python.

    Raises ActiveRun if another process trains the run, Interrupted if a signal ends it.
    """
    old = RunDirectory(Path(directory))
    given, packages = passed_again(old.config(), objects, f"nnzoo.resume({str(directory)!r}", GROUPS)
    locations, others = split_locations(with_packages(moved.current_overrides(overrides), packages))
    for line in others:
        if line.partition("=")[0] in FIXED or line.partition("=")[0].partition(".")[0] not in RESUMABLE:
            raise UserError(f"'{line}': {RULES}")
    config, lines = changed_config(old, others)
    check_outputs(config, keys_of(others), old.path)
    check_links(old.path)
    set_locations(old, config, locations, data)
    if force:  # the process that trains the run goes on if this is refused
        check_data(config, data, read_last(old, config), allowed=allow_changed_data)
    with locked(old, force=force):
        last = read_last(old, config)
        with suggesting_to_allow():
            return run(
                config,
                lines,
                resume=old,
                source=data,
                given=given,
                trained_on=last.trained_on,
                allow_changed_data=allow_changed_data,
                fitted=last.transforms,
            )


def read_last(directory: RunDirectory, config: dict[str, Any]) -> Checkpoint:
    """Return the last checkpoint of a run. Raises UserError if it cannot be resumed with a config."""
    last = Checkpoint.read(directory.checkpoint("last"))
    check_config(directory, last)
    check_epochs(config["trainer"]["max_epochs"], last.epoch)
    return last


def check_data(config: dict[str, Any], source: Any, last: Checkpoint, *, allowed: bool) -> None:
    """Raise DataChanged if the data of a config, or from Python, is not what a run was trained on, unless allowed."""
    if not allowed:
        with isolated(), suggesting_to_allow():
            check_unchanged(build_data(config, source, last.transforms), config, last.trained_on)


def check_epochs(epochs: int | None, done: int) -> None:
    """Raise UserError if a resumed run takes no number of epochs, or fewer than it has done."""
    if epochs is None:
        raise UserError(f"trainer.max_epochs is null; give the number of a resumed run, which has done {done} epochs")
    if 0 <= epochs < done:
        raise UserError(f"trainer.max_epochs is {epochs}; the run has done {done} epochs")


def rerun(
    directory: str | Path,
    overrides: Sequence[str],
    data: Any = None,
    objects: Mapping[str, Any] = NO_OBJECTS,
    *,
    allow_changed_data: bool = False,
) -> Result:
    """See `nnzoo.rerun`. objects: from Python. Raises Interrupted if a signal ends the run."""
    old = RunDirectory(Path(directory))
    given, packages = passed_again(old.config(), objects, f"nnzoo.rerun({str(directory)!r}", GROUPS)
    locations, others = split_locations(with_packages(moved.current_overrides(overrides), packages))
    if elsewhere := next((line for line in others if line.partition("=")[0] == "output_dir"), None):
        raise UserError(f"{elsewhere} has no effect: the new directory is beside that of the run; leave it out")
    config, lines = changed_config(old, others)
    check_outputs(config, keys_of(others), None)
    set_locations(old, config, locations, data)
    config["trial"] = None
    parent = old.path.resolve().parent
    if is_sweep(parent):  # do not add a run to a sweep
        parent = parent.parent
        if parent.name == "sweeps":
            parent = parent.parent / safe_name(default_parent(config).name)
    trained_on = None
    if (file := old.checkpoint("last")).is_file():
        last = Checkpoint.read(file)
        warn_of_config(old, last, CONFIG)
        trained_on = last.trained_on
    config["model"] = with_weights(config["model"], given.objects.get("model"))
    with suggesting_to_allow():
        return run(
            config,
            lines,
            parent=parent,
            source=data,
            given=given,
            trained_on=trained_on,
            allow_changed_data=allow_changed_data,
        )


def with_packages(overrides: Sequence[str], packages: Sequence[str]) -> list[str]:
    """Return overrides that allow further packages."""
    if not packages:
        return list(overrides)
    changes = parse_overrides(overrides)
    allowed: list[Any] = [change.value() for change in changes if change.key_or_group == "allow"]
    others = [line for line in overrides if line.partition("=")[0] != "allow"]
    return [*others, *to_overrides("allow", [*(allowed[-1] if allowed else ()), *packages])]


def with_weights(node: dict[str, Any], network: Any) -> dict[str, Any]:
    """Return the config of a network with the checksum of its present weights. Warns if the run began with others."""
    if WEIGHTS not in node:
        return node
    digest = weights_digest(network) if isinstance(network, nn.Module) else None
    if digest != node[WEIGHTS]:
        warnings.warn(
            "the network does not have the weights with which the run began; the metrics will change as well",
            DataWarning,
            stacklevel=4,
        )
    return {key: value for key, value in node.items() if key != WEIGHTS} | ({WEIGHTS: digest} if digest else {})


def changed_config(directory: RunDirectory, overrides: Sequence[str]) -> tuple[dict[str, Any], list[str]]:
    """Return the config and the overrides of a run with further overrides."""
    config, lines = with_overrides(directory, overrides), last_of_each_key([*directory.overrides(), *overrides])
    if is_limited_by_steps_only(keys_of(lines), config["trainer"]["max_steps"]):
        config["trainer"]["max_epochs"] = -1
    return config, lines


def keys_of(overrides: Sequence[str]) -> set[str]:
    """Return the keys of overrides."""
    return {line.lstrip("+~").partition("=")[0] for line in overrides}


def last_of_each_key(overrides: Sequence[str]) -> list[str]:
    """Return the last override of each key, at the position of the first."""
    return list({line.lstrip("+~").partition("=")[0]: line for line in overrides}.values())


def split_locations(overrides: Sequence[str]) -> tuple[list[str], list[str]]:
    """Return the overrides for the location of the data, and the others."""
    locations = [line for line in overrides if line.partition("=")[0] in LOCATIONS]
    return locations, [line for line in overrides if line not in locations]
