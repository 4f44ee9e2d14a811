"""The states of callbacks in a checkpoint: types and ranges, checked before a run is resumed from them.

The files that `ModelCheckpoint` has written are in `checkpoint_paths.py`. Callbacks of other packages check their own.
"""

from typing import Any

from torch import Tensor

from .checkpoint_schema import Field, is_count, is_mapping, is_tensor, look_up, shown

NUMBERS = (int, float)


def is_score(value: Any) -> bool:
    """Return whether a value is a metric as Lightning stores it."""
    return isinstance(value, Tensor) and value.numel() == 1 and value.is_floating_point()


SNAPSHOTS = (
    Field("", lambda v: all(k.isdecimal() and len(k) < 16 for k in v) and is_mapping(v, is_tensor), "tensors"),
)
STATES = {
    "EarlyStopping": (
        Field("wait_count", is_count, "a number of epochs", required=True),
        Field("stopped_epoch", is_count, "a number of epochs", required=True),
        Field("best_score", is_score, "a score", required=True),
        Field("patience", is_count, "a number of epochs", required=True),
        Field("stopping_reason", lambda v: type(v) is int and 0 <= v <= 4, "a number from 0 to 4"),
        Field("stopping_reason_message", lambda v: v is None or isinstance(v, str), "a text"),
        Field("stopping_threshold", lambda v: v is None or type(v) in NUMBERS, "a number"),
    ),
    "HParams": (Field("best", lambda v: is_mapping(v, lambda n: type(n) in NUMBERS), "numbers", required=True),),
    "Overview": (Field("written", lambda v: isinstance(v, bool), "a truth value", required=True),),
    "AveragedWeights": (
        Field("steps", is_count, "a number of steps", required=True),
        Field("updates", is_count, "a number of steps", required=True),
        Field("weights", lambda v: is_mapping(v, is_tensor), "tensors by name", required=True),
    ),
    "Boundaries": SNAPSHOTS,
    "Generated": SNAPSHOTS,
}
"""Class of a callback -> what its state holds."""


def state_error(states: dict[str, dict[str, Any]]) -> str | None:
    """Return what is wrong with the states of callbacks by their keys, None if nothing."""
    for key, state in states.items():
        name = key.partition("{")[0]
        if not is_mapping(state):
            return f"the state of {name} is not a mapping with texts as keys"
        for field, accepts, what, required in STATES.get(name, ()):
            found, value = look_up(state, field) if field else (True, state)
            if not found and required:
                return f"the state of {name} has no {field}"
            if found and not accepts(value):
                return f"{field or 'the state'} of {name} is {shown(value)}; it must be {what}"
    return None
