"""Saliency: gradients of the scores of a classifier with respect to its inputs.

Shapes: B examples, K classes, "..." one input: features or pixels.
"""

from typing import Literal

import torch
from torch import Tensor, nn


def saliency(net: nn.Module, x: Tensor) -> Tensor:
    """Return do_m/dx of each example for the predicted class m: (B, ...) -> (B, ...).

    The absolute value is the importance of an input; the sign is positive if a larger input increases the score. A
    single output is the score of class 1, and its negative that of class 0. Call `net.eval()` first, since dropout and
    batch normalization act in the current mode. Aggarwal 2.4.
    """
    x = x.detach().requires_grad_()
    with torch.enable_grad():
        return torch.autograd.grad(scores(net, x).max(1).values.sum(), x)[0]


def relevance(net: nn.Module, x: Tensor, y: Tensor, over: Literal["winning", "correct", "all"] = "winning") -> Tensor:
    """Return the importance of each input over data x (B, ...), y (B,): the mean of |do_k/dx|, (...).

    over: "winning" for the predicted class of correctly classified examples, "correct" for sums over all classes of the
    same examples, "all" for sums over all classes of all examples. Inputs with low relevance can be left out. Raises
    ValueError if no example is classified correctly, and for another `over`. Aggarwal 2.4, which has all three.
    """
    if over not in ("winning", "correct", "all"):
        raise ValueError(f"over is '{over}'; it must be winning, correct or all")
    if over != "all":
        with torch.no_grad():
            correct = scores(net, x).argmax(1) == y
        if not correct.any():
            raise ValueError(f"over is '{over}', but no example is classified correctly; take over='all'")
        x = x[correct]
    if over == "winning":
        return saliency(net, x).abs().mean(0)
    x = x.detach().requires_grad_()
    with torch.enable_grad():
        columns = scores(net, x).sum(0)
    sizes = [torch.autograd.grad(column, x, retain_graph=True)[0].abs() for column in columns]
    return torch.stack(sizes).sum(0).mean(0)


def scores(net: nn.Module, x: Tensor) -> Tensor:
    """Return one score per class: (B, K)."""
    output: Tensor = net(x)
    return output if output.shape[1] > 1 else torch.cat([-output, output], 1)
