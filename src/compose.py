"""From overrides to a checked config, by Hydra; and from Hydra's errors to one line. Imports no torch."""

from collections.abc import Iterable, Iterator, Sequence
from copy import deepcopy
from difflib import get_close_matches
from importlib.resources import files
from pathlib import Path
from typing import Any

import yaml
from hydra import compose as hydra_compose
from hydra import initialize_config_module
from hydra.core.config_store import ConfigStore
from hydra.core.global_hydra import GlobalHydra
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Override
from hydra.errors import HydraException
from hydra.types import RunMode
from omegaconf import DictConfig, OmegaConf, open_dict
from omegaconf.errors import OmegaConfBaseException

from .errors import UserError, unknown
from .schema import EXTERNAL, Config
from .signatures import FILLED, REQUIRED, fits, parameters, spell

CONFIGS = "nnzoo.configs"
COMPOSE_ERRORS = (HydraException, OmegaConfBaseException)

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
    with Global():
        try:
            config = hydra_compose(name, list(overrides), return_hydra_config=True)
        except COMPOSE_ERRORS as error:
            raise diagnose(overrides, error) from error
    return finish(config)


def finish(config: DictConfig) -> DictConfig:
    """Return a composed config without Hydra's part, with the choices that were made, checked."""
    config = deepcopy(config)
    choices = {str(k): v for k, v in config.hydra.runtime.choices.items() if not str(k).startswith("hydra/")}
    with open_dict(config):
        del config["hydra"]
        config.choices = choices
    check(config)
    return config


def check(config: DictConfig) -> None:
    """Hold every node with a `_target_` against the constructor it names. Raises UserError naming all errors."""
    try:
        plain = OmegaConf.to_container(config, resolve=True)
    except OmegaConfBaseException as error:
        raise UserError(first_line(error)) from error
    errors = [line for path, node in targets(plain) for line in misfits(path, node)]
    if errors:
        raise UserError("; ".join(errors))


def targets(node: Any, path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield (dotted path, node) of every mapping with a `_target_`."""
    if isinstance(node, dict):
        if "_target_" in node:
            yield path, node
        for key, value in node.items():
            yield from targets(value, f"{path}.{key}" if path else str(key))


def misfits(path: str, node: dict[str, Any]) -> Iterator[str]:
    """Yield what is wrong with the arguments of one `_target_` node."""
    known = parameters(str(node["_target_"]))
    if known is None:
        return
    given = {k: v for k, v in node.items() if not k.startswith("_") and k not in ("interval", "monitor")}
    for name, value in given.items():
        if name not in known:
            if node["_target_"] not in EXTERNAL:  # of those, only the usual arguments are listed
                yield str(unknown_key(path, name, [k for k in known if k not in FILLED]))
        elif not fits(value, known[name].type):
            yield f"{path}.{name} is {value!r}; it takes {spell(known[name].type)}"
    for name, (_, default) in known.items():
        if default is REQUIRED and name not in node and name not in FILLED and not node.get("_partial_"):
            yield f"{path}.{name} is not given"
        elif node.get(name) == "???":
            yield f"{path}.{name} must be given"


def diagnose(overrides: Sequence[str], error: Exception) -> UserError:
    """Return the one line that says which override is wrong and what would fit."""
    parser = OverridesParser.create()
    parsed = []
    for text in overrides:
        try:
            parsed.append(parser.parse_override(text))
        except COMPOSE_ERRORS as wrong:
            hint = "; quote values with brackets or spaces in the shell: 'key=[1,2]'" if "=" in text else ""
            form = "" if "=" in text else "; it has the form key=value"
            return UserError(f"cannot read '{text}'{form}{hint} ({first_line(wrong)})")
    with Global():
        repository = GlobalHydra.instance().config_loader()
        groups = set(all_groups(repository))
        config: DictConfig | None = None
        for override in parsed:
            key = override.key_or_group
            if key in groups:
                options = repository.get_group_options(key)
                for value in values(override):
                    if value not in options and value is not None:
                        return unknown(key, str(value), options)
            elif not override.is_add():
                config = config or composed_groups([o for o in parsed if o.key_or_group in groups])
                if config is not None and (wrong_key := missing(config, key, groups)):
                    return wrong_key
    return UserError(first_line(error))


def values(override: Override) -> list[Any]:
    """Return the value, or all the values that a sweep would give."""
    if override.is_sweep_override():
        return list(override.sweep_string_iterator())
    return [override.value()]


def all_groups(repository: Any, parent: str = "") -> Iterator[str]:
    """Yield the names of the config groups, nested ones with slashes."""
    for name in repository.list_groups(parent):
        group = f"{parent}/{name}" if parent else name
        yield group
        yield from all_groups(repository, group)


def composed_groups(chosen: list[Override]) -> DictConfig | None:
    """Return the config with the chosen groups alone (the first of a sweep), None if that fails, too."""
    lines = [o.input_line if not o.is_sweep_override() else f"{o.key_or_group}={values(o)[0]}" for o in chosen]
    try:
        config = GlobalHydra.instance().hydra.compose_config(  # type: ignore[union-attr]
            "train", [line for line in lines if line], RunMode.RUN, with_log_configuration=False
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
        if part not in node:
            names = {str(k) for k in node if not str(k).startswith("_") and k != "hydra"}
            return unknown_key(".".join(path), part, names if path else names | groups)
        path.append(part)
        node = None if OmegaConf.is_missing(node, part) else node._get_node(part)
        if node is not None and not isinstance(node, DictConfig):
            node = node._value() if hasattr(node, "_value") else node
    return None


def unknown_key(path: str, name: str, names: Iterable[str]) -> UserError:
    """Return the error for a key that a node does not have, with the nearest one or all of them."""
    prefix = f"{path}." if path else ""
    close = get_close_matches(name, list(names), n=1)
    hint = f"did you mean '{prefix}{close[0]}'?" if close else f"there are: {', '.join(sorted(names))}"
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
    """Return the config of one network by the name of its file. Raises UserError with the nearest name."""
    folder = configs_dir() / "model"
    names = [path.stem for path in folder.glob("*.yaml")]
    if name not in names:
        raise unknown("model", name, names)
    node: dict[str, Any] = yaml.safe_load((folder / f"{name}.yaml").read_text(encoding="utf-8"))
    return node
