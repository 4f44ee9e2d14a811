"""Objects from Python among the arguments of a call: how a config records them, and which a run needs again."""

import hashlib
import re
import reprlib
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path
from types import FunctionType
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import nn
from torch.nn.parameter import is_lazy

from ..config.from_python import (
    GROUPS,
    NAMED,
    PREFIX,
    WEIGHTS,
    is_from_python,
    name_of,
    nodes,
    object_name,
    recorded,
)
from ..config.given import Given
from ..config.instantiate import ALLOWED, is_allowed
from ..config.overrides import to_overrides
from ..errors import UserError

NOT_OBJECTS = (str, Path, Mapping, list, tuple, bool, int, float, type(None), np.generic, np.ndarray, torch.Tensor)
EXAMPLES = {"metrics": "metrics={'f1': metric}", "callbacks": "callbacks=[callback]"}


class Objects(NamedTuple):
    """Objects from Python as a config records them.

    lines: overrides; given: the objects that have no import path; packages: of the others, which the run then trusts.
    """

    lines: list[str]
    given: Given
    packages: set[str]


def split_objects(settings: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the settings without objects, and the objects by their path in the config."""
    rest, found = dict(settings), dict[str, Any]()
    for group in GROUPS:
        value: Any = settings.get(group)
        if group == "callbacks" and is_list_of_objects(value):
            found |= named_callbacks(value)
            del rest[group]
        elif group in NAMED and isinstance(value, Mapping):
            named = {name: each for name, each in value.items() if is_object(each)}
            if wrong := [name for name in named if not re.fullmatch(r"\w+", str(name))]:
                raise UserError(f"{group} has the name {wrong[0]!r}; names are letters, digits and underscores")
            found |= {f"{group}.{name}": each for name, each in named.items()}
            rest[group] = {name: each for name, each in value.items() if not is_object(each)}
        elif group in NAMED and (is_object(value) or is_list_of_objects(value)):
            raise UserError(f"{group} is {shown(value)}; it takes a mapping from names, {EXAMPLES[group]}")
        elif is_object(value):
            found[group] = value
            del rest[group]
    return rest, found


def is_object(value: Any) -> bool:
    """Return whether a value is an object, not a value of a setting."""
    return not isinstance(value, NOT_OBJECTS)


def is_list_of_objects(value: Any) -> bool:
    """Return whether a value is a list with an object."""
    return isinstance(value, list | tuple) and any(map(is_object, value))


def named_callbacks(callbacks: Sequence[Any]) -> dict[str, Any]:
    """Return callbacks by their path in the config: the name of the class, with a number for further ones."""
    found: dict[str, Any] = {}
    for each in callbacks:
        first = f"callbacks.{object_name(each)}"
        number = sum(path.rstrip("0123456789_") == first for path in found)
        found[f"{first}_{number + 1}" if number else first] = each
    return found


def record_objects(objects: Mapping[str, Any]) -> Objects:
    """Return objects as a config records them. Raises UserError for an object of the wrong kind."""
    lines, given, packages = [], {}, set()
    for path, found in objects.items():
        check_kind(path, found)
        target, settings = recorded(found)
        if target is None or (is_function(found) and is_allowed(target, ())):  # whose functions no config may call
            settings = {}
            target, given[path] = PREFIX + object_name(found), found
        elif (package := target.partition(".")[0]) not in ALLOWED:
            packages.add(package)
        lines.append(f"++{path}._target_={target}")
        lines += [line for key, value in settings.items() for line in to_overrides(f"++{path}.{key}", value)]
        if path == "model" and isinstance(found, nn.Module) and (digest := weights_digest(found)):
            lines.append(f"++{path}.{WEIGHTS}='{digest}'")
    return Objects(lines, Given(given), packages)


def is_function(found: Any) -> bool:
    """Return whether an object is a function or a partial function, not a class or a partial one."""
    return isinstance(found.func if isinstance(found, partial) else found, FunctionType)


def check_kind(path: str, found: Any) -> None:
    """Raise UserError for an object of the wrong kind at a path."""
    group = path.partition(".")[0]
    function = found.func if isinstance(found, partial) else found
    if group == "callbacks":
        from pytorch_lightning import Callback  # takes seconds to import

        if not isinstance(found, Callback):
            hint = f"; pass an instance, {object_name(found)}()" if isinstance(found, type) else ""
            raise UserError(f"{path} is {shown(found)}, not an instance of pytorch_lightning.Callback{hint}")
        return
    base, takes = expected(group)
    if isinstance(function, type):
        wrong = not issubclass(function, base)
    else:
        wrong = not callable(function) and not isinstance(function, base)
    if group in ("optimizer", "scheduler") and hasattr(found, "state_dict") and not isinstance(found, type):
        name = object_name(found)
        raise UserError(
            f"{group} is an object of the class {name}, which belongs to other weights; pass the class or "
            f"functools.partial({name}, ...)"
        )
    if wrong:
        raise UserError(f"{path} is {shown(found)}; it takes {takes}")


def shown(found: Any) -> str:
    """Return an object in a few words."""
    return f"the class {found.__name__}" if isinstance(found, type) else reprlib.repr(found)


def expected(group: str) -> tuple[type, str]:
    """Return the base class of the classes and instances of a group, and what the group takes in words."""
    if group == "metrics":
        from torchmetrics import Metric  # takes a while to import

        return Metric, "a torchmetrics.Metric, or a function (prediction, target) -> number"
    if group == "optimizer":
        return torch.optim.Optimizer, "a class of torch.optim, functools.partial of it, or a function of the parameters"
    if group == "scheduler":
        kind = torch.optim.lr_scheduler.LRScheduler
        return kind, "a class of torch.optim.lr_scheduler, functools.partial of it, or a function of the optimizer"
    if group == "loss":
        return nn.Module, "a torch.nn.Module, or a function (output, target) -> mean loss"
    return nn.Module, "a torch.nn.Module, its class, or a function that builds one"


def weights_digest(network: nn.Module) -> str | None:
    """Return a checksum of the weights and buffers of a network, None if lazy modules have none yet.

    Raises UserError for weights without values.
    """
    found = hashlib.sha256()
    for name, value in network.state_dict().items():
        if is_lazy(value):
            return None
        if isinstance(value, torch.Tensor):
            if value.is_meta:
                raise UserError(
                    f"{name} of the network is on the device meta, which holds no values; build it on another"
                )
            found.update(f"{name} {value.dtype} {list(value.shape)}".encode())
            found.update(value.detach().cpu().contiguous().view(-1).view(torch.uint8).numpy().tobytes())
    return found.hexdigest()[:16]


def passed_again(
    config: Mapping[str, Any], settings: Mapping[str, Any], call: str, groups: Iterable[str]
) -> tuple[Given, list[str]]:
    """Return the objects of an existing run, and the packages of those that its config records by their import path.

    config: of the run; settings: objects as in `nnzoo.train`, None where there is none; call: the call up to its
    objects, for messages; groups: whose objects are needed. Raises UserError for objects that the run does not have,
    and if one is missing.
    """
    saved = dict(nodes(config))
    others, objects = split_objects(settings)
    if wrong := next((group for group, value in others.items() if value), None):
        raise UserError(f"{wrong} is {others[wrong]!r}; it takes the object from Python with which the run was trained")
    for path, found in objects.items():
        check_kind(path, found)
        if path not in saved:
            raise UserError(f"the run has no {path} {object_name(found)}; leave it out")
        if object_name(found) != name_of(saved[path]):
            raise UserError(
                f"{path} of the run is {name_of(saved[path])}, not {object_name(found)}; pass the same again"
            )
    needed = needed_again(config, groups)
    if not needed.keys() <= objects.keys():
        raise UserError(f"the run has objects from Python, which must be passed again: {call}, {join_objects(needed)})")
    imported = {path for path in objects if not is_from_python(saved[path]["_target_"])}
    given = {
        path: found.func if path in imported and isinstance(found, partial) else found
        for path, found in objects.items()
    }
    return Given(given), sorted({str(saved[path]["_target_"]).partition(".")[0] for path in imported} - set(ALLOWED))


def needed_again(config: Mapping[str, Any], groups: Iterable[str] = GROUPS) -> dict[str, str]:
    """Return path and name of the objects of a run that cannot be imported. groups: whose objects are needed."""
    return {
        path: name_of(node)
        for path, node in nodes(config)
        if is_from_python(node["_target_"]) and path.partition(".")[0] in groups
    }


def join_objects(names: Mapping[str, str]) -> str:
    """Return arguments that pass objects, such as `model=MyNet, metrics={'f1': f1}`. names: by path in the config."""
    names = {path: "<lambda>" if name == "lambda" else name for path, name in names.items()}
    parts = [f"{path}={name}" for path, name in names.items() if "." not in path]
    metrics = [f"'{path.partition('.')[2]}': {name}" for path, name in names.items() if path.startswith("metrics.")]
    callbacks = [name for path, name in names.items() if path.startswith("callbacks.")]
    parts += [f"metrics={{{', '.join(metrics)}}}"] if metrics else []
    parts += [f"callbacks=[{', '.join(callbacks)}]"] if callbacks else []
    return ", ".join(parts)
