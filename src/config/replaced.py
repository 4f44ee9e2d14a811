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
        known = parameters(str(node["_target_"])) if isinstance(node, DictConfig) else None
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
