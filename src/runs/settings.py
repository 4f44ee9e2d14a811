"""The settings that describe a run among others: chosen options, overrides, swept settings. Imports no torch."""

import math
import warnings
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, Self

from ..errors import DataWarning, UserError
from .directory import RunDirectory
from .names import NOT_IN_RUN_NAME

Plain = bool | int | float | str

CHOICES = ("data", "model", "optimizer")
SEEDS = ("seed", "fold")
"""Last parts of the keys of settings in which the runs of a group may differ."""
NO_EFFECT = ("allow", "claim", "cv", "evaluate", "logger", "seeds", "sweep", "trial")
"""First parts of the keys of settings that do not affect learning."""
DISPLAYS = ("boundaries", "figures", "generated", "hparams", "last", "overview", "progress", "projector", "samples")
"""Callbacks that do not affect learning."""


class Settings(NamedTuple):
    """The resolved config of a run and the overrides of its command line."""

    config: dict[str, Any]
    overrides: Sequence[str]

    @classmethod
    def of(cls, directory: RunDirectory) -> Self:
        """Return the settings of a run; damaged overrides are left out with a warning."""
        config = directory.config()
        try:
            return cls(config, directory.overrides())
        except UserError as error:
            warnings.warn(f"{error}; the overrides are left out", DataWarning, stacklevel=2)
            return cls(config, ())

    @property
    def choices(self) -> dict[str, Any]:
        """The chosen option of each group."""
        found: dict[str, Any] = self.config.get("choices") or {}
        return found

    @property
    def trial(self) -> dict[str, Any] | None:
        """The number of a run of a sweep and its swept settings, None outside of a sweep."""
        found: dict[str, Any] | None = self.config.get("trial")
        return found

    @property
    def number(self) -> str:
        """The number of the trial, empty outside of a sweep."""
        return str(self.trial["number"]) if self.trial else ""

    @property
    def overridden(self) -> list[str]:
        """The keys of the overrides that can affect learning."""
        keys = [line.lstrip("+~").partition("=")[0] for line in self.overrides]
        return [key for key in keys if affects_learning(key) and key not in NOT_IN_RUN_NAME]

    @property
    def given(self) -> list[str]:
        """The keys of the choices, of the overridden settings and of the swept ones."""
        return list(dict.fromkeys([*CHOICES, *self.overridden, *(self.trial or {}).get("params", {})]))

    def value(self, key: str) -> Plain | None:
        """Return the option of a group, or the value of a dotted key; None if there is neither."""
        if key in self.choices or key in CHOICES:
            return plain(self.choices.get(key))
        node: Any = self.config
        for part in key.split("."):
            node = node.get(part) if isinstance(node, dict) else None
        return plain(node)

    def chosen(self) -> dict[str, Plain]:
        """Return the swept settings of a run of a sweep, else the choices and overridden settings; without seeds."""
        if self.trial:
            found = {key: plain(value) for key, value in self.trial["params"].items()}
        else:
            found = {key: self.value(key) for key in (*CHOICES, *self.overridden)}
        return {key: value for key, value in found.items() if value is not None and not is_seed(key)}

    def group(self) -> str:
        """Return a readable name that runs share if they differ only in seeds: first the trial and its settings."""
        swept = self.chosen() if self.trial else {}
        choices = {key: self.value(key) for key in CHOICES if self.choices.get(key) and key not in swept}
        others = {key: self.value(key) for key in self.overridden if not is_seed(key)}
        rest = [f"{key}={value}" for key, value in others.items() if key not in (*swept, *choices)]
        return " ".join(filter(None, [self.number, describe({**swept, **choices}), *rest]))


def differing(runs: Sequence[Settings]) -> list[dict[str, Plain]]:
    """Return, for each run, the settings that differ between the runs: first those it sets, last the seeds."""
    keys = list(dict.fromkeys([*CHOICES, *(key for run in runs for key in run.given)]))
    keys = [key for key in keys if len({run.value(key) for run in runs}) > 1]
    result = []
    for run in runs:
        given = run.given
        places = {key: (is_seed(key), key not in given, key.startswith("trainer.")) for key in keys}
        values = {key: run.value(key) for key in sorted(keys, key=places.__getitem__)}
        result.append({key: value for key, value in values.items() if value is not None})
    return result


def describe(settings: Mapping[str, Plain | None]) -> str:
    """Return settings in a few words, such as `lr=0.01 mlp`: options of groups as they are, others after their name."""
    return " ".join(
        str(value) if key in CHOICES else f"{key.rpartition('.')[2]}={value}" for key, value in settings.items()
    )


def affects_learning(key: str) -> bool:
    """Return whether a setting can affect learning, by its key."""
    group, *rest = key.split(".")
    return group not in NO_EFFECT and not (group == "callbacks" and rest and rest[0] in DISPLAYS)


def is_seed(key: str) -> bool:
    """Return whether runs of a group may differ in a setting."""
    return key.rpartition(".")[2] in SEEDS


def plain(value: Any) -> Plain | None:
    """Return a value without nesting: lists, mappings and non-finite numbers become strings."""
    if value is None or isinstance(value, bool | int | str) or (isinstance(value, float) and math.isfinite(value)):
        return value
    return str(value)
