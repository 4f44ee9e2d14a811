"""Checkpoints: written whole or not at all, and loaded without executing anything."""

import os
import pickle
import warnings
from pathlib import Path
from typing import Any

import torch
from pytorch_lightning.plugins.io import TorchCheckpointIO

from .errors import UserError

FORMAT = 1  # of what the key "nnzoo" of a checkpoint holds; one without a number is of the time before there were any


class AtomicIO(TorchCheckpointIO):
    """Write to a temporary file and rename it; read tensors and plain data only."""

    def save_checkpoint(self, checkpoint: dict[str, Any], path: Any, storage_options: Any = None) -> None:
        """Write a checkpoint; what was at `path` stays until it is complete. Raises OSError if it cannot be."""
        target = Path(path)
        target.parent.mkdir(parents=True, exist_ok=True)
        draft = target.with_name(f".{target.name}.{os.getpid()}")
        try:
            torch.save(checkpoint, draft)
            os.replace(draft, target)
        except RuntimeError as error:  # what torch makes of a full disk
            raise OSError(f"{target.name} could not be written: {str(error).splitlines()[0]}") from error
        finally:
            draft.unlink(missing_ok=True)

    def load_checkpoint(self, path: Any, *_: Any, **__: Any) -> dict[str, Any]:
        """Read a checkpoint."""
        return read(Path(path))


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
    if not isinstance(checkpoint, dict) or "nnzoo" not in checkpoint:
        raise UserError(f"{path} is not a checkpoint of nnzoo")
    if (number := checkpoint["nnzoo"].get("format", 0)) > FORMAT:
        raise UserError(f"{path} has the format {number}, this version reads up to {FORMAT}; update nnzoo to use it")
    return checkpoint
