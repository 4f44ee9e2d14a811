"""Steps of gradient descent on logistic losses of a few outputs of each example, with the gradient written out.

Shapes: B examples, A rows whose sum is the hidden layer of an example, L outputs of an example, G steps, S outputs that
the examples of a step share, V inputs, K outputs, p dimensions.
"""

from collections.abc import Callable
from functools import cache
from importlib.util import find_spec
from typing import Literal

import torch
from torch import Tensor
from torch.nn.functional import softplus

from ..errors import UserError, unknown

Kernel = Literal["auto", "compiled", "torch"]
Steps = Callable[[Tensor, Tensor, Tensor, Tensor, Tensor, Tensor, Tensor, float, bool, int], float]
"""(inputs (V, p), outputs (K, p), rows (B, A), ids (B, L), weights (B, L), shared (G, S), shared_weights (B,), lr,
average, size) -> sum of losses.

The hidden layer h of an example is the sum or, with `average`, the mean of its rows of `inputs`; -1 stands for no row.
Its loss is -sum_l |w_l| log sigmoid(sign(w_l) h . v_l), where v_l are the rows `ids` of `outputs`: a weight w_l is
above 0 where the label is 1, below 0 where it is 0, and 0 where there is no output. To this, it adds the shared outputs
of its step, with its `shared_weights`, at most 0. There is a step for each `size` examples, which subtracts lr times
the gradient of the sum of their losses from `inputs` and `outputs`, in place. Both kernels have the same results but
for rounding.
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
    ids: Tensor,
    weights: Tensor,
    shared: Tensor,
    shared_weights: Tensor,
    lr: float,
    average: bool,
    size: int,
) -> float:
    """Take steps with torch, see `Steps`."""
    examples = rows.split(size), ids.split(size), weights.split(size), shared_weights.split(size)
    return sum(torch_step(inputs, outputs, *part, lr, average) for part in zip(*examples, shared, strict=True))


@torch.no_grad()
def torch_step(
    inputs: Tensor,
    outputs: Tensor,
    rows: Tensor,
    ids: Tensor,
    weights: Tensor,
    shared_weights: Tensor,
    shared: Tensor,
    lr: float,
    average: bool,
) -> float:
    """Take one step with all examples and the shared outputs (S,)."""
    weights, shared_weights = weights.to(inputs.dtype), shared_weights.to(inputs.dtype)[:, None]
    share = (rows >= 0).to(inputs.dtype)
    if average:
        share /= share.sum(1, keepdim=True).clamp(min=1)
    rows = rows.clamp(min=0)
    table = inputs.index_select(0, rows.flatten()).view(*rows.shape, -1)
    hidden = torch.bmm(share[:, None], table)  # (B, 1, p)
    vectors = outputs.index_select(0, ids.flatten()).view(*ids.shape, -1)  # (B, L, p)
    block = outputs.index_select(0, shared)  # (S, p)
    scores = weights.sign() * torch.bmm(vectors, hidden.transpose(1, 2))[..., 0]
    shared_scores = hidden[:, 0] @ block.T  # (B, S)
    losses = weights.abs() * softplus(-scores)
    shared_losses = -shared_weights * softplus(shared_scores)
    descent = lr * weights * torch.sigmoid(-scores)  # lr times the negative gradient of h . v
    shared_descent = lr * shared_weights * torch.sigmoid(shared_scores)
    change = torch.bmm(descent[:, None], vectors) + (shared_descent @ block)[:, None]  # (B, 1, p)
    outputs.index_add_(0, ids.flatten(), torch.bmm(descent[..., None], hidden).flatten(0, 1))
    outputs.index_add_(0, shared, shared_descent.T @ hidden[:, 0])
    inputs.index_add_(0, rows.flatten(), torch.bmm(share[..., None], change).flatten(0, 1))
    return float(losses.sum() + shared_losses.sum())
