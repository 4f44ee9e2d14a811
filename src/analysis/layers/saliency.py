"""What the scores of a classifier depend on, by backpropagation down to the inputs.

Shapes: B examples, K classes, "..." one input: features or pixels.
"""

from typing import Literal

import torch
from torch import Tensor, nn


def saliency(net: nn.Module, x: Tensor) -> Tensor:
    """Return do_m/dx of each example, m the class that wins: (B, ...) -> (B, ...).

    Its size says how much an input counts, its sign whether more of it speaks for the class. A single output is the
    score of class 1, minus it that of class 0. Dropout and batch normalization act as they are set: call `net.eval()`.
    Aggarwal 2.4.
    """
    x = x.detach().requires_grad_()
    with torch.enable_grad():
        return torch.autograd.grad(scores(net, x).max(1).values.sum(), x)[0]


def relevance(net: nn.Module, x: Tensor, y: Tensor, over: Literal["winning", "correct", "all"] = "winning") -> Tensor:
    """Return how much each input counts in the whole data x (B, ...), y (B,): the mean of sizes |do_k/dx|, (...).

    over: "winning" class of the examples that are classified rightly; "correct", sums over all classes of the same
    examples; "all", sums over all classes of all examples. Inputs of low relevance can be left out. Raises ValueError
    if no example is classified rightly, and for another `over`. Aggarwal 2.4, which has all three.
    """
    if over not in ("winning", "correct", "all"):
        raise ValueError(f"over is '{over}'; it must be winning, correct or all")
    if over != "all":
        with torch.no_grad():
            right = scores(net, x).argmax(1) == y
        if not right.any():
            raise ValueError("no example is classified rightly; over='all' takes the wrong ones, too")
        x = x[right]
    if over == "winning":
        return saliency(net, x).abs().mean(0)
    x = x.detach().requires_grad_()
    with torch.enable_grad():
        columns = scores(net, x).sum(0)
    sizes = [torch.autograd.grad(column, x, retain_graph=True)[0].abs() for column in columns]
    return torch.stack(sizes).sum(0).mean(0)


def scores(net: nn.Module, x: Tensor) -> Tensor:
    """Return one score a class: (B, K)."""
    output: Tensor = net(x)
    return output if output.shape[1] > 1 else torch.cat([-output, output], 1)
