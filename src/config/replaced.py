"""Settings of classes that an override of `_target_` replaces.

Imports torch only for classes whose arguments cannot be read from their source, such as those of torch.
"""

import inspect
from collections.abc import Collection, Iterator, Sequence
from typing import Any

from hydra.core.override_parser.types import Override
from omegaconf import DictConfig, OmegaConf, open_dict

from ..errors import UserError
from .instantiate import locate_callable
from .own_classes import PLACES
from .signatures import parameters

EXTRA_SETTINGS = {"scheduler": ("interval", "monitor")}
"""Path -> settings of nnzoo in addition to those of the constructor."""
PARTIAL = ("optimizer", "scheduler")
"""Paths of classes that are built later, when the parameters or the optimizer exist."""


def drop_unknown_settings(config: DictConfig, given: Sequence[Override]) -> None:
    """Remove the settings of a replaced class that the class of an overridden `_target_` does not have.

    The choice of the group becomes the name of the new class. An optimizer and a schedule are always built later.

    Settings that an override sets are kept, and so are all settings if the arguments of the class are unknown. A class
    that is chosen in place of an option (`model=mynet.MyNet`) has only the settings that an override sets.
    """
    for path in PARTIAL:
        if isinstance(config[path], DictConfig) and "_target_" in config[path]:
            with open_dict(config):
                config[path]["_partial_"] = True
    added = {override.key_or_group.removesuffix("._target_") for override in given if override.is_force_add()}
    chosen = {path for path in added if PLACES.fullmatch(path)}  # the form in which `with_targets` writes them
    keys = {key for override in given if not override.is_delete() for key in leaves(override)}
    for path in sorted(key.removesuffix("._target_") for key in keys if key.endswith("._target_")):
        node = OmegaConf.select(config, path)
        if not isinstance(node, DictConfig):
            continue
        target = OmegaConf.to_container(node, resolve=False)["_target_"]  # type: ignore[call-overload, index]
        if path in config.choices:  # the class is no longer that of the chosen option
            config.choices[path] = str(target).rpartition(".")[2]
        if path in chosen and path != "data":
            kept: Collection[str] = ()
        else:
            known: Collection[str] | None = parameters(str(target))
            known = imported_parameters(str(target), config.allow) if known is None else known
            if path in chosen:  # a data set
                kept = ("seed",) if known is None or "seed" in known else ()
            elif known is None:
                continue
            else:
                kept = (*known, *EXTRA_SETTINGS.get(path, ()))
        with open_dict(node):
            for name in [str(name) for name in node if not str(name).startswith("_")]:
                was_given = any(f"{key}.".startswith(f"{path}.{name}.") for key in keys)
                if not was_given and name not in kept:
                    del node[name]


def imported_parameters(target: str, allow: Sequence[str]) -> Collection[str] | None:
    """Return the arguments of a class or function, None if it cannot be imported, or if it takes any. Imports torch.

    A class may inherit them from a class of another package.
    """
    try:
        arguments = inspect.signature(locate_callable(target, allow=allow)).parameters
    except (UserError, ValueError):
        return None
    return None if any(each.kind is each.VAR_KEYWORD for each in arguments.values()) else arguments


def leaves(override: Override) -> Iterator[str]:
    """Yield the dotted keys that an override sets: its own key, or those inside its value if that is a mapping."""

    def inside(key: str, value: Any) -> Iterator[str]:
        if not isinstance(value, dict):
            yield key
            return
        for name, each in value.items():
            yield from inside(f"{key}.{name}", each)

    yield from inside(override.key_or_group, override.value())


def hint_to_add(key: str, given: Sequence[Override]) -> str | None:
    """Return how to add a setting that an overridden class has and the replaced class lacks, else None."""
    path, _, name = key.rpartition(".")
    classes = [str(override.value()) for override in given if override.key_or_group == f"{path}._target_"]
    if not classes or name not in (parameters(classes[-1]) or {}):
        return None
    return f"'{key}' is a new key of {path}; +{key}=... adds it for {classes[-1].rpartition('.')[2]}"
