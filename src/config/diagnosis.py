"""Why Hydra cannot compose a config: the override that is wrong, and what is allowed. Imports no torch."""

import os
from collections.abc import Collection, Sequence
from dataclasses import fields
from itertools import product
from pathlib import Path
from typing import Any

from hydra import compose
from hydra.core.global_hydra import GlobalHydra
from hydra.core.override_parser.types import ChoiceSweep, Override, QuotedString, RangeSweep
from omegaconf import MISSING, DictConfig, OmegaConf

from ..errors import UserError, join_names, nearest_name, unknown
from ..formatting import to_shell
from .checks import unknown_key
from .composition import PRIMARY, compose_unchecked
from .files import checked_plugins
from .hydra_configs import COMPOSE_ERRORS, HydraContext, all_options, first_line, group_names, parse_overrides
from .own_classes import CLASS
from .replaced import hint_to_add
from .schema import Config
from .signatures import RESERVED, source_of

REQUIRED_GROUPS = tuple(field.name for field in fields(Config) if field.default == MISSING)


def diagnose(overrides: Sequence[str], error: Exception, own_configs: Path | None = None) -> UserError:
    """Return the error that names the invalid override and what is allowed.

    own_configs: folder with config groups of the user.
    """
    try:
        known = parse_overrides(overrides)
    except UserError as unreadable:
        return unreadable
    if isinstance(error, UnicodeDecodeError):
        return not_utf8(error, own_configs)
    with HydraContext(own_configs):
        repository = GlobalHydra.instance().config_loader()
        groups = group_names(own_configs)
        for override in known:
            if choice_error := invalid_choice(repository, override, groups):
                return choice_error
        chosen = [o for o in known if o.key_or_group in groups]
        keys = [
            o.key_or_group for o in known if o.key_or_group not in groups and not o.is_add() and not o.is_force_add()
        ]
        choices = list(product(*map(expand_sweep, chosen)))
        for choice in choices:
            if config := compose_choices(choice, keys, own_configs):
                for key in keys:
                    if key_error := missing_key(config, key, groups):
                        if hint := hint_to_add(key, known):
                            return UserError(hint)
                        return UserError(f"{key_error} (with {' '.join(choice)})") if len(choices) > 1 else key_error
    if wrong := wrong_container(known, error):
        return wrong
    if first_line(error).startswith("Could not append"):
        there = next(o for o in known if o.is_add() and f"'{o.key_or_group}'" in first_line(error))
        return UserError(f"'{there.input_line}': {there.key_or_group} exists already; leave out the +")
    if "Ambiguous value" in str(error) or "requires --multirun" in str(error):
        several = next(o for o in known if o.is_sweep_override())
        text = str(several.input_line)
        key, _, value = text.partition("=")
        hint = "nnzoo train -m trains with each of them, [1,2] is a list"
        parts = getattr(several.value(), "list", ())
        if several.key_or_group not in groups and any(isinstance(part, str | QuotedString) for part in parts):
            hint += f", {to_shell(key, value)} is one value"
        return UserError(f"{text} has several values; {hint}")
    return UserError(first_line(error))


def not_utf8(error: UnicodeDecodeError, own_configs: Path | None) -> UserError:
    """Return the error for a config file of the user that is not encoded in UTF-8, with its name."""
    folders = [*([own_configs] if own_configs else ()), *(plugin.folder for plugin in checked_plugins())]
    files = (path for folder in folders for path in sorted(folder.rglob("*.yaml")))
    name = next((str(path) for path in files if path.read_bytes().startswith(error.object)), "a config file")
    return UserError(f"{name} is not a UTF-8 text; save it as UTF-8")


def invalid_choice(repository: Any, override: Override, groups: Collection[str]) -> UserError | None:
    """Return the error for an option that its group does not have, None if it exists or the key is not a group."""
    group = override.key_or_group
    if group not in groups or override.is_delete():
        return None
    names = set(all_options(repository, group))
    for value in sweep_values(override):
        if value is None:
            reason = "it is required" if group in REQUIRED_GROUPS else f"'~{group}' removes it"
            return UserError(f"{group}=null: {reason}; there are: {join_names(sorted(names))}")
        for name in value if isinstance(value, list) else [value]:
            if isinstance(name, dict) or name not in names:
                if group == "data" and os.path.exists(str(name)):
                    hint = f"for a file or folder, set data.path, for example data=array data.path={name}"
                    return UserError(f"unknown data '{name}'; {hint}")
                if CLASS.fullmatch(str(name)):
                    hint = "sweeps of nnzoo take a class among several values; leave out the launcher of Hydra"
                    return UserError(f"unknown {group} '{name}'; {hint}")
                root, dot, _ = str(name).partition(".")
                if dot and (source_of(root) or os.path.isfile(f"{root}.py") or os.path.isdir(root)):
                    return UserError(f"unknown {group} '{name}'; the name of a class begins with a capital letter")
                return unknown(group, str(name), names)
    return None


def wrong_container(known: Sequence[Override], error: Exception) -> UserError | None:
    """Return the error for a value in place of a list or a mapping, None if the error is another one."""
    line = first_line(error)
    key, _, reason = line.partition(": ")
    values = [override.value() for override in known if override.key_or_group == key]
    if not values:
        return None
    if "ListConfig" in reason:
        return UserError(f"{key} is {values[-1]!r}; it takes a list, such as '{key}=[a,b]'")
    if "to Dict[" in reason:
        return UserError(f"{key} is {values[-1]!r}; it takes a mapping, such as '{key}={{name: value}}'")
    return None


def expand_sweep(override: Override) -> list[str]:
    """Return one override for each value of a sweep."""
    if not override.is_sweep_override():
        return [str(override.input_line)]
    return [f"{override.key_or_group}={value}" for value in sweep_values(override)]


def sweep_values(override: Override) -> list[Any]:
    """Return the value of an override, or all values of a sweep; none of an interval and of a pattern."""
    if isinstance(override.value(), ChoiceSweep | RangeSweep):
        return list(override.sweep_string_iterator())
    return [] if override.is_sweep_override() else [override.value()]


def compose_choices(chosen: Sequence[str], keys: Collection[str], own_configs: Path | None) -> DictConfig | None:
    """Return the config with these options, None if it cannot be composed.

    It has the settings of Hydra itself, which take most of the time, only if one of the keys is among them.
    """
    try:
        if any(key.startswith("hydra.") for key in keys):
            return compose(PRIMARY, list(chosen), return_hydra_config=True)
        return compose_unchecked(chosen, own_configs)
    except COMPOSE_ERRORS:
        return None


def missing_key(config: DictConfig, key: str, groups: Collection[str]) -> UserError | None:
    """Return the error for a dotted key that is not in the config, None if it is there."""
    node: Any = config
    path: list[str] = []
    for part in key.split("."):
        if not isinstance(node, DictConfig):
            return UserError(f"'{'.'.join(path)}' is {node!r}; it has no key '{part}'")
        there = [str(name) for name in node]  # `part in node` is false for a value that must be given
        if part not in there:
            if part in RESERVED:
                return UserError(f"'{key}' comes from the data; leave it out")
            names = [name for name in there if not name.startswith("_") and name != "hydra"]
            if not path and (deeper := similar_nested_key(config, part)):
                return UserError(f"unknown key '{part}'; did you mean '{deeper}'?")
            return unknown_key(".".join(path), part, names if path else [*names, *groups])
        path.append(part)
        node = None if OmegaConf.is_missing(node, part) else node._get_node(part)
        if node is not None and not isinstance(node, DictConfig):
            node = node._value() if hasattr(node, "_value") else node
    return None


def similar_nested_key(config: DictConfig, name: str) -> str | None:
    """Return the dotted key in a group whose last part is nearest to `name`, such as trainer.max_epochs, or None."""
    groups = ("trainer", "loader", "data", "model", "optimizer")
    found = {
        str(key): f"{group}.{key}"
        for group in groups
        if isinstance(config.get(group), DictConfig)
        for key in config[group]
    }
    close = nearest_name(name, found, least=0.7)
    return found[close] if close and nearest_name(name, map(str, config)) is None else None
