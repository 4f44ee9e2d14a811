"""Instantiate the classes that a config names; no other module does so. Does not import torch by itself."""

import sys
from collections.abc import Callable, Iterator, Sequence
from functools import cache, partial
from pathlib import Path
from types import FunctionType
from typing import Any

from ..errors import UserError
from .class_imports import import_object, make_importable, place_in
from .from_python import is_from_python
from .packages import is_missing
from .plugins import trusted_packages
from .signatures import LIBRARIES

ALLOWED = ("nnzoo", *LIBRARIES)


class Buildable:
    """Base class of further classes that a config may build, such as `callbacks.pictures.Picture`."""


def instantiate(node: Any, *, allow: Sequence[str] = (), **arguments: Any) -> Any:
    """Build the object that `node._target_` names, with the arguments of the node and `arguments`, recursively.

    `_partial_: true` gives a function of the remaining arguments. Strings are passed unchanged: interpolations must
    have been resolved. Only classes of the allowed packages are built; functions are never called. Raises UserError for
    any other target and for arguments that a constructor rejects.
    """
    if isinstance(node, list | tuple):
        return [instantiate(each, allow=allow) for each in node]
    if not isinstance(node, dict):
        return node
    built = {k: instantiate(v, allow=allow) for k, v in node.items() if k not in ("_target_", "_partial_")}
    if "_target_" not in node:
        return built
    found = locate(node["_target_"], allow=allow)
    make = partial(found, **(built | arguments))
    return make if node.get("_partial_") else construct(make)


def construct(make: Callable[..., Any], *arguments: Any) -> Any:
    """Call a constructor and return the object.

    Raises UserError for arguments that it rejects, and if the constructor of a class of the user fails.
    """
    made = getattr(make, "func", make)
    name = getattr(made, "__name__", type(made).__name__)
    try:
        return make(*arguments)
    except (ValueError, TypeError, ImportError) as error:
        text = str(error).partition("\nException raised from")[0]  # of torch: followed by its C++ stack
        raise UserError(f"{name}: {text.removeprefix(f'{name}.__init__() ')}") from error
    except Exception as error:
        if isinstance(error, UserError) or is_within(made.__module__, ALLOWED):
            raise
        place = place_in([made.__module__], error)
        raise UserError(f"{name}: {type(error).__name__}: {error}{f' ({place})' * bool(place)}") from error


def targets(node: Any, path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield (dotted path, node) of every mapping with a `_target_`."""
    if isinstance(node, dict):
        if "_target_" in node:
            yield path, node
        for key, value in node.items():
            yield from targets(value, f"{path}.{key}" if path else str(key))
    elif isinstance(node, list):
        for i, value in enumerate(node):
            yield from targets(value, f"{path}[{i}]")


def why_not_allowed(target: object, allow: Sequence[str]) -> str | None:
    """Return the reason why a target is not allowed, None if it came from Python or is in an allowed package.

    Private modules, such as `__main__` and `torch.testing._internal`, can act when they are imported.
    """
    if is_from_python(target):
        return None
    modules = str(target).split(".")[1:-1]
    if any(part == "__main__" or (part.startswith("_") and is_allowed(str(target), ())) for part in modules):
        return f"'{target}' is not allowed; it is in a private module, which can act when it is imported"
    if is_allowed(str(target), allow):
        return None
    root = str(target).partition(".")[0]
    if is_missing(root):
        return f"'{target}' is not allowed, and its package {root} is neither installed nor in {Path.cwd()}"
    trusted, more = ", ".join((*ALLOWED, *trusted_packages(), *allow)), ",".join((*allow, root))
    return f"'{target}' is not allowed; only classes of {trusted}; if you trust it, add 'allow=[{more}]'"


def check_allow(allow: object) -> None:
    """Raise UserError if the value of `allow` is not a list, for example the name of a single package."""
    if not isinstance(allow, list | tuple):
        raise UserError(f"allow is {allow!r}; it takes a list of packages, such as allow=[mynets]")


def is_allowed(name: str, allow: Sequence[str]) -> bool:
    """Return whether a dotted name is in an allowed package: one that nnzoo uses, a plug-in, or one in `allow`."""
    return is_within(name, (*ALLOWED, *allow)) or is_within(name, trusted_packages())


def is_within(name: str, packages: Sequence[str]) -> bool:
    """Return whether a dotted name is in one of the packages."""
    return any(f"{name}.".startswith(f"{package.rstrip('.')}.") for package in packages)


def locate(target: object, *, allow: Sequence[str] = ()) -> type:
    """Return the class that a target names. Raises UserError unless it is a class that can be part of a run."""
    found = find_class(target, allow)
    if is_allowed(found.__module__, ()) and not issubclass(found, buildable_types()):
        names = "Data, Transform, Head, Penalty, Module, Optimizer, LRScheduler, Callback, Logger, Evaluation, Picture"
        raise UserError(f"_target_ '{target}' cannot be part of a run; it takes subclasses of {names}")
    return found


def check_kind(found: type, base: type, place: str) -> None:
    """Raise UserError unless a class is derived from a base class. place: the setting that names the class."""
    if not issubclass(found, base):
        target = f"{found.__module__}.{found.__qualname__}"
        raise UserError(f"{place} is {target}, which is not derived from {base.__module__}.{base.__name__}")


def instantiate_kind(
    node: dict[str, Any], base: type, place: str, *, allow: Sequence[str] = (), **arguments: Any
) -> Any:
    """Build an object as `instantiate` does. Raises UserError unless its class is derived from `base`."""
    check_kind(locate(node["_target_"], allow=allow), base, place)
    return instantiate(node, allow=allow, **arguments)


def locate_callable(target: object, *, allow: Sequence[str] = ()) -> Any:
    """Return the class that a target names as `locate` does, or the function of a package that the user allows."""
    if is_allowed(str(target), ()):
        return locate(target, allow=allow)
    found = find_object(target, allow)
    is_own = isinstance(found, FunctionType) and not is_allowed(found.__module__, ())
    return found if is_own else locate(target, allow=allow)


def instantiate_as(node: dict[str, Any], base: type) -> Any:
    """Build the object that `node._target_` names, a subclass of `base`, with the arguments of the node."""
    arguments = {key: value for key, value in node.items() if key != "_target_"}
    return construct(partial(locate_subclass(node["_target_"], base), **arguments))


def locate_subclass(target: object, base: type) -> type:
    """Return the class that a target names. Raises UserError unless it is a subclass of `base`."""
    found = find_class(target, ())
    if not issubclass(found, base):
        raise UserError(f"_target_ '{target}' is not a {base.__name__}")
    return found


def find_class(target: object, allow: Sequence[str]) -> type:
    """Return the class that a target names. Raises UserError unless it is a class of an allowed package.

    A class that such a package only imports, such as `torch.utils.collect_env.Popen`, is not allowed.
    """
    found = find_object(target, allow)
    if not isinstance(found, type):
        raise UserError(f"_target_ '{target}' is not a class; only classes are built")
    return found


def find_object(target: object, allow: Sequence[str]) -> Any:
    """Return the class or function that a target names. Raises UserError unless it is of an allowed package."""
    if is_from_python(target):
        raise UserError(f"{str(target).rpartition('.')[2]} is an object from Python; pass the same object again")
    if reason := why_not_allowed(target, allow):
        raise UserError(f"_target_ {reason}")
    make_importable(allow)
    found = import_object(str(target))
    if isinstance(found, type | FunctionType) and not is_allowed(found.__module__, allow):
        raise UserError(f"_target_ '{target}': {why_not_allowed(f'{found.__module__}.{found.__name__}', allow)}")
    return found


def buildable_types() -> tuple[type, ...]:
    """Return the base classes that a config may build: torch also has classes that start programs."""
    return types_to_build(lightning="pytorch_lightning" in sys.modules)


@cache
def types_to_build(*, lightning: bool) -> tuple[type, ...]:
    """Return the base classes. lightning: whether it is imported; if not, no class derives from its classes."""
    from torch.nn import Module
    from torch.optim import Optimizer
    from torch.optim.lr_scheduler import LRScheduler

    from ..data.base import Data
    from ..tasks.heads import Head
    from ..tasks.penalties import Penalty
    from ..transforms import Transform

    kinds = Data, Transform, Head, Penalty, Module, Optimizer, LRScheduler, Buildable
    if not lightning:
        return kinds
    from pytorch_lightning import Callback
    from pytorch_lightning.loggers import Logger

    from ..evaluations import Evaluation  # derived classes work with tasks, which import it

    return *kinds, Callback, Logger, Evaluation
