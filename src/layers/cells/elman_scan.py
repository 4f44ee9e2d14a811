"""The steps of an Elman cell in torch operations, with the backward pass written by hand; `scan` explains why.

The steps run in preallocated memory with the batch as the innermost dimension. tanh(z) is computed as
2 sigmoid(2 z) - 1, which is six times as fast in torch.

Shapes: B sequences, T steps, H units; inside, steps are (T, H, B) and a state is (H, B).
"""

from collections.abc import Callable

import torch
from torch import Tensor

from ...kernels.scans import Kernel

ACTIVATIONS: dict[str, Callable[[Tensor], Tensor]] = {
    "tanh": Tensor.sigmoid_,
    "relu": Tensor.relu_,
    "sigmoid": Tensor.sigmoid_,
    "identity": lambda z: z,
}
"""f in place, for tanh of the scaled state."""

SLOPES: dict[str, Callable[[Tensor], Tensor]] = {
    "tanh": lambda h: 1 - h.square(),
    "relu": lambda h: (h > 0).to(h),
    "sigmoid": lambda h: h * (1 - h),
    "identity": torch.ones_like,
}
"""f'(z), given h = f(z)."""


class ElmanScan(Kernel):
    """(a (B, T, H), h_0 (B, H), W (H, H)) -> h (B, T, H): h_t = f(a_t + W h_(t-1)).

    function: f, one of tanh, relu, sigmoid, identity.
    """

    def __init__(self, function: str) -> None:
        self.function = function

    def forward(self, a: Tensor, start: Tensor, w: Tensor) -> tuple[Tensor, ...]:
        """Return h; tanh runs on s = (h + 1) / 2 = sigmoid(2 a + 2 W h), where W h = 2 W s - W 1."""
        tanh = self.function == "tanh"
        h = a.new_empty(a.shape[1] + 1, a.shape[2], a.shape[0])
        h[0] = (start.t() + 1) / 2 if tanh else start.t()
        a = ((a - w.sum(1)) * 2 if tanh else a).permute(1, 2, 0).contiguous()
        w, activate = 4 * w if tanh else w, ACTIVATIONS[self.function]
        steps = h.unbind()
        for inner, before, now in zip(a.unbind(), steps, steps[1:], strict=False):
            activate(torch.addmm(inner, w, before, out=now))
        if tanh:
            h.mul_(2).sub_(1)
        return h[1:].permute(2, 0, 1), h

    def backward(self, inputs: list[Tensor], results: list[Tensor], gradients: list[Tensor]) -> tuple[Tensor, ...]:
        """Return the gradients of the inputs: d_t = (g_t + W^T d_(t+1)) f'(z_t) backwards."""
        w, h = inputs[2], results[1]
        slope = SLOPES[self.function](h[1:])
        gradient, back = gradients[0].permute(1, 2, 0).contiguous(), w.t().contiguous()
        d = torch.empty_like(gradient)
        outer, slopes, dz = gradient.unbind(), slope.unbind(), d.unbind()
        torch.mul(outer[-1], slopes[-1], out=dz[-1])
        for t in range(len(dz) - 2, -1, -1):
            torch.addmm(outer[t], back, dz[t + 1], out=dz[t]).mul_(slopes[t])
        return d.permute(2, 0, 1), (back @ dz[0]).t(), weight_gradient(d, h)


def weight_gradient(d: Tensor, h: Tensor) -> Tensor:
    """Return the sum over the steps of d_t h_(t-1)^T, for d (T, G, B) and h (T + 1, H, B)."""
    rows, before = (each.transpose(0, 1).flatten(1) for each in (d, h[: len(d)]))
    return rows @ before.t()
