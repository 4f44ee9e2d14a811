"""The steps of LSTM variants without a torch kernel in torch operations, with the backward pass written by hand.

`scan` explains why. Since tanh(z) = 2 sigmoid(2 z) - 1, one sigmoid serves all four blocks.

Shapes: B sequences, T steps, H units; inside, steps are (T, 4 H or H, B) and a state is (H, B); blocks i, f, u, o.
"""

from typing import ClassVar

import torch
from torch import Tensor

from ...kernels.scans import Kernel
from .elman_scan import weight_gradient


class LSTMScan(Kernel):
    """(a (B, T, 4 H), h_0 and c_0 (B, H), W (4 H, H)) -> h (B, T, H), c_T (B, H).

    c_t = f c_(t-1) + i u, and h_t = o c_t or, with `squash`, tanh(o c_t).
    """

    outputs: ClassVar[int] = 2

    def __init__(self, *, squash: bool) -> None:
        self.squash = squash

    def forward(self, a: Tensor, start: Tensor, c: Tensor, w: Tensor) -> tuple[Tensor, ...]:
        """Run the steps on 2 c and on y = (h + 1) / 2 = sigmoid(2 o c), or y = 2 h = 2 o c."""
        batch, steps, _ = a.shape
        units = w.shape[1]
        y, memory = a.new_empty(2, steps + 1, units, batch)
        y[0] = ((start + 1) / 2 if self.squash else 2 * start).t()
        memory[0] = 2 * c.t()
        double = a.new_ones(4 * units)
        double[2 * units : 3 * units] = 2
        gates = ((a - w.sum(1) if self.squash else a) * double).permute(1, 2, 0).contiguous()
        by_y = (2 * w if self.squash else w / 2) * double[:, None]
        blocks, memories, ys = gates.view(4 * steps, units, batch).unbind(), memory.unbind(), y.unbind()
        for t, now in enumerate(gates.unbind()):
            now.addmm_(by_y, ys[t]).sigmoid_()
            i, f, s, o = blocks[4 * t : 4 * t + 4]  # u = 2 s - 1
            torch.mul(f, memories[t], out=memories[t + 1]).addcmul_(i, s, value=4).sub_(i, alpha=2)
            torch.mul(o, memories[t + 1], out=ys[t + 1])
            if self.squash:
                ys[t + 1].sigmoid_()
        h = y.mul_(2).sub_(1) if self.squash else y.div_(2)
        c = memory.div_(2)
        return h[1:].permute(2, 0, 1), c[-1].t().clone(), h, c, gates

    def backward(self, inputs: list[Tensor], results: list[Tensor], gradients: list[Tensor]) -> tuple[Tensor, ...]:
        """Compute d_t, the gradient of the pre-activations, backwards; its known factors are computed at once."""
        w, (h, c, gates) = inputs[3], results[2:]
        gradient, dc = gradients[0].permute(1, 2, 0).contiguous(), gradients[1].t()
        steps, units, batch = gradient.shape
        i, f, s, o = gates.view(steps, 4, units, batch).unbind(1)
        u = 2 * s - 1
        slope = 1 - h[1:].square() if self.squash else 1.0
        d = torch.stack([u * i * (1 - i), c[:-1] * f * (1 - f), i * (1 - u * u), slope * c[1:] * o * (1 - o)], 1)
        of_memory, of_output, dz = d[:, :3].unbind(), d[:, 3].unbind(), d.view(steps, -1, batch).unbind()
        outer, forgets, by_memory, back = gradient.unbind(), f.unbind(), (slope * o).unbind(), w.t().contiguous()
        dh = outer[-1]
        for t in range(steps - 1, -1, -1):
            dc = torch.addcmul(dc, dh, by_memory[t])
            of_memory[t].mul_(dc)
            of_output[t].mul_(dh)
            dh = torch.addmm(outer[t - 1], back, dz[t]) if t else back @ dz[0]
            dc *= forgets[t]
        d = d.view(steps, -1, batch)
        return d.permute(2, 0, 1), dh.t(), dc.t(), weight_gradient(d, h)
