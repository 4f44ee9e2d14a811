"""Settings in which the config.yaml of a run contradicts its checkpoint, as after an edit by hand."""

import json
import warnings
from collections.abc import Iterator
from typing import Any

from ..config import moved
from ..errors import DataWarning, UserError
from ..runs.checkpoint import Checkpoint
from ..runs.directory import CONFIG, RunDirectory
from .saved import LOCATIONS

RESUMABLE = ("trainer", "callbacks", "logger", "evaluate", "allow")  # the checkpoint depends on the other settings
FIXED = (  # they define a step
    "trainer.truncated_bptt_steps",
    "trainer.overfit_batches",
    "trainer.accumulate_grad_batches",
)
NAMES = ("name", "output_dir", "choices")  # they change nothing that is trained
ABSENT = object()


def check_config(run: RunDirectory, checkpoint: Checkpoint) -> None:
    """Raise UserError if the config.yaml of a run contradicts its checkpoint."""
    if found := contradiction(run, checkpoint):
        raise UserError(f"{found}; set it back, or train another run with it: nnzoo rerun")


def warn_of_config(run: RunDirectory, checkpoint: Checkpoint, used: str) -> None:
    """Warn if the config.yaml of a run contradicts its checkpoint. used: which of them is used."""
    if found := contradiction(run, checkpoint):
        warnings.warn(f"{found}; {used} is used", DataWarning, stacklevel=3)


def contradiction(run: RunDirectory, checkpoint: Checkpoint) -> str | None:
    """Return the first setting in which the config of a run contradicts its checkpoint, with both values, or None.

    A resumed run may have other settings of the trainer and another location of the data.
    """
    saved, trained = moved.current_config(run.config()), moved.current_config(checkpoint.config)
    if saved == trained:
        return None
    for key, value, other in differences(saved, trained):
        if is_compared(key):
            config = f"no {key}" if value is ABSENT else f"{key}={shown(value)}"
            other = "no such setting" if other is ABSENT else shown(other)
            return f"{run.path / CONFIG} has {config}, {checkpoint.path.name} has {other}"
    return None


def is_compared(key: str) -> bool:
    """Return whether a setting must be that of the checkpoint."""
    return key in FIXED or not (key.partition(".")[0] in (*RESUMABLE, *NAMES) or key in LOCATIONS)


def differences(one: Any, other: Any, key: str = "") -> Iterator[tuple[str, Any, Any]]:
    """Yield the dotted key and both values of everything in which two configs differ; ABSENT is the value of none."""
    if isinstance(one, dict) and isinstance(other, dict):
        for name in [*one, *(name for name in other if name not in one)]:
            path = f"{key}.{name}" if key else str(name)
            yield from differences(one.get(name, ABSENT), other.get(name, ABSENT), path)
    elif one != other:
        yield key, one, other


def shown(value: Any) -> str:
    """Return a short text of a value, as in a config."""
    return json.dumps(value, default=str, ensure_ascii=False)[:60]
