"""Checks of a composed config against the schema and the constructors that it names. Imports no torch."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import fields
from types import MappingProxyType
from typing import Any

from hydra.core.override_parser.types import Override
from omegaconf import MISSING, DictConfig
from omegaconf.errors import OmegaConfBaseException

from ..errors import UserError, nearest_name
from .class_paths import why_no_path
from .engine import engine_errors
from .ensembles import ensemble_errors
from .files import options
from .folds import fold_errors
from .groups import DICT_GROUPS
from .hydra_configs import first_line, parse_overrides
from .ineffective import ineffective, ineffective_for_hydra
from .instantiate import targets, why_not_allowed
from .inventory import other_settings
from .plain import to_plain
from .replaced import EXTRA_SETTINGS
from .schema import EXTERNAL, SECTIONS, Config
from .signatures import FILLED, REQUIRED, matches_type, parameters, type_name
from .target_kinds import target_errors
from .torchvision_weights import torchvision_errors
from .values import endless, value_errors

NO_CHOICES: Mapping[str, str] = MappingProxyType({})
HINTS = {
    "data.path": "data=array data.path=FILE reads your own table or array, data=series a series",
}
"""Unknown key -> what to set instead."""


def check_hydra(overrides: Sequence[str]) -> None:
    """Raise UserError for settings of Hydra itself that have no effect here."""
    of_hydra = [text for text in overrides if text.lstrip("+~").startswith("hydra")]
    if errors := list(ineffective_for_hydra(parse_overrides(of_hydra))):
        raise UserError("; ".join(errors))


def check(config: DictConfig, given: Sequence[Override] = ()) -> None:
    """Check a config against the schema and the constructors it names, and overrides for settings without effect.

    Raises UserError with all errors.
    """
    try:
        plain: dict[str, Any] = to_plain(config, resolve=True)
    except OmegaConfBaseException as error:
        raise UserError(first_line(error)) from error
    if missing := sorted(missing_keys(plain)):
        raise UserError("; ".join(f"{key} must be given" for key in missing))
    schedule = plain.get("scheduler")
    if schedule and plain["trainer"]["max_epochs"] is None and schedule.get("T_max", 1) is None:
        plain["scheduler"] = schedule | {"T_max": 1}  # known together with the number of epochs
    errors = [str(e) for e in unknown_keys(plain, Config)]
    for section, schema in SECTIONS.items():
        errors += map(str, unknown_keys(plain[section], schema, section))
    errors += missing_targets(plain)
    for path, node in targets(plain):
        errors += signature_errors(path, node, plain["allow"], plain["choices"])
    errors = errors or list(value_errors(plain))
    errors = errors or [
        *fold_errors(plain),
        *ensemble_errors(plain),
        *engine_errors(plain),
        *torchvision_errors(plain),
        *ineffective(plain, given),
    ]
    errors = errors or list(target_errors(plain))
    if errors := errors or list(endless(plain)):
        raise UserError("; ".join(errors))


def missing_keys(node: Any, path: str = "") -> Iterator[str]:
    """Yield the dotted path of every value that must be given."""
    if isinstance(node, dict):
        for key, value in node.items():
            yield from missing_keys(value, f"{path}.{key}" if path else str(key))
    elif isinstance(node, list):
        for i, value in enumerate(node):
            yield from missing_keys(value, f"{path}[{i}]")
    elif isinstance(node, str) and node == MISSING:
        yield path


def unknown_keys(node: dict[str, Any], schema: type, path: str = "") -> Iterator[UserError]:
    """Yield an error for every key that is not in the schema: `+key=value` can add any key."""
    names = [field.name for field in fields(schema)]
    return (unknown_key(path, key, names) for key in node if key not in names)


def missing_targets(plain: dict[str, Any]) -> Iterator[str]:
    """Yield an error for settings of an object that was not chosen, such as `+loss.delta=2` without a loss."""
    groups = ("data", "model", "head", "task", "loss", "rule", "optimizer", "scheduler")
    chosen = {group: plain[group] for group in groups}
    named = {f"{group}.{name}": node for group in DICT_GROUPS for name, node in plain[group].items()}
    for path, node in (chosen | named).items():
        if node is not None and (not isinstance(node, dict) or "_target_" not in node):
            yield f"{path} has no _target_, the name of its class" + ("" if path in named else f"; choose {path}=...")


def signature_errors(
    path: str, node: dict[str, Any], allow: Sequence[str], choices: Mapping[str, str] = NO_CHOICES
) -> Iterator[str]:
    """Yield the errors in the target and the arguments of one `_target_` node. choices: group -> chosen option."""
    if reason := why_no_path(path, node["_target_"]):
        yield reason
        return
    if reason := why_not_allowed(node["_target_"], allow):
        yield f"{path}._target_ {reason}"
        return
    known = parameters(str(node["_target_"]))
    if known is None:
        return
    given = {k: v for k, v in node.items() if not k.startswith("_") and k not in EXTRA_SETTINGS.get(path, ())}
    for name, value in given.items():
        if name not in known:
            if node["_target_"] not in EXTERNAL:  # which lists only the usual arguments
                of_option = set_by_option(path, name, choices)
                yield of_option or str(unknown_key(path, name, [k for k in known if k not in FILLED]))
        elif not matches_type(value, known[name].type):
            yield f"{path}.{name} is {value!r}; it takes {type_name(known[name].type)}"
    if node["_target_"] in EXTERNAL:
        return
    for name, (_, default) in known.items():
        if default is REQUIRED and name not in node and name not in FILLED and not node.get("_partial_"):
            yield f"{path}.{name} is not given"


def set_by_option(path: str, name: str, choices: Mapping[str, str]) -> str | None:
    """Return the error for a key of another group that a chosen option sets, None if no option does.

    It names the option of that group for which the key is meant.
    """
    for group, chosen in choices.items():
        file = options(group).get(chosen) if group != path else None
        settings = dict(line.split("=", 1) for line in other_settings(group, file)) if file else {}
        if f"{path}.{name}" in settings:
            meant = f"use {path}={settings[path]}" if path in settings else f"'~{path}.{name}' removes it"
            where = f"{path}={choices[path]}" if choices.get(path) else path
            return f"{group}={chosen} sets {path}.{name}, which {where} does not have; {meant}"
    return None


def unknown_key(path: str, name: str, names: Collection[str]) -> UserError:
    """Return the error for a key that a node does not have; it suggests the nearest key or lists all of them."""
    prefix = f"{path}." if path else ""
    if hint := HINTS.get(f"{prefix}{name}"):
        return UserError(f"unknown key '{prefix}{name}'; {hint}")
    if path in DICT_GROUPS and name in options(path):
        return UserError(f"unknown key '{prefix}{name}'; choose {path}={name} first")
    close = nearest_name(name, names)
    there = f"there are: {', '.join(sorted(names))}" if names else f"'{path}' has no keys"
    hint = f"did you mean '{prefix}{close}'?" if close else there
    return UserError(f"unknown key '{prefix}{name}'; {hint}")
