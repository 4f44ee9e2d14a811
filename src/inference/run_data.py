"""The data that a run was trained on, read again."""

from collections.abc import Iterator
from typing import Any

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


def split_inputs(data: Data, split: str) -> Iterator[Inputs]:
    """Yield the examples of a split before the transforms, numbered from 0, in pieces."""
    examples = data.splits[split]
    step = max(1, PIECE // max(1, examples.base.x[0].numel()))
    for begin in range(0, len(examples), step):
        x = examples.take(slice(begin, begin + step)).x
        x = x if data.transform is None else data.transform(x)
        yield Inputs(x, None, {"index": range(begin, begin + len(x))})
