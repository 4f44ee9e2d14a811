"""The one place where a config becomes an object; which classes may be built. Imports no torch by itself."""

import sys
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from importlib import import_module
from typing import Any

from ..errors import UserError

ALLOWED = ("nnzoo", "torch", "torchvision", "torchmetrics", "pytorch_lightning", "optuna")


def instantiate(node: Any, *, allow: Sequence[str] = (), **arguments: Any) -> Any:
    """Build what `node._target_` names, with `arguments` added to those of the node, and so on inside it.

    `_partial_: true` gives a function of the arguments that are missing. Strings are taken as they are: a config is
    resolved before. Only classes of the allowed packages are built: no function is called. Raises UserError for any
    other target, and for what a constructor refuses.
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
    """Return what a constructor makes. Raises UserError for what it refuses."""
    try:
        return make(*arguments)
    except (ValueError, TypeError) as error:
        name = getattr(make, "func", make).__name__
        raise UserError(f"{name}: {str(error).removeprefix(f'{name}.__init__() ')}") from error


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
    """Return why a target is outside the allowed packages, None if it is inside."""
    if inside(str(target), allow):
        return None
    return f"'{target}' is not allowed; only classes of {', '.join((*ALLOWED, *allow))} (more with allow=[package])"


def inside(name: str, allow: Sequence[str]) -> bool:
    """Tell whether a dotted name is in an allowed package."""
    return any(f"{name}.".startswith(f"{package.rstrip('.')}.") for package in (*ALLOWED, *allow))


def locate(target: object, *, allow: Sequence[str] = ()) -> type:
    """Return the class that a target names. Raises UserError unless it is a class of an allowed package.

    A class that such a package has only imported, `torch.utils.collect_env.Popen` say, is not one of its own.
    """
    if reason := why_not_allowed(target, allow):
        raise UserError(f"_target_ {reason}")
    module, _, name = str(target).rpartition(".")
    try:
        found = getattr(import_module(module), name)
    except (ImportError, AttributeError, ValueError) as error:
        raise UserError(f"_target_ '{target}' does not exist") from error
    if not isinstance(found, type):
        raise UserError(f"_target_ '{target}' is not a class; only classes are built")
    if not inside(found.__module__, allow):
        raise UserError(f"_target_ '{target}': {why_not_allowed(f'{found.__module__}.{name}', allow)}")
    if inside(found.__module__, ()) and not issubclass(found, parts()):
        names = "Data, Transform, Head, Penalty, Module, Optimizer, LRScheduler, Callback, Logger"
        raise UserError(f"_target_ '{target}' is no part of a run; those are classes of the kinds {names}")
    return found


def parts() -> tuple[type, ...]:
    """Return what a config may ask for; torch has other classes, some of which start programs."""
    from torch.nn import Module
    from torch.optim import Optimizer
    from torch.optim.lr_scheduler import LRScheduler

    from ..data.base import Data
    from ..tasks.heads import Head
    from ..tasks.penalties import Penalty
    from ..transforms import Transform

    kinds = Data, Transform, Head, Penalty, Module, Optimizer, LRScheduler
    if "pytorch_lightning" not in sys.modules:  # it takes seconds to import, and then no class can be one of its
        return kinds
    from pytorch_lightning import Callback
    from pytorch_lightning.loggers import Logger

    return *kinds, Callback, Logger
