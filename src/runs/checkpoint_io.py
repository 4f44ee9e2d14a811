"""Atomic writing of checkpoints by Lightning."""

import os
from io import BytesIO
from pathlib import Path
from typing import Any

import torch
from pytorch_lightning.plugins.io import TorchCheckpointIO
from torch.utils.serialization import config

from ..errors import UserError
from .atomic import draft_of
from .checkpoint import read
from .checkpoint_paths import names_only
from .checkpoint_schema import CONTAINERS, SCALARS
from .lock import Place


class AtomicIO(TorchCheckpointIO):
    """Write checkpoints to a temporary file and rename it. Read only tensors and plain data.

    place: of the run, None if it is not checked before writing.
    """

    def __init__(self, place: Place | None = None) -> None:
        self.place = place

    def save_checkpoint(self, checkpoint: dict[str, Any], path: Any, storage_options: Any = None) -> None:
        """Write a checkpoint. A previous file at `path` stays until it is complete.

        Raises UserError for contents that could not be read again, LostRun if the place is no longer that of the run,
        and OSError on failure.
        """
        target = Path(path)
        if "callbacks" in checkpoint:
            checkpoint = {**checkpoint, "callbacks": names_only(checkpoint["callbacks"])}
        check_plain(checkpoint)
        if self.place is not None:
            self.place.check()  # else a directory that was deleted would be created again, with this file alone
        target.parent.mkdir(parents=True, exist_ok=True)
        draft = draft_of(target)
        try:
            # with the checksums that `read` compares; `patch` is added at run time
            with config.patch("save.compute_crc32", True):  # type: ignore[attr-defined]
                self.write_draft(checkpoint, draft)
            os.replace(draft, target)
        except RuntimeError as error:  # torch raises it if the disk is full
            raise OSError(f"{target.name} could not be written: {str(error).splitlines()[0]}") from error
        finally:
            draft.unlink(missing_ok=True)

    def write_draft(self, checkpoint: dict[str, Any], draft: Path) -> None:
        """Write a checkpoint to a temporary file."""
        torch.save(checkpoint, draft)

    def load_checkpoint(self, path: Any, *_: Any, **__: Any) -> dict[str, Any]:
        """Read a checkpoint."""
        return read(Path(path))


def check_plain(value: Any, path: str = "") -> None:
    """Raise UserError for a value of a checkpoint that `read` would refuse, such as a number of NumPy.

    path: the keys that lead to it.
    """
    if isinstance(value, dict) and type(value) in CONTAINERS:
        for key, each in value.items():
            if type(each) not in SCALARS:
                check_plain(each, f"{path}.{key}" if path else str(key))
    elif type(value) in CONTAINERS:
        for each in value:
            if type(each) not in SCALARS:
                check_plain(each, path)
    elif type(value) not in (*SCALARS, torch.Tensor, torch.nn.Parameter):
        kind = f"{type(value).__module__}.{type(value).__qualname__}"
        raise UserError(
            f"a checkpoint cannot hold {path}, a {kind}: it holds tensors, numbers and texts of Python, None, "
            "and lists, tuples and dicts of them"
        )


class DeferredIO(AtomicIO):
    """Keep the newest checkpoint of each path in memory until `write`. pending: their contents by absolute path."""

    def __init__(self, place: Place | None = None) -> None:
        super().__init__(place)
        self.pending: dict[Path, dict[str, Any]] = {}

    def save_checkpoint(self, checkpoint: dict[str, Any], path: Any, storage_options: Any = None) -> None:
        """Store a checkpoint, whose tensors must not change."""
        self.pending[Path(path).absolute()] = checkpoint

    def stored(self, path: Path) -> dict[str, Any] | None:
        """Return the checkpoint of a path that is not written yet, None if there is none."""
        return self.pending.get(path.absolute())

    def remove_checkpoint(self, path: Any) -> None:
        """Remove a checkpoint from memory and from the disk."""
        self.pending.pop(Path(path).absolute(), None)
        super().remove_checkpoint(path)

    def write_draft(self, checkpoint: dict[str, Any], draft: Path) -> None:
        """Write a small checkpoint to a temporary file at once, in half the time of torch's many small writes."""
        buffer = BytesIO()
        torch.save(checkpoint, buffer)
        draft.write_bytes(buffer.getbuffer())

    def write(self) -> None:
        """Write the stored checkpoints. Raises OSError on failure."""
        for path, checkpoint in self.pending.items():
            super().save_checkpoint(checkpoint, path)
        self.pending.clear()
