"""Checkpoints, which are loaded without executing code.

A checkpoint has Lightning's format; our part of it has the key "nnzoo".
"""

import pickle
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple, Self
from zipfile import BadZipFile

import torch
from torch import Tensor

from ..errors import UserError
from ..files.contents import Contents
from ..spec import DataSpec
from .archive import MORE, check_archive
from .checkpoint_schema import errors, is_count, spec_error, structure_error

OURS = "nnzoo"
FORMAT = 1  # version of our part; the first versions of nnzoo wrote none
NETWORK = "net."  # prefix of the network in the state of a task
NODES = 2  # values for each operation of the pickle; ours have less than one
REPEATED = 64  # bytes of tensors for each byte of the file; tensors may share numbers


class DataRecord(NamedTuple):
    """What a checkpoint records of the data.

    digest: its checksum, None if no data was read; contents: see `files.contents`, empty in runs of earlier versions.
    """

    digest: str | None
    contents: Contents


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
        """The `DataSpec` of the data. Raises UserError if it contradicts itself."""
        try:
            return DataSpec.from_dict(self.ours["spec"])
        except ValueError as error:
            raise UserError(f"{self.path} is damaged: nnzoo.spec: {error}") from error

    @property
    def preprocessing(self) -> dict[str, Any] | None:
        """The fitted preprocessing as plain data; None in runs of the first versions."""
        return (self.ours.get("data") or {}).get("preprocessing")

    @property
    def transforms(self) -> dict[str, dict[str, Tensor]]:
        """The state of the fitted transforms by name."""
        return dict((self.ours.get("data") or {}).get("transforms", {}))

    @property
    def trained_on(self) -> DataRecord:
        """What is recorded of the data."""
        record = self.ours.get("data") or {}
        return DataRecord(record.get("digest"), record.get("contents", {}))

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


def advice(path: Path) -> str:
    """Return what to do without a checkpoint: use the other one of the run, if there is one."""
    last, best = path.with_name("last.ckpt"), path.with_name("best.ckpt")
    if path == last and best.is_file():
        return "; there is best.ckpt: checkpoint=best uses it, and as last.ckpt, a copy of it can be resumed"
    if path == best and last.is_file():
        return "; use last.ckpt with checkpoint=last"
    return ""


def read(path: Path) -> dict[str, Any]:
    """Return the contents of a checkpoint after checks of types and ranges. Raises UserError as `Checkpoint.read`."""
    if not path.is_file():
        raise UserError(f"there is no checkpoint {path}")
    try:
        operations = check_archive(path)
        with warnings.catch_warnings(action="ignore"):  # files of other programs may warn; the error is enough
            content = torch.load(path, map_location="cpu", weights_only=True)
    except UserError:
        raise
    except pickle.UnpicklingError as error:
        raise UserError(f"{path} {MORE}") from error
    except BadZipFile as error:
        raise UserError(f"{path} is damaged: {error}{advice(path)}") from error
    except Exception as error:  # a damaged file can raise anything
        reason = f"is it truncated or damaged? ({type(error).__name__})"
        raise UserError(f"{path} cannot be read; {reason}{advice(path)}") from error
    if not isinstance(content, dict) or not isinstance(content.get(OURS), dict):
        raise UserError(f"{path} is not a checkpoint of nnzoo")
    size = path.stat().st_size
    if wrong := structure_error(content, nodes=NODES * operations, size=REPEATED * size):
        raise UserError(f"{path} holds {wrong}, or is damaged; it was not loaded")
    if is_count(number := content[OURS].get("format", 0)) and number > FORMAT:
        raise UserError(f"{path} has the format {number}, this version reads up to {FORMAT}; update nnzoo to use it")
    if wrong := next(errors(content), None) or spec_error(content[OURS]["spec"]):
        raise UserError(f"{path} is damaged: {wrong}")
    return content
