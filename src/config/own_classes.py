"""Overrides that name a class outside of nnzoo, such as model=mynet.MyNet. Imports no torch."""

import re
from collections.abc import Iterable

from ..errors import UserError

GROUPS = ("data", "head", "loss", "model", "optimizer", "rule", "scheduler", "task")  # one object each
CLASS = re.compile(r"(?:[A-Za-z_]\w*\.)+[A-Z]\w*")  # such as mynet.MyNet


def with_targets(overrides: Iterable[str]) -> list[str]:
    """Return overrides in which `model=mynet.MyNet model.width=3` is written as Hydra wants it.

    That is `++model._target_=mynet.MyNet ++model.width=3`, since the class of the chosen option has other settings.
    """
    pairs = [text.partition("=") for text in overrides]
    own = [group for group, _, value in pairs if group in GROUPS and CLASS.fullmatch(value)]
    found = []
    for key, equals, value in pairs:
        if key in own and CLASS.fullmatch(value):
            key = f"{key}._target_"
        found.append(f"{'++' * (key.partition('.')[0] in own and '.' in key)}{key}{equals}{value}")
    return found


def new_key(key: str, overrides: Iterable[str]) -> str:
    """Return a key with `++` if overrides from `with_targets` replace the class that it is a setting of."""
    return f"++{key}" if any(text.startswith(f"++{key.partition('.')[0]}._target_=") for text in overrides) else key


def path_of(given: type) -> str:
    """Return the dotted path of a class from Python. Raises UserError if another process could not import it."""
    path = f"{given.__module__}.{given.__qualname__}"
    if not CLASS.fullmatch(path):
        raise UserError(
            f"{path} cannot be imported: define the class at the top level of a module, with a capital letter"
        )
    return path
