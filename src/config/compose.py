"""Compose a config from overrides with Hydra, check it, and turn Hydra's errors into one line. Imports no torch."""

from collections.abc import Collection, Iterator, Sequence
from copy import deepcopy
from dataclasses import fields
from difflib import get_close_matches
from functools import cache
from importlib.resources import files
from itertools import product
from pathlib import Path
from typing import Any

import yaml
from hydra import compose as hydra_compose
from hydra import initialize_config_module
from hydra._internal.hydra import Hydra
from hydra._internal.utils import create_config_search_path
from hydra.core.config_search_path import SearchPathQuery
from hydra.core.config_store import ConfigStore
from hydra.core.global_hydra import GlobalHydra
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Override, QuotedString
from hydra.errors import HydraException
from hydra.types import RunMode
from omegaconf import MISSING, DictConfig, OmegaConf, open_dict
from omegaconf.errors import OmegaConfBaseException

from ..errors import UserError, join_names, unknown
from ..formatting import to_shell
from . import moved
from .folds import fold_errors
from .ineffective import ineffective, ineffective_for_hydra
from .instantiate import targets, why_not_allowed
from .overrides import quote_override, why_unreadable
from .replaced import EXTRA_SETTINGS, drop_unknown_settings, hint_to_add
from .schema import EXTERNAL, SECTIONS, SWEEP_KEYS, Config, TrainConfig
from .signatures import FILLED, REQUIRED, RESERVED, default_batch_size, matches_type, parameters, type_name

CONFIGS = "nnzoo.configs"
COMPOSE_ERRORS = (HydraException, OmegaConfBaseException, ValueError)  # ValueError: a group is null

REQUIRED_GROUPS = tuple(field.name for field in fields(Config) if field.default == MISSING)
HINTS = {
    "data.path": "data=array data.path=FILE reads your own table or array, data=series a series",
}
"""Unknown key -> what to set instead."""
SWEEP_GROUPS = ("sweep", "pruner")  # groups that are not part of the config of a run
DICT_GROUPS = ("metrics", "penalties", "transforms", "callbacks", "logger")  # map names to objects

ConfigStore.instance().store(name="schema", node=TrainConfig, provider="nnzoo")


class HydraContext:
    """A context in which Hydra uses the configs of nnzoo; restores Hydra's global state, also inside another app.

    own_configs: a folder with config groups of the user, in addition.
    """

    def __init__(self, own_configs: Path | None = None) -> None:
        self.own_configs = own_configs

    def __enter__(self) -> None:
        self.hydra = GlobalHydra.instance().hydra
        GlobalHydra.instance().hydra = None
        initialize_config_module(CONFIGS, version_base="1.3").__enter__()
        if self.own_configs is not None:
            path = create_config_search_path(f"pkg://{CONFIGS}")
            path.append("command-line", f"file://{self.own_configs.absolute()}", SearchPathQuery("main", None))
            GlobalHydra.instance().clear()
            Hydra.create_main_hydra2("nnzoo", path)

    def __exit__(self, *_: object) -> None:
        GlobalHydra.instance().hydra = self.hydra


def compose(overrides: Sequence[str], name: str = "train") -> DictConfig:
    """Return the checked config of a run. Raises UserError for invalid overrides."""
    overrides = moved.current_overrides(overrides)
    check_hydra(overrides)
    with HydraContext():
        try:
            config = hydra_compose(name, [quote_override(text) for text in overrides], return_hydra_config=True)
        except COMPOSE_ERRORS as error:
            raise diagnose(overrides, error) from error
    return finalize(config)


def check_hydra(overrides: Sequence[str]) -> None:
    """Raise UserError for settings of Hydra itself that have no effect here."""
    of_hydra = [text for text in overrides if text.lstrip("+~").startswith("hydra")]
    if errors := list(ineffective_for_hydra(parse_overrides(of_hydra))):
        raise UserError("; ".join(errors))


def finalize(config: DictConfig) -> DictConfig:
    """Return the checked config of a run: without `hydra` and `sweep`, and with the chosen options as `choices`.

    If an override replaces a class, settings of the default class that the new class does not have are dropped.
    If overrides set max_steps but not max_epochs, the number of epochs is unlimited. See also `fix_folds`.
    """
    config = deepcopy(config)
    chosen = {str(k): v for k, v in config.hydra.runtime.choices.items() if not str(k).startswith("hydra/")}
    choices = {k: v for k, v in chosen.items() if k not in SWEEP_GROUPS}
    texts: list[str] = OmegaConf.to_container(config.hydra.overrides.task, resolve=False)  # type: ignore[assignment]
    given = OverridesParser.create().parse_overrides(texts)
    with open_dict(config):
        del config["hydra"]
        for key in SWEEP_KEYS:
            config.pop(key, None)
        config.choices = choices
        if isinstance(network := config.get("model"), DictConfig):
            network.pop("_card_", None)  # only for lists and documentation
    config = migrated(config)
    drop_unknown_settings(config, given)
    check(config, given)
    fix_folds(config)
    if is_limited_by_steps_only({override.key_or_group for override in given}, config.trainer.max_steps):
        config.trainer.max_epochs = -1
    if config.loader.batch_size is None:
        config.loader.batch_size = default_batch_size(config.data._target_)
    return config


def migrated(config: DictConfig) -> DictConfig:
    """Return a config with the names of this version: a config file of the user may come from an earlier one."""
    before: dict[str, Any] = OmegaConf.to_container(config, resolve=False)  # type: ignore[assignment]
    now = moved.current_config(before)
    return config if now == before else OmegaConf.merge(OmegaConf.structured(Config), now)  # type: ignore[return-value]


def fix_folds(config: DictConfig) -> None:
    """Set the seed of the data to 0 if it follows `seed` and there are folds, which are the same for every seed."""
    plain: dict[str, Any] = OmegaConf.to_container(config.data, resolve=False)  # type: ignore[assignment]
    if config.cv is not None and plain.get("seed") == "${seed}":
        config.data.seed = 0


def is_limited_by_steps_only(given: Collection[str], max_steps: int) -> bool:
    """Return whether the given keys set trainer.max_steps but not trainer.max_epochs."""
    return "trainer.max_steps" in given and "trainer.max_epochs" not in given and max_steps >= 0


def check(config: DictConfig, given: Sequence[Override] = ()) -> None:
    """Check a config against the schema and the constructors it names, and overrides for settings without effect.

    Raises UserError with all errors.
    """
    try:
        if missing := sorted(OmegaConf.missing_keys(config)):
            raise UserError("; ".join(f"{key} must be given" for key in missing))
        plain: dict[str, Any] = OmegaConf.to_container(config, resolve=True)  # type: ignore[assignment]
    except OmegaConfBaseException as error:
        raise UserError(first_line(error)) from error
    errors = [str(e) for e in unknown_keys(plain, Config)]
    for section, schema in SECTIONS.items():
        errors += map(str, unknown_keys(plain[section], schema, section))
    errors += missing_targets(plain)
    errors += [line for path, node in targets(plain) for line in signature_errors(path, node, plain["allow"])]
    if not errors:
        errors = [*fold_errors(plain), *ineffective(plain, given)]
    if errors:
        raise UserError("; ".join(errors))


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


def signature_errors(path: str, node: dict[str, Any], allow: Sequence[str]) -> Iterator[str]:
    """Yield the errors in the target and the arguments of one `_target_` node."""
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
                yield str(unknown_key(path, name, [k for k in known if k not in FILLED]))
        elif not matches_type(value, known[name].type):
            yield f"{path}.{name} is {value!r}; it takes {type_name(known[name].type)}"
    for name, (_, default) in known.items():
        if default is REQUIRED and name not in node and name not in FILLED and not node.get("_partial_"):
            yield f"{path}.{name} is not given"


def parse_overrides(overrides: Sequence[str]) -> list[Override]:
    """Return parsed overrides. Raises UserError for an override that cannot be parsed."""
    parser = OverridesParser.create()
    found = []
    for text in overrides:
        try:
            found.append(parser.parse_override(quote_override(text)))
        except COMPOSE_ERRORS as error:
            raise UserError(f"cannot read '{text}'; {why_unreadable(text)}") from error
    return found


def diagnose(overrides: Sequence[str], error: Exception, own_configs: Path | None = None) -> UserError:
    """Return the error that names the invalid override and what is allowed.

    own_configs: folder with config groups of the user.
    """
    try:
        known = parse_overrides(overrides)
    except UserError as unreadable:
        return unreadable
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
            if config := compose_choices(choice):
                for key in keys:
                    if key_error := missing_key(config, key, groups):
                        if hint := hint_to_add(key, known):
                            return UserError(hint)
                        return UserError(f"{key_error} (with {' '.join(choice)})") if len(choices) > 1 else key_error
    if first_line(error).startswith("Could not append"):
        there = next(o for o in known if o.is_add() and f"'{o.key_or_group}'" in first_line(error))
        return UserError(f"'{there.input_line}': {there.key_or_group} exists already; leave out the +")
    if "Ambiguous value" in str(error):
        several = next(o for o in known if o.is_sweep_override())
        text = str(several.input_line)
        key, _, value = text.partition("=")
        hint = "nnzoo train -m trains with each of them, [1,2] is a list"
        parts = getattr(several.value(), "list", ())
        if several.key_or_group not in groups and any(isinstance(part, str | QuotedString) for part in parts):
            hint += f", {to_shell(key, value)} is one value"
        return UserError(f"{text} has several values; {hint}")
    return UserError(first_line(error))


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
            if name not in names:
                return unknown(group, str(name), names)
    return None


def expand_sweep(override: Override) -> list[str]:
    """Return one override for each value of a sweep."""
    if not override.is_sweep_override():
        return [str(override.input_line)]
    return [f"{override.key_or_group}={value}" for value in sweep_values(override)]


def sweep_values(override: Override) -> list[Any]:
    """Return the value of an override, or all values of a sweep."""
    if override.is_sweep_override():
        return list(override.sweep_string_iterator())
    return [override.value()]


def all_options(repository: Any, group: str, parent: str = "") -> Iterator[str]:
    """Yield the names of a group's options; a slash separates folders."""
    yield from (parent + name for name in repository.get_group_options(group))
    for folder in repository.list_groups(group):
        yield from all_options(repository, f"{group}/{folder}", f"{parent}{folder}/")


def group_names(own_configs: Path | None = None) -> frozenset[str]:
    """Return the names of the config groups. own_configs: folder with config groups of the user."""
    return _own_group_names() if own_configs is None else _read_group_names(own_configs)


@cache
def _own_group_names() -> frozenset[str]:
    return _read_group_names(None)


def _read_group_names(own_configs: Path | None) -> frozenset[str]:
    with HydraContext(own_configs):
        return frozenset(all_groups(GlobalHydra.instance().config_loader()))


def all_groups(repository: Any, parent: str = "") -> Iterator[str]:
    """Yield the names of the config groups; a slash separates nested groups."""
    for name in repository.list_groups(parent):
        group = f"{parent}/{name}" if parent else name
        yield group
        yield from all_groups(repository, group)


def compose_choices(chosen: Sequence[str]) -> DictConfig | None:
    """Return the config with these options, None if it cannot be composed."""
    try:
        config = GlobalHydra.instance().hydra.compose_config(  # type: ignore[union-attr]
            "train", list(chosen), RunMode.RUN, with_log_configuration=False
        )
    except COMPOSE_ERRORS:
        return None
    return config


def missing_key(config: DictConfig, key: str, groups: Collection[str]) -> UserError | None:
    """Return the error for a dotted key that is not in the config, None if it is there."""
    node: Any = config
    path: list[str] = []
    for part in key.split("."):
        if not isinstance(node, DictConfig):
            return UserError(f"'{'.'.join(path)}' is {node!r}; it has no key '{part}'")
        there = {str(name) for name in node}  # `part in node` is false for a value that must be given
        if part not in there:
            if part in RESERVED:
                return UserError(f"'{key}' comes from the data; leave it out")
            names = {name for name in there if not name.startswith("_") and name != "hydra"}
            if not path and (deeper := similar_nested_key(config, part)):
                return UserError(f"unknown key '{part}'; did you mean '{deeper}'?")
            return unknown_key(".".join(path), part, names if path else names | set(groups))
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
    close = get_close_matches(name, found, n=1, cutoff=0.7)
    return found[close[0]] if close and not get_close_matches(name, [str(key) for key in config], n=1) else None


def unknown_key(path: str, name: str, names: Collection[str]) -> UserError:
    """Return the error for a key that a node does not have; it suggests the nearest key or lists all of them."""
    prefix = f"{path}." if path else ""
    if hint := HINTS.get(f"{prefix}{name}"):
        return UserError(f"unknown key '{prefix}{name}'; {hint}")
    if path in DICT_GROUPS and (configs_dir() / path / f"{name}.yaml").is_file():
        return UserError(f"unknown key '{prefix}{name}'; choose {path}={name} first")
    close = get_close_matches(name, names, n=1)
    there = f"there are: {', '.join(sorted(names))}" if names else f"'{path}' has no keys"
    hint = f"did you mean '{prefix}{close[0]}'?" if close else there
    return UserError(f"unknown key '{prefix}{name}'; {hint}")


def first_line(error: BaseException) -> str:
    """Return the first line of the message of a Hydra or OmegaConf exception, with the key if it is known."""
    while isinstance(error.__cause__, COMPOSE_ERRORS):
        error = error.__cause__
    lines = str(error).strip().splitlines() or [type(error).__name__]
    if lines[0].endswith(":") and len(lines) > 1:
        lines[0] += f" {lines[1].strip()}"
    key = getattr(error, "full_key", None)
    return f"{key}: {lines[0]}" if key else lines[0]


def configs_dir() -> Path:
    """Return the folder of the config files."""
    return Path(str(files(CONFIGS)))


def model_config(name: str) -> dict[str, Any]:
    """Return the config of a network by its name, without its card.

    Raises UserError with the nearest name for an unknown name.
    """
    folder = configs_dir() / "model"
    names = [path.stem for path in folder.glob("*.yaml")]
    if name not in names:
        raise unknown("model", name, names)
    file: dict[str, Any] = yaml.safe_load((folder / f"{name}.yaml").read_text(encoding="utf-8"))
    node: dict[str, Any] = file.get("model", file)  # a file with a loss or rule has the network in its own section
    return {key: value for key, value in node.items() if key != "_card_"}
