"""Saved configs of runs, validated like new ones."""

import pickle
import re
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

from omegaconf import MISSING, DictConfig, OmegaConf

from ..config import moved
from ..config.checks import check
from ..config.diagnosis import missing_key
from ..config.hydra_configs import COMPOSE_ERRORS, first_line, parse_overrides
from ..config.instantiate import check_allow
from ..config.plain import to_plain
from ..config.replaced import drop_unknown_settings
from ..config.schema import SECTIONS, Config
from ..errors import UserError
from ..files.paths import expand_path
from ..runs.directory import RunDirectory

FROM_PYTHON = (
    "nnzoo.data.tables.array.Array",
    "nnzoo.data.sequences.series.Series",
    "nnzoo.data.ratings.own.OwnRatings",
)
INTERPOLATION = re.compile(r"(\\*)\$\{")
LOCATIONS = ("data.path", "data.root", "data.target", "data.labels", "data.nodes")  # may change in later use


def plain(config: DictConfig) -> dict[str, Any]:
    """Return a config as plain data with all references resolved."""
    found: dict[str, Any] = to_plain(config, resolve=True)
    return found


def with_overrides(directory: RunDirectory, overrides: Sequence[str]) -> dict[str, Any]:
    """Return the config of a run with some values changed. Raises UserError for unknown keys and for groups."""
    changes = parse_overrides(overrides)
    allow: Any = [change.value() for change in changes if change.key_or_group == "allow"]
    saved = validated(directory.config(), allow[-1] if allow else ())
    for line, change in zip(overrides, changes, strict=True):
        key = change.key_or_group
        if change.is_add() or change.is_delete() or change.is_sweep_override():
            raise UserError(f"'{line}': only single values of a run can change, as key=value")
        if wrong := missing_key(saved, key, set()):
            raise wrong
        if isinstance(OmegaConf.select(saved, key), DictConfig):
            raise UserError(f"'{line}': a run keeps its {key}; only single values can change")
        try:
            OmegaConf.update(saved, key, change.value(), merge=False)
        except COMPOSE_ERRORS as error:
            raise UserError(f"'{line}': {first_line(error)}") from error
    drop_unknown_settings(saved, changes)
    check(saved, changes)
    return plain(saved)


def validated(config: dict[str, Any], allow: Sequence[str] = ()) -> DictConfig:
    """Return a saved config after validation. allow: further packages, in place of its own, which are ignored.

    A saved config is resolved: `${...}` in it is text, so that it cannot read the environment. Raises UserError if it
    is not the config of a run.
    """
    check_allow(allow)
    config = moved.current_config(config)
    data = config.get("data")
    if isinstance(data, dict) and data.get("_target_") == FROM_PYTHON[0] and "standardize_target" not in data:
        config = {**config, "data": {**data, "standardize_target": False}}  # earlier versions did not scale targets
    try:
        found = with_types({**as_text(config), "allow": list(allow)})
    except COMPOSE_ERRORS as error:
        raise UserError(f"the config of the run is damaged: {first_line(error)}") from error
    check(found)
    return found


def with_types(config: dict[str, Any]) -> DictConfig:
    """Return plain data as a config whose settings have types. Raises one of COMPOSE_ERRORS for values of other types.

    Only sections are merged: OmegaConf copies what it merges several times.
    """
    found: DictConfig = pickle.loads(empty_config())
    found.merge_with({key: value for key, value in config.items() if key in SECTIONS})
    for key, value in config.items():
        if key not in SECTIONS and value != MISSING:
            found[key] = value
    return found


@cache
def empty_config() -> bytes:
    """Return a config without values, pickled."""
    return pickle.dumps(OmegaConf.structured(Config))


def as_text(node: Any) -> Any:
    """Return plain data in which OmegaConf takes all texts as they are."""
    if isinstance(node, str):
        return INTERPOLATION.sub(r"\1\1\\${", node)
    if isinstance(node, dict):
        return {key: as_text(value) for key, value in node.items()}
    return [as_text(value) for value in node] if isinstance(node, list | tuple) else node


def is_file(target: object) -> bool:
    """Return whether the targets of a data set are in a separate file."""
    return isinstance(target, str) and target.lower().endswith(".npy")


def set_locations(directory: RunDirectory, config: dict[str, Any], overrides: Sequence[str], source: Any) -> None:
    """Set the location of the data in the config of a run: from the overrides, else the copy in the run directory.

    source: the data from Python. Raises UserError for other overrides, for a missing file, and if data from Python is
    not passed again.
    """
    node = config["data"]
    if source is not None:
        if overrides or "path" not in node:
            raise UserError("data=... is for runs on data of your own, and replaces data.path")
        node["path"] = None
        return
    known = [place for place in LOCATIONS if place.partition(".")[2] in node]
    if not is_file(node.get("target")):
        known = [place for place in known if place != "data.target"]
    given = [line.partition("=")[0] for line in overrides]
    for line, place in zip(overrides, given, strict=True):
        if place not in known:
            raise UserError(f"'{line}': {'only ' * bool(known)}{' and '.join(known) or 'nothing'} can be set here")
        value = line.partition("=")[2]
        found = expand_path(value)
        node[place.partition(".")[2]] = str(found.resolve()) if found.exists() else value
    if "data.path" in given and "data.target" in known and "data.target" not in given:
        raise UserError(f"{node['path']} has its targets in another file; set data.target=FILE as well")
    path, root = node.get("path"), node.get("root")
    if root is not None and "data.root" not in given and not Path(root).exists():  # it would be created and written
        raise UserError(
            f"the folder of the run's data, {root}, no longer exists; set data.root=... to its new location"
        )
    if overrides or "path" not in node:
        return
    kept = directory.data_copy
    if kept.is_file() and (path is None or not Path(path).exists()):
        node["path"] = str(kept.resolve())
    elif path is not None and Path(path).is_absolute() and not Path(path).exists():
        raise UserError(f"the data of the run, {path}, no longer exists; set data.path=... to its new location")
    elif path is None and str(node["_target_"]) in FROM_PYTHON:
        raise UserError(f"the run {directory.path} was trained on data from Python; pass the same data as data=...")
