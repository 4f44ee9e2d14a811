"""Overrides that name a class or function instead of an option, such as model=mynet.MyNet. Imports no torch."""

import re
from collections.abc import Iterable

from hydra.errors import HydraException

from ..errors import UserError
from ..formatting import to_hydra
from .grammar import parse_override
from .groups import DICT_GROUPS
from .overrides import quote_override

GROUPS = ("data", "head", "loss", "model", "optimizer", "rule", "scheduler", "task")  # one object each
ONLY_CLASSES = ("data", "head", "rule", "task")  # other groups also take functions
CLASS = re.compile(r"(?:[A-Za-z_]\w*\.)+[A-Z]\w*")  # such as mynet.MyNet
FUNCTION = re.compile(r"(?:[A-Za-z_]\w*\.)+[A-Za-z_]\w*")  # or a class
PLACES = re.compile(rf"(?:{'|'.join(GROUPS)}|(?:{'|'.join(DICT_GROUPS)})\.\w+|callbacks\.\w+\.pictures\.\w+)")


def with_targets(overrides: Iterable[str]) -> list[str]:
    """Return overrides in which `model=mynet.MyNet model.width=3` is written as Hydra wants it.

    That is `++model._target_=mynet.MyNet ++model.width=3`, since the class of the chosen option has other settings. An
    override with several values stays as it is, and so does one that names an option.
    """
    pairs = [line.partition("=") for text in overrides for line in of_entries(text)]
    own = [key.lstrip("+") for key, _, value in pairs if any(is_own(key, each) for each in value.split(","))]
    found = []
    for key, equals, value in pairs:
        if is_own(key, value):
            found.append(f"++{key.lstrip('+')}._target_={value}")
        elif any(key.startswith(f"{path}.") for path in own):
            found.append(f"++{key}{equals}{value}")
        else:
            found.append(f"{key}{equals}{value}")
    return found


def of_entries(override: str) -> list[str]:
    """Return an override with a mapping of named objects, `metrics={f1: {...}}`, as one override for each of them."""
    key, _, value = override.partition("=")
    if key.lstrip("+") not in DICT_GROUPS or not value.startswith("{"):
        return [override]
    try:
        found = parse_override(quote_override(override)).value()
    except HydraException:
        return [override]  # which is an error later
    if not isinstance(found, dict) or not found:
        return [override]
    return [f"++{key.lstrip('+')}.{name}={to_hydra(each)}" for name, each in found.items()]


def is_own(key: str, value: str) -> bool:
    """Return whether an override names a class or a function in place of an option."""
    place = key.lstrip("+")
    if not PLACES.fullmatch(place):
        return False
    return (CLASS if place in ONLY_CLASSES else FUNCTION).fullmatch(value) is not None


def new_key(key: str, overrides: Iterable[str]) -> str:
    """Return a key with `++` if overrides from `with_targets` replace the class that it is a setting of."""
    own = [text.partition("._target_=")[0] for text in overrides if "._target_=" in text]
    return f"++{key}" if any(f"++{key}".startswith(f"{path}.") for path in own) else key


def path_of(given: type) -> str:
    """Return the dotted path of a class from Python. Raises UserError if another process could not import it."""
    path = f"{given.__module__}.{given.__qualname__}"
    if not CLASS.fullmatch(path):
        raise UserError(
            f"{path} cannot be imported: define the class at the top level of a module, with a capital letter"
        )
    return path
