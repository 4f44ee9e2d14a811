"""`nnzoo info` of a class or function of the user: documentation and settings from its source. Imports no torch."""

import ast
import re
from collections.abc import Collection, Iterator, Mapping
from inspect import cleandoc
from pathlib import Path

from ..config.class_imports import make_importable
from ..config.groups import DICT_GROUPS
from ..config.inventory import documentation, first_line, setting
from ..config.own_classes import CLASS, FUNCTION, GROUPS
from ..config.plain_traits import plain_traits
from ..config.signatures import (
    FILLED,
    LIBRARIES,
    REQUIRED,
    RESERVED,
    Parameter,
    arguments,
    find_class,
    find_function,
    module_of,
    parameters,
    parse,
    source_of,
    traits_of,
    type_name,
)
from ..errors import UserError, did_you_mean, unknown
from ..formatting import format_table
from .descriptions import documentation_url, without_first_line

BASES = {
    "Module": "model",
    "Loss": "loss",
    "LossWithDerivative": "loss",
    "Data": "data",
    "Rule": "rule",
    "LocalRule": "rule",
    "Head": "head",
    "Task": "task",
    "Optimizer": "optimizer",
    "LRScheduler": "scheduler",
    "Metric": "metrics",
    "Callback": "callbacks",
    "Logger": "logger",
    "Penalty": "penalties",
    "Evaluation": "evaluations",
    "RandomTransform": "transforms",
    "FittedTransform": "transforms",
    "Picture": "callbacks.figures.pictures",
}
"""Name of a base class -> the group of the config that takes classes derived from it."""


def is_class(name: str) -> bool:
    """Return whether an argument of `nnzoo info` names a class, or a function of a module that is there."""
    if CLASS.fullmatch(name):
        return True
    make_importable([name.partition(".")[0]])
    return FUNCTION.fullmatch(name) is not None and source_of(name.rpartition(".")[0]) is not None


def describe_class(target: str, group: str = "") -> str:
    """Return the description of a class, or of a function that returns a network.

    group: the group that takes it, "" for that of its base class. Raises UserError with the reason if its source cannot
    be found, and for a group that takes no classes.
    """
    if group and group not in (*GROUPS, *DICT_GROUPS):
        raise unknown("group of classes", group, (*GROUPS, *DICT_GROUPS))
    make_importable([target.partition(".")[0]])
    check_source(target)
    known = parameters_of(target)
    key = group or group_of_class(target) or group_of_function(target, known) or ""
    place = f"{key}.{target.rpartition('.')[2].lower()}" if key in (*DICT_GROUPS, BASES["Picture"]) else key
    made = find_function(*target.rpartition(".")[::2])
    if made and key != "model":  # what has no default is what it is called with
        known = {name: each for name, each in (known or {}).items() if each.default is not REQUIRED}
    text = (ast.get_docstring(made) or "") if made else documentation(target)
    lines = [": ".join(filter(None, (f"{place}={target}" if place else target, first_line(text)))), ""]
    lines += [without_first_line(cleandoc(text)) or documentation_url(target), "", *facts(target, key, known)]
    lines += ["", *settings(known, place), "", *example(target, place)]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).rstrip() + "\n"


def check_source(target: str) -> None:
    """Raise UserError if the source of a class or function cannot be found."""
    module, _, name = target.rpartition(".")
    if module.partition(".")[0] in LIBRARIES:
        return
    path = source_of(module)
    if path is None:
        raise UserError(f"module {module} is neither installed nor in {Path.cwd()}")
    if find_class(module, name) is None and find_function(module, name) is None:
        names = [node.name for node in parse(path).body if isinstance(node, ast.ClassDef | ast.FunctionDef)]
        raise UserError(f"{path} has no class or function '{name}'{did_you_mean(name, names)}")


def parameters_of(target: str) -> Mapping[str, Parameter] | None:
    """Return the arguments of a constructor or function, None if they cannot be read from its source."""
    made = find_function(*target.rpartition(".")[::2])
    if made is None:
        return parameters(target)
    return None if made.args.kwarg else dict(arguments(made.args))


def group_of_class(target: str) -> str | None:
    """Return the group that takes a class, by the names of its base classes; None if there is none."""
    module, _, name = target.rpartition(".")
    node = find_class(module, name)
    for base in node.bases if node else ():
        last = ast.unparse(base).rpartition(".")[2]
        if found := BASES.get(last) or group_of_class(f"{module_of(module, last)}.{last}"):
            return found
    return None


def group_of_function(target: str, known: Mapping[str, Parameter] | None) -> str | None:
    """Return the group of a function that makes networks, which has arguments for their sizes; None for others."""
    is_function = find_function(*target.rpartition(".")[::2]) is not None
    return "model" if is_function and any(name in RESERVED for name in known or ()) else None


def facts(target: str, group: str, known: Mapping[str, Parameter] | None) -> Iterator[str]:
    """Yield the file of a class, and the inputs and targets of a network."""
    path = source_of(target.rpartition(".")[0])
    if path and target.partition(".")[0] not in LIBRARIES:
        yield f"source    {path}"
    if group == "model":
        traits = traits_of(target) or plain_traits(known or {})
        yield f"inputs    {', '.join(traits.inputs)}"
        yield f"targets   {', '.join(traits.targets)}"


def settings(known: Mapping[str, Parameter] | None, place: str) -> Iterator[str]:
    """Yield a table of the arguments of the constructor that the data does not give."""
    if known is None:
        yield "settings  those of its constructor, which the source text does not show"
        return
    rows = []
    for name, parameter in known.items():
        if name not in FILLED:
            required = parameter.default is REQUIRED
            key, value = (name, "...") if required else setting(name, parameter.default)
            rows.append([f"  {place}.{key}={value}", type_name(parameter.type), "required" if required else ""])
    yield from ("settings", format_table(rows)) if rows else ("no settings",)


def example(target: str, place: str) -> Collection[str]:
    """Return a command that trains with a class, () if its group is unknown."""
    root = target.partition(".")[0]
    allow = "" if root in LIBRARIES else f" 'allow=[{root}]'"
    return [f"try       nnzoo train {place}={target}{allow}"] if place else ()
