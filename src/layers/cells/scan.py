"""An Elman layer over a whole sequence as one node of the graph, for the CPU.

A step of a small network is two operations on a few thousand numbers; autograd's bookkeeping costs more than they do.
Here the steps run on preallocated memory with the batch innermost, and the backward pass is written out. tanh(z) is
2 sigmoid(2 z) - 1, which torch computes six times as fast.

Shapes: T steps, B sequences, H units; steps are (T, H, B), a state is (H, B).
"""

from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable


class TanhScan(torch.autograd.Function):
    """h_t = tanh(a_t + W h_(t-1)) for given a: (a (T, H, B), W (H, H), h_0 (H, B)) -> h (T, H, B)."""

    @staticmethod
    def forward(ctx: Any, a: Tensor, w: Tensor, start: Tensor) -> Tensor:
        """Run the steps on s = (h + 1) / 2 = sigmoid(2 a + 2 W h), where W h = 2 W s - W 1."""
        s = a.new_empty(len(a) + 1, *a.shape[1:])
        s[0] = (start + 1) / 2
        twice = (a - w.sum(1)[:, None]).mul_(2)
        four = 4 * w
        steps = s.unbind()
        for inner, before, now in zip(twice.unbind(), steps, steps[1:], strict=False):
            torch.addmm(inner, four, before, out=now).sigmoid_()
        h = s.mul_(2).sub_(1)
        ctx.save_for_backward(h, w)
        return h[1:]

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Run d_t = (g_t + W^T d_(t+1)) (1 - h_t^2) backwards."""
        h, w = ctx.saved_tensors
        return _backward(gradient, 1 - h[1:].square(), h, w)


class ReluScan(torch.autograd.Function):
    """h_t = max(0, a_t + W h_(t-1)), as TanhScan."""

    @staticmethod
    def forward(ctx: Any, a: Tensor, w: Tensor, start: Tensor) -> Tensor:
        """Run the steps."""
        h = a.new_empty(len(a) + 1, *a.shape[1:])
        h[0] = start
        steps = h.unbind()
        for inner, before, now in zip(a.unbind(), steps, steps[1:], strict=False):
            torch.addmm(inner, w, before, out=now).relu_()
        ctx.save_for_backward(h, w)
        return h[1:]

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Run d_t = (g_t + W^T d_(t+1)) [h_t > 0] backwards."""
        h, w = ctx.saved_tensors
        return _backward(gradient, (h[1:] > 0).to(h), h, w)


def scannable(*given: Tensor) -> bool:
    """Return whether steps on such numbers may be one node: no transform, and not in half precision.

    There 2 sigmoid(2 z) - 1 has no small numbers.
    """
    return (
        not transformed()
        and not torch.is_autocast_enabled(given[0].device.type)
        and all(each.dtype in (torch.float32, torch.float64) for each in given)
    )


def transformed() -> bool:
    """Return whether a transform of torch.func is at work: vmap, grad and the like.

    Steps written into preallocated memory have no rule for them, nor have torch's kernels; single steps have, and
    those of many networks are then taken together. torch asks the same before it applies an autograd.Function.
    """
    return torch._C._are_functorch_transforms_active()


def _backward(gradient: Tensor, slope: Tensor, h: Tensor, w: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Return the gradients of net inputs, matrix and start, for the slopes f'(net input) of all steps (T, H, B)."""
    gradient = gradient.contiguous()
    back = w.t().contiguous()
    d = torch.empty_like(gradient)
    outer, slopes, nets = gradient.unbind(), slope.unbind(), d.unbind()
    torch.mul(outer[-1], slopes[-1], out=nets[-1])
    for t in range(len(nets) - 2, -1, -1):
        torch.addmm(outer[t], back, nets[t + 1], out=nets[t]).mul_(slopes[t])
    return d, products(d, h), back @ nets[0]


def products(d: Tensor, h: Tensor) -> Tensor:
    """Return the sum over the steps of d_t h_(t-1)^T."""
    rows, before = (each.transpose(0, 1).flatten(1) for each in (d, h[: len(d)]))
    return rows @ before.t()
