"""The schema of checkpoints: types and ranges of everything in them, checked before anything is used.

Values that depend on the network or the data, such as shapes of weights, are compared with them when they are used.
"""

from collections import OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import fields
from types import NoneType, UnionType
from typing import Any, Literal, NamedTuple, Union, get_args, get_origin, get_type_hints

import torch
from torch import Tensor

from ..spec import RENAMED_FIELDS, DataSpec

MAX_DEPTH = 64
MAX_COUNT = 1 << 53  # of epochs and steps
MAX_SIZE = 1 << 31  # of an input or a target
SCALARS = (NoneType, bool, int, float, str, torch.dtype, torch.device)
PLAIN = (NoneType, bool, int, float, str)
CONTAINERS = (dict, OrderedDict, list, tuple, torch.Size)


class Field(NamedTuple):
    """A value in a checkpoint: its place, whether it is one, in words what it is, and whether it must be there."""

    key: str
    accepts: Callable[[Any], bool]
    what: str
    required: bool = False


def is_count(value: Any) -> bool:
    """Return whether a value is a number of epochs or steps."""
    return type(value) is int and 0 <= value < MAX_COUNT


def is_mapping(value: Any, each: Callable[[Any], bool] = lambda _: True) -> bool:
    """Return whether a value is a mapping from texts to values of a kind."""
    return isinstance(value, dict) and all(isinstance(key, str) and each(item) for key, item in value.items())


def is_list(value: Any, each: Callable[[Any], bool]) -> bool:
    """Return whether a value is a list of values of a kind."""
    return isinstance(value, list | tuple) and all(map(each, value))


def is_plain(value: Any) -> bool:
    """Return whether a value consists of None, numbers and texts, in mappings and lists."""
    if isinstance(value, dict):
        return all(isinstance(key, PLAIN) and is_plain(each) for key, each in value.items())
    return is_list(value, is_plain) or isinstance(value, PLAIN)


def is_tensor(value: Any) -> bool:
    """Return whether a value is a tensor."""
    return isinstance(value, Tensor)


def is_contents(value: Any) -> bool:
    """Return whether a value has the form of a record of the data (`files.contents`)."""
    return is_mapping(value) and all(
        is_count(each) if key in ("rows", "files", "bytes") else isinstance(each, str) or is_list(each, is_text)
        for key, each in value.items()
    )


def is_text(value: Any) -> bool:
    """Return whether a value is text."""
    return isinstance(value, str)


def is_optimizer_state(value: Any) -> bool:
    """Return whether a value has the form of an optimizer's state."""
    if not is_mapping(value) or not {"state", "param_groups"} <= value.keys():
        return False
    state, groups = value["state"], value["param_groups"]
    entries = isinstance(state, dict) and all(is_count(k) and is_mapping(v) for k, v in state.items())
    return entries and is_list(groups, lambda group: is_mapping(group) and is_list(group.get("params"), is_count))


FIELDS = (
    Field("state_dict", lambda v: is_mapping(v, is_tensor), "tensors by name", required=True),
    Field("global_step", is_count, "a number of steps", required=True),
    Field("epoch", is_count, "a number of epochs"),
    Field("callbacks", lambda v: is_mapping(v, lambda state: isinstance(state, dict)), "states by name"),
    Field("optimizer_states", lambda v: is_list(v, is_optimizer_state), "states of optimizers"),
    Field("lr_schedulers", lambda v: is_list(v, is_mapping), "states of schedules"),
    Field("nnzoo", is_mapping, "a mapping", required=True),
    Field("nnzoo.format", is_count, "a version number"),
    Field("nnzoo.config", lambda v: is_mapping(v, is_plain), "a mapping of numbers and texts", required=True),
    Field("nnzoo.spec", is_mapping, "a mapping", required=True),
    Field("nnzoo.data", lambda v: v is None or is_mapping(v), "a mapping"),
    Field("nnzoo.data.preprocessing", lambda v: v is None or is_mapping(v), "a mapping"),
    Field("nnzoo.data.transforms", lambda v: is_mapping(v, lambda t: is_mapping(t, is_tensor)), "tensors by name"),
    Field("nnzoo.data.digest", lambda v: v is None or isinstance(v, str), "a checksum"),
    Field("nnzoo.data.contents", is_contents, "a record of the data"),
    Field("nnzoo.stream", is_mapping, "a mapping", required=True),
    Field("nnzoo.stream.epoch", is_count, "a number of epochs", required=True),
    Field("nnzoo.stream.done", is_count, "a number of steps", required=True),
    Field("nnzoo.train", is_mapping, "a mapping"),
    Field("nnzoo.train.loss", lambda v: type(v) in (int, float), "a number"),
    Field("nnzoo.train.weight", lambda v: type(v) in (int, float) and v >= 0, "a number"),
    Field("nnzoo.train.notes", lambda v: is_mapping(v, lambda n: type(n) in (int, float)), "numbers by name"),
    Field("nnzoo.random", is_mapping, "a mapping"),
    Field("nnzoo.stopped", lambda v: isinstance(v, bool), "a truth value"),
    Field("nnzoo.ranks", lambda v: is_list(v, lambda rank: is_mapping(rank) and "state" in rank), "a list of states"),
)
FOR_RESUMING = (
    *("callbacks", "optimizer_states", "lr_schedulers", "nnzoo.train", "nnzoo.train.loss", "nnzoo.train.weight"),
    *("nnzoo.train.sums", "nnzoo.random", "nnzoo.state", "nnzoo.stopped"),
)
"""Keys of what only training needs."""


def errors(content: dict[str, Any]) -> Iterator[str]:
    """Yield what is wrong with the fields of a checkpoint."""
    for key, accepts, what, required in FIELDS:
        found, value = look_up(content, key)
        if not found and required:
            yield f"{key} is missing"
        elif found and not accepts(value):
            yield f"{key} is {shown(value)}; it must be {what}"


def missing_for_resuming(content: dict[str, Any]) -> str | None:
    """Return the first key that only training needs and that is missing, None if there is none."""
    return next((key for key in FOR_RESUMING if not look_up(content, key)[0]), None)


def look_up(content: dict[str, Any], key: str) -> tuple[bool, Any]:
    """Return whether there is a value at a dotted key, and the value."""
    node: Any = content
    for part in key.split("."):
        if not isinstance(node, dict) or part not in node:
            return False, None
        node = node[part]
    return True, node


def shown(value: Any) -> str:
    """Return a short text of a value."""
    plain = value is None or isinstance(value, bool | float | str) or (type(value) is int and abs(value) < MAX_SIZE**2)
    return repr(value)[:40] if plain else f"a {type(value).__name__}"


def structure_error(content: Any, *, nodes: int, size: int) -> str | None:
    """Return what a checkpoint holds beside tensors and plain data, None if nothing.

    nodes: maximum number of values, which a few bytes of a pickle can repeat without end; size: maximum size of all
    tensors in bytes, since one number of a file can be repeated in a tensor of any shape.
    """
    waiting: list[tuple[Any, int]] = [(content, 0)]
    while waiting:
        node, depth = waiting.pop()
        nodes -= 1
        if depth > MAX_DEPTH or nodes < 0:
            return (
                f"values that are nested more than {MAX_DEPTH} times" if nodes >= 0 else "values that repeat each other"
            )
        if isinstance(node, Tensor):
            if node.layout != torch.strided or node.device.type != "cpu" or node.is_quantized:
                return "tensors without numbers"
            size -= node.numel() * node.element_size()
            if size < 0:
                return "tensors that are larger than the file"
        elif type(node) in CONTAINERS:
            below = node
            if isinstance(node, dict):
                if not all(isinstance(key, str | int | float | NoneType | tuple) for key in node):
                    return "keys that are not plain"
                below = node.values()
            waiting += [(each, depth + 1) for each in below]
        elif type(node) not in SCALARS:
            return f"a {type(node).__name__}"
        elif type(node) is int and node.bit_length() > 64:
            return "integers of more than 64 bits"
    return None


def spec_error(plain: dict[str, Any]) -> str | None:
    """Return what is wrong with the plain data of a `DataSpec`, None if it is all right."""
    types = get_type_hints(DataSpec)
    required = {field.name for field in fields(DataSpec)[:4]}
    found = {RENAMED_FIELDS.get(key, key): value for key, value in plain.items()}
    if unknown := sorted(found.keys() - types.keys()):
        return f"nnzoo.spec has an unknown field {unknown[0][:40]!r}"
    if missing := sorted(required - found.keys()):
        return f"nnzoo.spec.{missing[0]} is missing"
    for key, value in found.items():
        if not is_of_type(value, types[key]):
            return f"nnzoo.spec.{key} is {shown(value)}, which is not possible"
    return None


def is_of_type(value: Any, hint: Any) -> bool:
    """Return whether plain data is of a type of a field of `DataSpec`; lists stand for tuples, integers are sizes."""
    origin, inner = get_origin(hint), get_args(hint)
    if origin is Literal:
        return isinstance(value, str) and value in inner
    if origin in (Union, UnionType):
        return any(is_of_type(value, each) for each in inner)
    if origin is tuple:
        return isinstance(value, list | tuple) and all(is_of_type(each, inner[0]) for each in value)
    if hint is int:
        return type(value) is int and -MAX_SIZE < value < MAX_SIZE
    return type(value) in ((int, float) if hint is float else (hint,))
