"""Plug-ins: installed packages with configs, found by their entry points. Imports neither torch nor a plug-in."""

import re
import warnings
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from ..errors import PluginWarning
from .groups import GROUPS

ENTRY_POINTS = "nnzoo.plugins"  # the group: its values are packages with folders such as model/, data/ and loss/
MODULE = re.compile(r"[^\W\d]\w*(\.[^\W\d]\w*)*")


@dataclass(frozen=True)
class Plugin:
    """A plug-in: its name, the folder of its configs, and the package whose classes its configs name."""

    name: str
    folder: Path
    package: str


@cache
def plugins() -> tuple[Plugin, ...]:
    """Return the installed plug-ins, sorted by name. Warns of those that have no folder with configs."""
    from importlib.metadata import entry_points  # imported late: `nnzoo --help` does not need it

    found = {}
    for name, value in sorted({(point.name, point.value) for point in entry_points(group=ENTRY_POINTS)}):
        if name in found:
            warn(name, f"its name is taken by another plug-in; '{value}' is left out")
        elif (folder := configs_of(value)) is None:
            warn(name, f"its entry point '{value}' is not an installed package with folders of configs, such as model/")
        else:
            found[name] = Plugin(name, folder, value.rpartition(".")[0] or value)
    return tuple(found.values())


def configs_of(module: str) -> Path | None:
    """Return the folder of a package of configs, None if there is none; its parents are not imported."""
    if not MODULE.fullmatch(module):
        return None
    root, *inner = module.split(".")
    try:
        spec = find_spec(root)
    except (ImportError, ValueError):
        return None
    folders = [Path(place, *inner) for place in (spec.submodule_search_locations or () if spec else ())]
    return next((each for each in folders if any((each / group).is_dir() for group in GROUPS.values())), None)


def plugin_of(file: Path) -> Plugin | None:
    """Return the plug-in that has a config file, None for a file of nnzoo."""
    return next((plugin for plugin in plugins() if file.is_relative_to(plugin.folder)), None)


def trusted_packages() -> tuple[str, ...]:
    """Return the packages of the plug-ins: the user has installed them, so that they need no `allow`."""
    return tuple(plugin.package for plugin in plugins())


def warn(name: str, reason: str) -> None:
    """Warn of a fault of a plug-in."""
    warnings.warn(PluginWarning(f"plug-in {name}: {reason}"), stacklevel=2)
