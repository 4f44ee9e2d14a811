"""The settings of a run as parameters of an estimator: the key model.hidden is the parameter model__hidden."""

from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import fields
from numbers import Integral, Real
from typing import Any

from ..config.overrides import MAPPINGS
from ..config.schema import Config
from ..errors import UserError, unknown

LARGEST_SEED = (1 << 32) - 1
INTERNAL = ("choices", "claim", "trial")  # filled in by nnzoo
SECTIONS = ("debug", *(field.name for field in fields(Config) if field.name not in INTERNAL))
NAMED = ("metrics", "callbacks")  # mappings from names, which may hold objects
PREFIX = "settings__"  # of the parameter of a key without a dot, such as settings__optimizer
OF_FIT = "the data of fit"
RESERVED = {  # key -> what sets it in an estimator
    "model": "the parameter model",
    "seed": "the parameter random_state",
    "class_weight": "the parameter class_weight",
    "output_dir": "the parameter directory",
    "trainer.max_epochs": "the parameter max_epochs",
    "data.val": "the parameter validation_fraction",
    "data.seed": "the parameter random_state",
    "evaluate": "fit, since score evaluates",
    "experiment": "the parameter model and the data of fit",
    **dict.fromkeys(("data", "data.path", "data.target", "data.task", "data.test", "data.id", "cv", "fold"), OF_FIT),
}


def check_parameters(max_epochs: Any, validation_fraction: Any, random_state: Any) -> None:
    """Raise UserError for a parameter of another type or out of range, under its name in an estimator."""
    if max_epochs is not None and (not isinstance(max_epochs, Integral) or isinstance(max_epochs, bool)):
        raise UserError(f"max_epochs is {max_epochs!r}; it takes an integer or None")
    if not isinstance(validation_fraction, Real) or not 0 <= float(validation_fraction) < 1:
        raise UserError(f"validation_fraction is {validation_fraction!r}; it takes a number from 0 to below 1")
    if isinstance(random_state, Integral) and not 0 <= int(random_state) <= LARGEST_SEED:
        raise UserError(f"random_state is {random_state}; as a seed it must be from 0 to {LARGEST_SEED}")


def flattened(settings: Any) -> dict[str, Any]:
    """Return settings with dotted keys in place of nested mappings.

    Raises UserError for reserved keys and for unknown sections of the config.
    """
    if settings is None:
        return {}
    if not isinstance(settings, Mapping):
        raise UserError(f"settings is {settings!r}; it takes a mapping such as {{'model.hidden': [64]}}, or None")
    found = dict(flat_items(settings))
    for key in found:
        if key in RESERVED:
            raise UserError(f"settings: leave out {key}; it is set by {RESERVED[key]}")
        check_section(key.lstrip("+~"), "settings")
    return found


def flat_items(settings: Mapping[str, Any], section: str = "") -> Iterator[tuple[str, Any]]:
    """Yield the dotted keys of nested mappings and their values."""
    for key, value in settings.items():
        if isinstance(value, Mapping) and key not in (*NAMED, *MAPPINGS):
            yield from flat_items(value, f"{section}{key}.")
        else:
            yield f"{section}{key}", value


def copies_of_objects(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return copies of a network and a loss from Python, which training would change; classes are not copied."""
    found = {key: settings.get(key) for key in ("model", "loss")}
    return {key: deepcopy(value) for key, value in found.items() if not isinstance(value, str | None)}


def parameter_of(key: str) -> str:
    """Return the parameter of a key: model__hidden for model.hidden, settings__loss for loss."""
    return key.replace(".", "__") if "." in key else PREFIX + key


def key_of(parameter: str) -> str:
    """Return the key of a parameter, see `parameter_of`. Raises UserError for an unknown section of the config."""
    key = parameter.removeprefix(PREFIX).replace("__", ".")
    check_section(key, "parameter")
    return key


def check_section(key: str, where: str) -> None:
    """Raise UserError if a key is not in a section of the config."""
    section = key.partition(".")[0]
    if section not in SECTIONS:
        raise unknown(f"section of {where}", section, SECTIONS)
