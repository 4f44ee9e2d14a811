"""An Elman layer over a whole sequence as one autograd node, for the CPU.

A step of a small network is two operations on a few thousand numbers, which take less time than autograd's bookkeeping.
Here the steps run in preallocated memory with the batch as the innermost dimension, and the backward pass is written by
hand. tanh(z) is computed as 2 sigmoid(2 z) - 1, which is six times as fast in torch.

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
    """Return whether the steps may run as one autograd node: no torch.func transform and no half precision.

    In half precision 2 sigmoid(2 z) - 1 loses small values.
    """
    return (
        not transformed()
        and not torch.is_autocast_enabled(given[0].device.type)
        and all(each.dtype in (torch.float32, torch.float64) for each in given)
    )


def transformed() -> bool:
    """Return whether a transform of torch.func, such as vmap or grad, is active.

    Neither the scans nor torch's recurrent kernels support transforms; single steps do, and vmap batches them over many
    networks. torch makes the same check before it applies an autograd.Function.
    """
    return torch._C._are_functorch_transforms_active()


def _backward(gradient: Tensor, slope: Tensor, h: Tensor, w: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Return the gradients of pre-activations, weights and initial state; slope: f'(z) of all steps, (T, H, B)."""
    gradient = gradient.contiguous()
    back = w.t().contiguous()
    d = torch.empty_like(gradient)
    outer, slopes, dz = gradient.unbind(), slope.unbind(), d.unbind()
    torch.mul(outer[-1], slopes[-1], out=dz[-1])
    for t in range(len(dz) - 2, -1, -1):
        torch.addmm(outer[t], back, dz[t + 1], out=dz[t]).mul_(slopes[t])
    return d, weight_gradient(d, h), back @ dz[0]


def weight_gradient(d: Tensor, h: Tensor) -> Tensor:
    """Return the sum over the steps of d_t h_(t-1)^T."""
    rows, before = (each.transpose(0, 1).flatten(1) for each in (d, h[: len(d)]))
    return rows @ before.t()
