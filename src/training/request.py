"""The arguments of a call from Python: overrides, data and objects."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from torch import nn

from ..builders.objects import record_objects, split_objects
from ..config.from_python import NAMED, object_name
from ..config.given import Given
from ..config.instantiate import ALLOWED, check_allow
from ..config.overrides import to_overrides
from ..config.own_classes import path_of
from ..errors import UserError
from ..files.paths import TABLES

DATA_FILES = (*TABLES, ".npy", ".npz")

Target = str | int | Sequence[str | int] | None


class Request(NamedTuple):
    """What a call asks for. lines: overrides; source: data from Python, None if it has a name; given: objects."""

    lines: list[str]
    source: Any
    given: Given


def read_request(overrides: Sequence[str], data: Any, target: Target, settings: dict[str, Any]) -> Request:
    """Return the request of the arguments of `nnzoo.train`. Raises UserError for objects of the wrong kind."""
    settings = dict(settings)
    if isinstance(data, str | Path) and Path(data).suffix.lower() in DATA_FILES:
        settings["data.path"], data = str(data), "array"
    named = data is None or isinstance(data, str | Path) or (isinstance(data, Mapping) and not is_data(data, target))
    if named and data is not None:
        settings["data"] = data
    if target is not None:
        settings["data.target"] = target
    lines, given = with_objects(overrides, settings)
    if named:
        return Request(lines, None, given)
    return Request(lines if any(line.startswith("data=") for line in lines) else ["data=array", *lines], data, given)


def read_settings(
    overrides: Sequence[str], data: Any, target: Target, settings: dict[str, Any]
) -> tuple[list[str], Any]:
    """Return overrides and data of a call that builds everything from its config.

    Raises UserError as `read_request`, and for objects that have no import path.
    """
    lines, source, given = read_request(overrides, data, target, settings)
    if given:
        raise UserError(f"{next(iter(given.objects))} has no import path: pass a class of a module, or a name of nnzoo")
    return lines, source


def is_data(data: Mapping[str, Any], target: Any) -> bool:
    """Return whether a mapping is data (columns, or a Bunch of scikit-learn), not settings of a data set."""
    return (isinstance(target, str) and target in data) or {"data", "target"} <= data.keys()


def with_objects(overrides: Sequence[str], settings: dict[str, Any]) -> tuple[list[str], Given]:
    """Return overrides and settings as overrides, and the objects that the config records by name."""
    rest, objects = split_objects(settings)
    recorded = record_objects(objects)
    classes = {key: path_of(value) for key, value in rest.items() if isinstance(value, type)}
    for key, value in rest.items():
        if callable(value) and key not in classes:
            raise UserError(f"{key} is {object_name(value)}; pass a class in place of a function or an instance")
    check_allow(allow := rest.get("allow", []))
    packages = recorded.packages | ({path.partition(".")[0] for path in classes.values()} - set(ALLOWED))
    rest |= classes | ({"allow": sorted({*allow, *packages})} if packages else {})
    given = [*overrides, *(line for key, value in rest.items() for line in to_overrides(key, value))]
    groups = [path for path in objects if path not in NAMED and "." not in path]
    for line in given:
        key = line.lstrip("+").partition("=")[0]
        if key in groups:
            raise UserError(f"{key} is given twice, as '{line}' and as an object; leave one of them out")
        if key.startswith("model.") and isinstance(objects.get("model"), nn.Module):
            raise UserError(f"{key} has no effect: the network is built already; pass its class or functools.partial")
    replaced = tuple(f"{group}." for group in groups)
    return [*recorded.lines, *(f"++{line}" if line.startswith(replaced) else line for line in given)], recorded.given
