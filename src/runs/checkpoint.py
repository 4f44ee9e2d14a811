"""Checkpoints, which are loaded without executing code.

A checkpoint has Lightning's format; our part of it has the key "nnzoo".
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
FORMAT = 1  # version of our part; the first versions of nnzoo wrote none
NETWORK = "net."  # prefix of the network in the state of a task


@dataclass(frozen=True)
class Checkpoint:
    """The contents of a checkpoint.

    path: file; content: everything, in Lightning's format; ours: the part of nnzoo.
    """

    path: Path
    content: dict[str, Any]
    ours: dict[str, Any]

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read a checkpoint. Raises UserError if it is missing, damaged, of another program, newer or holds code."""
        content = read(path)
        return cls(path, content, content[OURS])

    @property
    def config(self) -> dict[str, Any]:
        """The resolved config of the run."""
        return dict(self.ours["config"])

    @property
    def spec(self) -> DataSpec:
        """The `DataSpec` of the data."""
        return DataSpec.from_dict(self.ours["spec"])

    @property
    def preprocessing(self) -> dict[str, Any] | None:
        """The fitted preprocessing as plain data; None in runs of the first versions."""
        return (self.ours.get("data") or {}).get("preprocessing")

    @property
    def transforms(self) -> dict[str, dict[str, Tensor]]:
        """The state of the fitted transforms by name."""
        return dict((self.ours.get("data") or {}).get("transforms", {}))

    @property
    def digest(self) -> str | None:
        """The checksum of the data; None if no data was read."""
        return (self.ours.get("data") or {}).get("digest")

    @property
    def epoch(self) -> int:
        """The epoch with which training continues."""
        return int(self.ours["stream"]["epoch"])

    @property
    def step(self) -> int:
        """The number of optimizer steps so far."""
        return int(self.content["global_step"])

    @property
    def task_state(self) -> dict[str, Tensor]:
        """The state dict of the task."""
        return dict(self.content["state_dict"])

    @property
    def weights(self) -> dict[str, Tensor]:
        """The state dict of the network."""
        return {k.removeprefix(NETWORK): v for k, v in self.task_state.items() if k.startswith(NETWORK)}


def read(path: Path) -> dict[str, Any]:
    """Return the contents of a checkpoint. Raises UserError as `Checkpoint.read`."""
    if not path.is_file():
        raise UserError(f"there is no checkpoint {path}")
    try:
        with warnings.catch_warnings(action="ignore"):  # files of other programs may warn; the error is enough
            checkpoint = torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        raise UserError(f"{path} holds more than tensors and plain data, or is damaged; it was not loaded") from error
    except Exception as error:  # a damaged file can raise anything
        raise UserError(f"{path} cannot be read; is it truncated or damaged? ({type(error).__name__})") from error
    if not isinstance(checkpoint, dict) or OURS not in checkpoint:
        raise UserError(f"{path} is not a checkpoint of nnzoo")
    if (number := checkpoint[OURS].get("format", 0)) > FORMAT:
        raise UserError(f"{path} has the format {number}, this version reads up to {FORMAT}; update nnzoo to use it")
    return checkpoint
