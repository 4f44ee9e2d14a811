"""How Lightning writes checkpoints here: whole or not at all."""

import os
from pathlib import Path
from typing import Any

import torch
from pytorch_lightning.plugins.io import TorchCheckpointIO

from .checkpoint import read


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
