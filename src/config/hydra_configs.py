"""The configs as Hydra sees them: the context in which it finds them, their groups and options, and its errors."""

from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from hydra import initialize_config_module
from hydra._internal.hydra import Hydra
from hydra._internal.utils import create_config_search_path
from hydra.core.config_search_path import ConfigSearchPath, SearchPathQuery
from hydra.core.config_store import ConfigStore
from hydra.core.global_hydra import GlobalHydra
from hydra.core.override_parser.types import Override
from hydra.core.plugins import Plugins
from hydra.errors import HydraException
from hydra.plugins.search_path_plugin import SearchPathPlugin
from omegaconf.errors import OmegaConfBaseException
from yaml import YAMLError

from ..errors import UserError
from .files import CONFIGS, checked_plugins
from .grammar import parse_override
from .hydra_version import VERSION_BASE
from .overrides import quote_override, why_unreadable
from .schema import TrainConfig

# ValueError: a group is null; YAMLError: a file of the user
# What Hydra raises for wrong overrides; TypeError: for a choice such as model=[3]
# OSError: a name too long for a file
COMPOSE_ERRORS = (HydraException, OmegaConfBaseException, TypeError, ValueError, YAMLError, OSError)

ConfigStore.instance().store(name="schema", node=TrainConfig, provider="nnzoo")


class PluginConfigs(SearchPathPlugin):
    """Adds the configs of plug-ins after those of nnzoo, not in other applications of Hydra."""

    def manipulate_search_path(self, search_path: ConfigSearchPath) -> None:
        """Add the folders of the plug-ins."""
        if any(element.path == f"pkg://{CONFIGS}" for element in search_path.get_path()):
            for plugin in checked_plugins():
                search_path.append("nnzoo-plugin", f"file://{plugin.folder}")


Plugins.instance().register(PluginConfigs)


class HydraContext:
    """A context in which Hydra uses the configs of nnzoo; restores Hydra's global state, also inside another app.

    own_configs: a folder with config groups of the user, in addition.
    """

    def __init__(self, own_configs: Path | None = None) -> None:
        self.own_configs = own_configs

    def __enter__(self) -> None:
        self.hydra = GlobalHydra.instance().hydra
        GlobalHydra.instance().hydra = None
        initialize_config_module(CONFIGS, **VERSION_BASE).__enter__()
        if self.own_configs is not None:
            path = create_config_search_path(f"pkg://{CONFIGS}")
            path.append("command-line", f"file://{self.own_configs.absolute()}", SearchPathQuery("main", None))
            GlobalHydra.instance().clear()
            Hydra.create_main_hydra2("nnzoo", path)

    def __exit__(self, *_: object) -> None:
        GlobalHydra.instance().hydra = self.hydra


def parse_overrides(overrides: Sequence[str]) -> list[Override]:
    """Return parsed overrides. Raises UserError for an override that cannot be parsed."""
    found = []
    for text in overrides:
        try:
            found.append(parse_override(quote_override(text)))
        except COMPOSE_ERRORS as error:
            raise UserError(f"cannot read '{text}'; {why_unreadable(text)}") from error
    return found


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


def first_line(error: BaseException) -> str:
    """Return the first line of the message of a Hydra or OmegaConf exception, with the key if it is known.

    The message about a YAML file is returned as a whole, in one line.
    """
    if isinstance(error, YAMLError):
        return " ".join(str(error).split())
    while isinstance(error.__cause__, COMPOSE_ERRORS):
        error = error.__cause__
    lines = str(error).strip().splitlines() or [type(error).__name__]
    if lines[0].endswith(":") and len(lines) > 1:
        lines[0] += f" {lines[1].strip()}"
    key = getattr(error, "full_key", None)
    return f"{key}: {lines[0]}" if key else lines[0]
