"""The codes of a split."""

import torch
from torch import Tensor

from ..data.base import Data
from ..errors import UserError
from ..tasks.base import Task


def codes(task: Task, data: Data, split: str) -> Tensor:
    """Return the codes of a split: (N, K) for N examples and K code units."""
    found = []
    for batch in data.eval_loader(split):
        batch = batch.to(task.device)
        found.append(task.net.encode(batch.x, batch.mask).flatten(1).cpu())  # type: ignore[operator]
    return torch.cat(found)


def check_codes(task: Task, data: Data, needed_by: str) -> None:
    """Raise UserError if the network does not have one code per example; needed_by: subject and verb of the message."""
    model = task.net.model
    if not hasattr(model, "encode") or data.spec.form not in ("vector", "image"):
        raise UserError(f"{needed_by} one code per example; {type(model).__name__} has none here")
