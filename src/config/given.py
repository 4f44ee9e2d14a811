"""Objects from Python, which take the place of what a config would build. Imports no torch by itself."""

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from functools import partial
from types import FunctionType
from typing import Any

from ..errors import UserError
from .instantiate import construct, instantiate, locate_callable

FACTORIES = ("model", "optimizer", "scheduler")
"""Paths at which a function is called to build the object; elsewhere the function is the object."""


@dataclass(frozen=True)
class Given:
    """Objects from Python by their path in the config, such as `model`, `metrics.f1` or `callbacks.MyCallback`.

    They are classes, functions, partial functions and instances. What is not given is built from the config.
    """

    objects: Mapping[str, Any] = field(default_factory=dict)

    def find(self, path: str, node: Mapping[str, Any], allow: list[str]) -> Any:
        """Return the object of a path: the given one, else the class or function that the node names."""
        return self.objects[path] if path in self.objects else locate_callable(node["_target_"], allow=allow)

    def kind(self, path: str, node: Mapping[str, Any], allow: list[str]) -> type:
        """Return the class of the object of a path."""
        found = self.find(path, node, allow)
        return found if isinstance(found, type) else type(found)

    def build(self, path: str, node: dict[str, Any], *, allow: list[str], **arguments: Any) -> Any:
        """Return the object of a path, built with the settings of its node and `arguments` if it is a class or factory.

        Raises UserError as `instantiate`.
        """
        found = self.find(path, node, allow)
        if path not in self.objects and isinstance(found, type):
            return instantiate(node, allow=allow, **arguments)
        if not is_factory(path, found):
            return found
        settings = {key: instantiate(value, allow=allow) for key, value in settings_of(node).items()}
        make = partial(found, **(settings | arguments))
        return make if node.get("_partial_") else construct(make)

    def copies(self) -> "Given":
        """Return copies of the instances, so that these stay unchanged. Raises UserError if one cannot be copied."""
        return Given({path: copied(path, found) for path, found in self.objects.items()})

    def __bool__(self) -> bool:
        return bool(self.objects)


NOTHING = Given()


def is_factory(path: str, found: Any) -> bool:
    """Return whether an object is called to build the object of a path: a class, or a function at some paths."""
    function = found.func if isinstance(found, partial) else found
    if isinstance(function, type):
        return True
    return path in FACTORIES and (isinstance(found, partial | FunctionType) or not hasattr(found, "state_dict"))


def settings_of(node: Mapping[str, Any]) -> dict[str, Any]:
    """Return the arguments in a node."""
    return {key: value for key, value in node.items() if not key.startswith("_")}


def copied(path: str, found: Any) -> Any:
    """Return a copy of an instance; classes and functions stay the same."""
    try:
        return deepcopy(found)
    except Exception as error:
        raise UserError(
            f"{path} cannot be copied ({type(error).__name__}: {error}); pass a class or a function that builds it"
        ) from error
