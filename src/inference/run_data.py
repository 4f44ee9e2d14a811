"""The data that a run was trained on, read again."""

from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor

from ..builders.data import build_data
from ..data.base import Data
from ..preprocessing.base import PIECE, Inputs
from ..runs.checkpoint import Checkpoint
from ..training.changed_data import check_unchanged


def checked_data(config: dict[str, Any], checkpoint: Checkpoint) -> Data:
    """Return the data of a run. Raises UserError if it cannot be read or has changed."""
    data = build_data(config, None, checkpoint.transforms)
    check_unchanged(data, config, checkpoint.trained_on)
    return data


def split_inputs(data: Data, split: str, rows: Tensor | None = None) -> Iterator[Inputs]:
    """Yield the examples of a split before the transforms, in pieces; rows: their numbers from 0, None for all."""
    examples = data.splits[split]
    step = max(1, PIECE // max(1, examples.base.x[0].numel()))
    for part in (torch.arange(len(examples)) if rows is None else rows).split(step):
        x = examples.take(part).x
        yield Inputs(x if data.transform is None else data.transform(x), None, {"index": part.tolist()})
