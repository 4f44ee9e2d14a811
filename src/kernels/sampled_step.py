"""Steps of gradient descent on the loss of negative sampling, with the gradient written out.

Shapes: B examples, A rows whose sum is the hidden layer of an example, C targets, k negatives, V inputs, K outputs,
p dimensions.
"""

from collections.abc import Callable
from functools import cache
from importlib.util import find_spec
from typing import Literal

import torch
from torch import Tensor

from ..errors import UserError, unknown

Kernel = Literal["auto", "compiled", "torch"]
Steps = Callable[[Tensor, Tensor, Tensor, Tensor, Tensor, float, bool, int], float]
"""(inputs (V, p), outputs (K, p), rows (B, A), targets (B, C), negatives (B, k), lr, average, size) -> sum of losses.

Entries of -1 in rows and targets are absent. The hidden layer h of an example is the sum or, with `average`, the mean
of its rows of `inputs`. Its loss is -sum_c log sigmoid(h . v_c) - m sum_j log sigmoid(-h . v_j), where m is its number
of targets, c its targets and j its negatives. There is a step for each `size` examples, which subtracts lr times the
gradient of the sum of their losses from `inputs` and `outputs`, in place. Both kernels have the same results but for
rounding, with any number of threads.
"""


def kernel_named(name: str) -> tuple[str, Steps]:
    """Return the kernel and its actual name: auto is compiled if numba is installed, else torch.

    Raises UserError for another name, and for compiled without numba.
    """
    if name not in ("auto", "compiled", "torch"):
        raise unknown("task.kernel", name, ("auto", "compiled", "torch"))
    installed = find_spec("numba") is not None
    if name == "compiled" and not installed:
        raise UserError("task.kernel=compiled needs numba: pip install 'nnzoo[fast]'; auto uses torch without it")
    return ("compiled", compiled_steps()) if installed and name != "torch" else ("torch", torch_steps)


@cache
def compiled_steps() -> Steps:
    """Return the compiled kernel; numba is slow to import."""
    from .compiled import steps

    return steps


def torch_steps(
    inputs: Tensor,
    outputs: Tensor,
    rows: Tensor,
    targets: Tensor,
    negatives: Tensor,
    lr: float,
    average: bool,
    size: int,
) -> float:
    """Take steps with torch, see `Steps`."""
    parts = zip(rows.split(size), targets.split(size), negatives.split(size), strict=True)
    return sum(torch_step(inputs, outputs, *part, lr, average) for part in parts)


@torch.no_grad()
def torch_step(
    inputs: Tensor, outputs: Tensor, rows: Tensor, targets: Tensor, negatives: Tensor, lr: float, average: bool
) -> float:
    """Take one step with all examples."""
    present, known = rows >= 0, targets >= 0
    count = known.sum(1, keepdim=True).to(inputs.dtype)
    table = inputs.index_select(0, rows.clamp(min=0).flatten()).view(*rows.shape, -1)
    share = present.to(inputs.dtype)
    if average:
        share /= share.sum(1, keepdim=True).clamp(min=1)
    hidden = torch.bmm(share[:, None], table)  # (B, 1, p)
    ids = torch.cat([targets.clamp(min=0), negatives], 1)
    vectors = outputs.index_select(0, ids.flatten()).view(*ids.shape, -1)  # (B, C + k, p)
    scores = torch.bmm(vectors, hidden.transpose(1, 2))[..., 0]
    weights = torch.cat([known.to(inputs.dtype), count.expand(-1, negatives.shape[1])], 1)
    signs = torch.ones_like(scores)
    signs[:, targets.shape[1] :] = -1
    losses = weights * torch.nn.functional.softplus(-signs * scores)
    descent = lr * weights * signs * torch.sigmoid(-signs * scores)  # lr times the negative gradient of the scores
    change = torch.bmm(descent[:, None], vectors)  # (B, 1, p)
    outputs.index_add_(0, ids.flatten(), torch.bmm(descent[..., None], hidden).flatten(0, 1))
    inputs.index_add_(0, rows.clamp(min=0).flatten(), torch.bmm(share[..., None], change).flatten(0, 1))
    return float(losses.sum())
