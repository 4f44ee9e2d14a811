"""Checkpoints: loaded without executing anything, and what they hold by name.

A checkpoint is Lightning's; what is ours in it is below the key "nnzoo".
"""

import pickle
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import torch
from torch import Tensor

from ..errors import UserError
from ..spec import DataSpec

OURS = "nnzoo"
FORMAT = 1  # of what is ours; a checkpoint without a number is of the time before there were any
NETWORK = "net."  # what the names of the network's weights begin with in a task's


@dataclass(frozen=True)
class Checkpoint:
    """What a checkpoint holds.

    path: its file; whole: all of it, as Lightning has it; ours: the part of nnzoo.
    """

    path: Path
    whole: dict[str, Any]
    ours: dict[str, Any]

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read a checkpoint. Raises UserError if it is missing, damaged, foreign, newer or holds code."""
        whole = read(path)
        return cls(path, whole, whole[OURS])

    @property
    def config(self) -> dict[str, Any]:
        """The resolved config of the run."""
        return dict(self.ours["config"])

    @property
    def spec(self) -> DataSpec:
        """What the data is like."""
        return DataSpec.from_dict(self.ours["spec"])

    @property
    def preprocessing(self) -> dict[str, Any] | None:
        """What was fitted to the data, as plain data; None in runs of the first versions."""
        return (self.ours.get("data") or {}).get("preprocessing")

    @property
    def transforms(self) -> dict[str, dict[str, Tensor]]:
        """What the transforms of the inputs were fitted to, by name."""
        return dict((self.ours.get("data") or {}).get("transforms", {}))

    @property
    def digest(self) -> str | None:
        """The checksum of the data, None where nothing was read."""
        return (self.ours.get("data") or {}).get("digest")

    @property
    def epoch(self) -> int:
        """The epoch that training goes on with."""
        return int(self.ours["stream"]["epoch"])

    @property
    def step(self) -> int:
        """The optimizer steps so far."""
        return int(self.whole["global_step"])

    @property
    def task_state(self) -> dict[str, Tensor]:
        """The state of the task."""
        return dict(self.whole["state_dict"])

    @property
    def weights(self) -> dict[str, Tensor]:
        """The state of the network."""
        return {k.removeprefix(NETWORK): v for k, v in self.task_state.items() if k.startswith(NETWORK)}


def read(path: Path) -> dict[str, Any]:
    """Return a checkpoint of ours. Raises UserError if it is missing, damaged, foreign or holds code."""
    if not path.is_file():
        raise UserError(f"there is no checkpoint {path}")
    try:
        with warnings.catch_warnings(action="ignore"):  # of foreign files; the error says enough
            checkpoint = torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        raise UserError(f"{path} holds more than tensors and plain data, or is damaged; it is not loaded") from error
    except Exception as error:  # a damaged file can raise anything
        raise UserError(f"{path} cannot be read; is it truncated or damaged? ({type(error).__name__})") from error
    if not isinstance(checkpoint, dict) or OURS not in checkpoint:
        raise UserError(f"{path} is not a checkpoint of nnzoo")
    if (number := checkpoint[OURS].get("format", 0)) > FORMAT:
        raise UserError(f"{path} has the format {number}, this version reads up to {FORMAT}; update nnzoo to use it")
    return checkpoint
