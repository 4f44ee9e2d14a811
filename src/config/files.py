"""The config files of nnzoo and of its plug-ins, read without Hydra."""

from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import yaml

from ..errors import unknown
from .groups import GROUPS
from .plugins import Plugin, plugins, warn

CONFIGS = "nnzoo.configs"  # the package of the config files
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # libyaml is seven times as fast


def configs_dir() -> Path:
    """Return the folder of the config files of nnzoo."""
    return Path(str(files(CONFIGS)))


def options(group: str) -> dict[str, Path]:
    """Return name -> file of every option of a config group: those of nnzoo, then those of plug-ins."""
    found = dict(own_files(group))
    for plugin in checked_plugins():
        found |= {name: path for name, path in options_in(plugin.folder, group).items() if name not in found}
    return found


@cache
def own_files(group: str) -> dict[str, Path]:
    """Return name -> file of every option of a group of nnzoo itself."""
    return options_in(configs_dir(), group)


def options_in(folder: Path, group: str) -> dict[str, Path]:
    """Return name -> file of every option of a group in a folder of configs."""
    paths = sorted((folder / group).rglob("*.yaml"))
    return {path.relative_to(folder / group).with_suffix("").as_posix(): path for path in paths}


@cache
def checked_plugins() -> tuple[Plugin, ...]:
    """Return the plug-ins. Warns of each option whose name is taken; Hydra then takes the first one."""
    owners = {(group, name): "nnzoo" for group in GROUPS.values() for name in options_in(configs_dir(), group)}
    for plugin in plugins():
        for group, name in own_options(plugin):
            if (group, name) in owners:
                owner = owners[group, name]
                warn(plugin.name, f"{group}={name} is left out, since {owner} has an option of this name")
            owners.setdefault((group, name), f"plug-in {plugin.name}")
    return plugins()


def own_options(plugin: Plugin) -> Iterator[tuple[str, str]]:
    """Yield group and name of every option of a plug-in."""
    yield from ((group, name) for group in GROUPS.values() for name in options_in(plugin.folder, group))


def read_config(path: Path) -> Any:
    """Return the content of a config file."""
    return parse_config(path.read_text(encoding="utf-8"))


def parse_config(text: str) -> Any:
    """Return the content of the text of a config file."""
    return yaml.load(text, Loader=LOADER)


def model_config(name: str) -> dict[str, Any]:
    """Return the config of a network by its name, without its card.

    Raises UserError with the nearest name for an unknown name.
    """
    paths = options("model")
    if name not in paths:
        raise unknown("model", name, paths)
    file: dict[str, Any] = read_config(paths[name])
    node: dict[str, Any] = file.get("model", file)  # a file with a loss or rule has the network in its own section
    return {key: value for key, value in node.items() if key != "_card_"}
