"""Checkpoints that are written later."""

from pathlib import Path

import torch
from nnzoo.runs.checkpoint_io import DeferredIO
from nnzoo.training.members.trainer import OneProcessStrategy


def test_a_removed_checkpoint_is_neither_on_the_disk_nor_written_later(tmp_path: Path) -> None:
    files = DeferredIO()
    first, second = tmp_path / "first.ckpt", tmp_path / "second.ckpt"
    for path in (first, second):
        files.save_checkpoint({"step": 1}, path)
    files.write()
    for path in (first, second):
        files.save_checkpoint({"step": 2}, path)
    OneProcessStrategy(torch.device("cpu"), files).remove_checkpoint(first)
    assert not first.exists()
    assert files.stored(first) is None
    assert files.stored(second) == {"step": 2}
    files.write()
    assert not first.exists()
    assert torch.load(second) == {"step": 2}
