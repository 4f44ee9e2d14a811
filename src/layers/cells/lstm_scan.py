"""LSTM variants without a torch kernel, over a whole sequence as one autograd node; `scan` explains why.

A step is one product W [x_t; 1; h_(t-1)] in preallocated memory. Since tanh(z) = 2 sigmoid(2 z) - 1, one sigmoid serves
all four blocks.

Shapes: T steps, B sequences, F inputs, H units; steps are (T, F or H, B), a state is (H, B); blocks i, f, u, o.
"""

from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from .scan import weight_gradient


class LSTMScan(torch.autograd.Function):
    """(x (T, F, B), W_x (4 H, F), W_h (4 H, H), b (4 H), h_0 and c_0 (H, B), squash) -> h (T, H, B), c_T (H, B).

    c_t = f c_(t-1) + i u, and h_t = o c_t or, with `squash`, tanh(o c_t).
    """

    @staticmethod
    def forward(
        ctx: Any, x: Tensor, wx: Tensor, wh: Tensor, b: Tensor, start: Tensor, c: Tensor, squash: bool
    ) -> tuple[Tensor, Tensor]:
        """Run the steps on 2 c and on y = (h + 1) / 2 = sigmoid(2 o c), or y = 2 h = 2 o c."""
        steps, inputs, batch = x.shape
        units = len(c)
        z = x.new_empty(steps + 1, inputs + 1 + units, batch)
        z[:-1, :inputs], z[:, inputs] = x, 1
        y = z[:, inputs + 1 :]
        y[0] = (start + 1) / 2 if squash else 2 * start
        memory = x.new_empty(steps + 1, units, batch)
        memory[0] = 2 * c
        bias, by_y = (b - wh.sum(1), 2 * wh) if squash else (b, wh / 2)
        w = torch.cat([wx, bias[:, None], by_y], 1)
        w[2 * units : 3 * units] *= 2
        gates = x.new_empty(steps, 4 * units, batch)
        blocks, memories, ys = gates.view(4 * steps, units, batch).unbind(), memory.unbind(), y.unbind()
        for t, (before, now) in enumerate(zip(z.unbind(), gates.unbind(), strict=False)):
            torch.mm(w, before, out=now).sigmoid_()
            i, f, s, o = blocks[4 * t : 4 * t + 4]  # u = 2 s - 1
            torch.mul(f, memories[t], out=memories[t + 1]).addcmul_(i, s, value=4).sub_(i, alpha=2)
            torch.mul(o, memories[t + 1], out=ys[t + 1])
            if squash:
                ys[t + 1].sigmoid_()
        h = y.mul_(2).sub_(1) if squash else y.div_(2)
        c = memory.div_(2)
        ctx.save_for_backward(gates, c, z, wx, wh)
        ctx.squash = squash
        return h[1:], c[-1].clone()

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor, last: Tensor) -> tuple[Tensor | None, ...]:
        """Compute d_t, the gradient of the pre-activations, backwards; its known factors are computed at once."""
        gates, c, z, wx, wh = ctx.saved_tensors
        steps, units, batch = gradient.shape
        inputs = wx.shape[1]
        i, f, s, o = gates.view(steps, 4, units, batch).unbind(1)
        u = 2 * s - 1
        slope = 1 - z[1:, inputs + 1 :].square() if ctx.squash else 1.0
        d = torch.stack([u * i * (1 - i), c[:-1] * f * (1 - f), i * (1 - u * u), slope * c[1:] * o * (1 - o)], 1)
        of_memory, of_output, dz = d[:, :3].unbind(), d[:, 3].unbind(), d.view(steps, -1, batch).unbind()
        outer, forgets, by_memory, back = gradient.unbind(), f.unbind(), (slope * o).unbind(), wh.t().contiguous()
        dh, dc = outer[-1], last
        for t in range(steps - 1, -1, -1):
            dc = torch.addcmul(dc, dh, by_memory[t])
            of_memory[t].mul_(dc)
            of_output[t].mul_(dh)
            dh = torch.addmm(outer[t - 1], back, dz[t]) if t else back @ dz[0]
            dc *= forgets[t]
        d = d.view(steps, -1, batch)
        dw = weight_gradient(d, z)
        dx = wx.t() @ d if ctx.needs_input_grad[0] else None
        return dx, dw[:, :inputs], dw[:, inputs + 1 :], dw[:, inputs], dh, dc, None
