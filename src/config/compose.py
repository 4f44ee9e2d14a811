"""From overrides to a checked config, by Hydra; and from Hydra's errors to one line. Imports no torch."""

from collections.abc import Collection, Iterator, Sequence
from copy import deepcopy
from dataclasses import fields
from difflib import get_close_matches
from importlib.resources import files
from itertools import product
from pathlib import Path
from typing import Any

import yaml
from hydra import compose as hydra_compose
from hydra import initialize_config_module
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
from .ineffective import ineffective, ineffective_for_hydra
from .instantiate import targets, why_not_allowed
from .overrides import quoted, unreadable
from .replaced import BESIDE, leave_out_foreign, setting_to_add
from .schema import EXTERNAL, SECTIONS, Config
from .signatures import FILLED, REQUIRED, RESERVED, batch_size, fits, parameters, spell

CONFIGS = "nnzoo.configs"
COMPOSE_ERRORS = (HydraException, OmegaConfBaseException, ValueError)  # the last: a group that is null

NEEDED = tuple(field.name for field in fields(Config) if field.default == MISSING)
ELSEWHERE = {
    "trainer.accumulate_grad_batches": "loader.batch_size says how many examples an optimizer step takes",
    "data.path": "your own table or array is read with data=array data.path=FILE, a series with data=series",
}
NAMED = (
    "metrics",
    "penalties",
    "transforms",
    "callbacks",
    "logger",
)  # groups whose options are further mappings, by name

ConfigStore.instance().store(name="schema", node=Config, provider="nnzoo")


class Global:
    """Hydra's one global object, lent for a while: also inside somebody else's Hydra app."""

    def __enter__(self) -> None:
        self.hydra = GlobalHydra.instance().hydra
        GlobalHydra.instance().hydra = None
        initialize_config_module(CONFIGS, version_base="1.3").__enter__()

    def __exit__(self, *_: object) -> None:
        GlobalHydra.instance().hydra = self.hydra


def compose(overrides: Sequence[str], name: str = "train") -> DictConfig:
    """Return the checked config of a run. Raises UserError for anything wrong in the overrides."""
    overrides = moved.current_overrides(overrides)
    check_hydra(overrides)
    with Global():
        try:
            config = hydra_compose(name, [quoted(text) for text in overrides], return_hydra_config=True)
        except COMPOSE_ERRORS as error:
            raise diagnose(overrides, error) from error
    return finish(config)


def check_hydra(overrides: Sequence[str]) -> None:
    """Raise UserError for settings of Hydra's own that have no effect here."""
    of_hydra = [text for text in overrides if text.lstrip("+~").startswith("hydra")]
    if errors := list(ineffective_for_hydra(parsed(of_hydra))):
        raise UserError("; ".join(errors))


def finish(config: DictConfig) -> DictConfig:
    """Return a composed config without Hydra's part, with the choices that were made, checked.

    Where a class was replaced, settings of the default that the new one does not have are left out.
    Where steps were given and no epochs, the default number of epochs is no limit.
    """
    config = deepcopy(config)
    choices = {str(k): v for k, v in config.hydra.runtime.choices.items() if not str(k).startswith("hydra/")}
    texts: list[str] = OmegaConf.to_container(config.hydra.overrides.task, resolve=False)  # type: ignore[assignment]
    given = OverridesParser.create().parse_overrides(texts)
    with open_dict(config):
        del config["hydra"]
        config.choices = choices
        if isinstance(network := config.get("model"), DictConfig):
            network.pop("_card_", None)  # for lists and pages
    config = up_to_date(config)
    leave_out_foreign(config, given)
    check(config, given)
    if counts_steps_alone({override.key_or_group for override in given}, config.trainer.max_steps):
        config.trainer.max_epochs = -1
    if config.loader.batch_size is None:
        config.loader.batch_size = batch_size(config.data._target_)
    return config


def up_to_date(config: DictConfig) -> DictConfig:
    """Return a config in which classes are named where they are now: a file of the user's may be of earlier times."""
    written: dict[str, Any] = OmegaConf.to_container(config, resolve=False)  # type: ignore[assignment]
    now = moved.current_config(written)
    return config if now == written else OmegaConf.merge(OmegaConf.structured(Config), now)  # type: ignore[return-value]


def counts_steps_alone(given: Collection[str], max_steps: int) -> bool:
    """Tell whether steps were given and no epochs, of which a default number is then no limit; given: keys."""
    return "trainer.max_steps" in given and "trainer.max_epochs" not in given and max_steps >= 0


def check(config: DictConfig, given: Sequence[Override] = ()) -> None:
    """Hold a config against the schema and the constructors it names, and overrides against what they have effect on.

    Raises UserError naming all errors.
    """
    try:
        if absent := sorted(OmegaConf.missing_keys(config)):
            raise UserError("; ".join(f"{key} must be given" for key in absent))
        plain: dict[str, Any] = OmegaConf.to_container(config, resolve=True)  # type: ignore[assignment]
    except OmegaConfBaseException as error:
        raise UserError(first_line(error)) from error
    errors = [str(e) for e in unknown_keys(plain, Config)]
    for section, schema in SECTIONS.items():
        errors += map(str, unknown_keys(plain[section], schema, section))
    errors += missing_targets(plain)
    errors += [line for path, node in targets(plain) for line in signature_errors(path, node, plain["allow"])]
    if not errors:
        errors = list(ineffective(plain, given))
    if errors:
        raise UserError("; ".join(errors))


def unknown_keys(node: dict[str, Any], schema: type, path: str = "") -> Iterator[UserError]:
    """Yield an error for every key that is not in the schema: `+key=value` puts in anything."""
    names = [field.name for field in fields(schema)]
    return (unknown_key(path, key, names) for key in node if key not in names)


def missing_targets(plain: dict[str, Any]) -> Iterator[str]:
    """Yield what is wrong with settings of something that was not chosen: `+loss.delta=2` without a loss."""
    groups = ("data", "model", "head", "task", "loss", "rule", "optimizer", "scheduler")
    chosen = {group: plain[group] for group in groups}
    named = {f"{group}.{name}": node for group in NAMED for name, node in plain[group].items()}
    for path, node in (chosen | named).items():
        if node is not None and (not isinstance(node, dict) or "_target_" not in node):
            yield f"{path} has no _target_, the class it is of" + ("" if path in named else f"; choose {path}=...")


def signature_errors(path: str, node: dict[str, Any], allow: Sequence[str]) -> Iterator[str]:
    """Yield what is wrong with the target and the arguments of one `_target_` node."""
    if reason := why_not_allowed(node["_target_"], allow):
        yield f"{path}._target_ {reason}"
        return
    known = parameters(str(node["_target_"]))
    if known is None:
        return
    given = {k: v for k, v in node.items() if not k.startswith("_") and k not in BESIDE.get(path, ())}
    for name, value in given.items():
        if name not in known:
            if node["_target_"] not in EXTERNAL:  # of those, only the usual arguments are listed
                yield str(unknown_key(path, name, [k for k in known if k not in FILLED]))
        elif not fits(value, known[name].type):
            yield f"{path}.{name} is {value!r}; it takes {spell(known[name].type)}"
    for name, (_, default) in known.items():
        if default is REQUIRED and name not in node and name not in FILLED and not node.get("_partial_"):
            yield f"{path}.{name} is not given"


def parsed(overrides: Sequence[str]) -> list[Override]:
    """Return overrides in parts. Raises UserError for one that cannot be read."""
    parser = OverridesParser.create()
    found = []
    for text in overrides:
        try:
            found.append(parser.parse_override(quoted(text)))
        except COMPOSE_ERRORS as wrong:
            raise UserError(f"cannot read '{text}'; {unreadable(text)}") from wrong
    return found


def diagnose(overrides: Sequence[str], error: Exception) -> UserError:
    """Return the one line that says which override is wrong and what would fit."""
    try:
        known = parsed(overrides)
    except UserError as unreadable:
        return unreadable
    with Global():
        repository = GlobalHydra.instance().config_loader()
        groups = set(all_groups(repository))
        for override in known:
            if wrong_choice := misfit(repository, override, groups):
                return wrong_choice
        chosen = [o for o in known if o.key_or_group in groups]
        keys = [o.key_or_group for o in known if o.key_or_group not in groups and not o.is_add()]
        choices = list(product(*map(lines, chosen)))
        for choice in choices:
            if config := composed_groups(choice):
                for key in keys:
                    if wrong_key := missing(config, key, groups):
                        if way := setting_to_add(key, known):
                            return UserError(way)
                        return UserError(f"{wrong_key} (with {' '.join(choice)})") if len(choices) > 1 else wrong_key
    if "Ambiguous value" in str(error):
        several = next(o for o in known if o.is_sweep_override())
        text = str(several.input_line)
        key, _, value = text.partition("=")
        ways = "nnzoo train -m takes them in turn, [1,2] is a list"
        parts = getattr(several.value(), "list", ())
        if several.key_or_group not in groups and any(isinstance(part, str | QuotedString) for part in parts):
            ways += f", {to_shell(key, value)} is one value"
        return UserError(f"{text} is several values; {ways}")
    return UserError(first_line(error))


def misfit(repository: Any, override: Override, groups: set[str]) -> UserError | None:
    """Return the error for an option that its group does not have, None if it does or there is no such group."""
    group = override.key_or_group
    if group not in groups or override.is_delete():
        return None
    names = set(all_options(repository, group))
    for value in values(override):
        if value is None:
            way = "one is needed" if group in NEEDED else f"'~{group}' leaves it out"
            return UserError(f"{group}=null: {way}; there are: {join_names(sorted(names))}")
        for name in value if isinstance(value, list) else [value]:
            if name not in names:
                return unknown(group, str(name), names)
    return None


def lines(override: Override) -> list[str]:
    """Return an override once for each of its values."""
    if not override.is_sweep_override():
        return [str(override.input_line)]
    return [f"{override.key_or_group}={value}" for value in values(override)]


def values(override: Override) -> list[Any]:
    """Return the value, or all the values that a sweep would give."""
    if override.is_sweep_override():
        return list(override.sweep_string_iterator())
    return [override.value()]


def all_options(repository: Any, group: str, parent: str = "") -> Iterator[str]:
    """Yield the names of a group's options, those in folders with slashes."""
    yield from (parent + name for name in repository.get_group_options(group))
    for folder in repository.list_groups(group):
        yield from all_options(repository, f"{group}/{folder}", f"{parent}{folder}/")


def all_groups(repository: Any, parent: str = "") -> Iterator[str]:
    """Yield the names of the config groups, nested ones with slashes."""
    for name in repository.list_groups(parent):
        group = f"{parent}/{name}" if parent else name
        yield group
        yield from all_groups(repository, group)


def composed_groups(chosen: Sequence[str]) -> DictConfig | None:
    """Return the config with some options chosen, None if that fails, too."""
    try:
        config = GlobalHydra.instance().hydra.compose_config(  # type: ignore[union-attr]
            "train", list(chosen), RunMode.RUN, with_log_configuration=False
        )
    except COMPOSE_ERRORS:
        return None
    return config


def missing(config: DictConfig, key: str, groups: set[str]) -> UserError | None:
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
            if not path and (deeper := nested(config, part)):
                return UserError(f"unknown key '{part}'; did you mean '{deeper}'?")
            return unknown_key(".".join(path), part, names if path else names | groups)
        path.append(part)
        node = None if OmegaConf.is_missing(node, part) else node._get_node(part)
        if node is not None and not isinstance(node, DictConfig):
            node = node._value() if hasattr(node, "_value") else node
    return None


def nested(config: DictConfig, name: str) -> str | None:
    """Return the setting of a group whose own name is nearest to `name`, max_epochs of the trainer say, if one is."""
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
    """Return the error for a key that a node does not have, with the nearest one or all of them."""
    prefix = f"{path}." if path else ""
    if hint := ELSEWHERE.get(f"{prefix}{name}"):
        return UserError(f"unknown key '{prefix}{name}'; {hint}")
    if path in NAMED and (configs_dir() / path / f"{name}.yaml").is_file():
        return UserError(f"unknown key '{prefix}{name}'; choose {path}={name} first")
    close = get_close_matches(name, names, n=1)
    there = f"there are: {', '.join(sorted(names))}" if names else f"'{path}' has no keys"
    hint = f"did you mean '{prefix}{close[0]}'?" if close else there
    return UserError(f"unknown key '{prefix}{name}'; {hint}")


def first_line(error: BaseException) -> str:
    """Return what an exception of Hydra or OmegaConf says, in one line, with the key it is about."""
    while isinstance(error.__cause__, COMPOSE_ERRORS):
        error = error.__cause__
    lines = str(error).strip().splitlines() or [type(error).__name__]
    key = getattr(error, "full_key", None)
    return f"{key}: {lines[0]}" if key else lines[0]


def configs_dir() -> Path:
    """Return where the config files are."""
    return Path(str(files(CONFIGS)))


def model_config(name: str) -> dict[str, Any]:
    """Return the config of one network by the name of its file, without its card.

    Raises UserError for an unknown name, with the nearest one.
    """
    folder = configs_dir() / "model"
    names = [path.stem for path in folder.glob("*.yaml")]
    if name not in names:
        raise unknown("model", name, names)
    file: dict[str, Any] = yaml.safe_load((folder / f"{name}.yaml").read_text(encoding="utf-8"))
    node: dict[str, Any] = file.get("model", file)  # a method also says by what it learns
    return {key: value for key, value in node.items() if key != "_card_"}
