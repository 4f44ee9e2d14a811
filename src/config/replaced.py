"""Classes that overrides put in the place of others, and what is left of the settings. Imports no torch."""

from collections.abc import Iterator, Sequence
from typing import Any

from hydra.core.override_parser.types import Override
from omegaconf import DictConfig, OmegaConf, open_dict

from .signatures import parameters

BESIDE = {"scheduler": ("interval", "monitor")}
"""Settings of ours beside those of a constructor."""


def leave_out_foreign(config: DictConfig, given: Sequence[Override]) -> None:
    """Take out of a config the settings that a class given as a `_target_` does not have, unless they were given, too.

    They are those of the class whose place it takes. Where the arguments of a class are not known, all stay.
    """
    keys = {key for override in given if not override.is_delete() for key in leaves(override)}
    for path in sorted(key.removesuffix("._target_") for key in keys if key.endswith("._target_")):
        node = OmegaConf.select(config, path)
        if not isinstance(node, DictConfig):
            continue
        target = OmegaConf.to_container(node, resolve=False)["_target_"]  # type: ignore[call-overload, index]
        known = parameters(str(target))
        if known is None:
            continue
        with open_dict(node):
            for name in [str(name) for name in node if not str(name).startswith("_")]:
                was_given = any(f"{key}.".startswith(f"{path}.{name}.") for key in keys)
                if not was_given and name not in (*known, *BESIDE.get(path, ())):
                    del node[name]


def leaves(override: Override) -> Iterator[str]:
    """Yield the dotted keys of the values that an override gives: those inside of a mapping, else its own."""

    def inside(key: str, value: Any) -> Iterator[str]:
        if not isinstance(value, dict):
            yield key
            return
        for name, each in value.items():
            yield from inside(f"{key}.{name}", each)

    yield from inside(override.key_or_group, override.value())


def setting_to_add(key: str, given: Sequence[Override]) -> str | None:
    """Return how a setting is written that a given class has and the one in whose place it is has not, else None."""
    path, _, name = key.rpartition(".")
    classes = [str(override.value()) for override in given if override.key_or_group == f"{path}._target_"]
    if not classes or name not in (parameters(classes[-1]) or {}):
        return None
    return f"'{key}' is a new key of {path}; +{key}=... adds it for {classes[-1].rpartition('.')[2]}"
