"""The steps of cells with layer normalization in torch operations, with the backward pass written by hand.

`scan` explains why.
Pre-activations are z_t = a_t + W h_(t-1) for given a. Each block of them is normalized to gain (z - m) / s + bias, with
mean m and standard deviation s over its units; eps is added to s^2. torch's kernels compute the normalization and its
gradient at each step; the gradients of gain and bias are computed for all steps at once.

Shapes: B sequences, T steps, H units, K blocks; inside, steps are (T, B, K H); a is (B, T, K H), a state is (B, H),
gain and bias are (K H).
"""

from collections.abc import Iterator
from typing import ClassVar

import torch
from torch import Tensor

from ...kernels.scans import Kernel


class LayerNormScan(Kernel):
    """h_t = tanh(norm(z_t)): (a, h_0, W, gain, bias) -> h."""

    def __init__(self, eps: float) -> None:
        self.eps = eps

    def forward(self, a: Tensor, h: Tensor, w: Tensor, gain: Tensor, bias: Tensor) -> tuple[Tensor, ...]:
        """Run the steps on y = (h + 1) / 2 = sigmoid(2 norm(z)), where W h = 2 W y - W 1."""
        z = a.transpose(0, 1) - w.sum(1)
        y = state_buffer(h / 2 + 0.5, len(z))
        matrix, gain2, bias2 = 2 * w.t(), 2 * gain, 2 * bias
        stats, ys = [], y.unbind()
        for z_t, before, now in zip(z.unbind(), ys, ys[1:], strict=False):
            normal, *stat = torch.native_layer_norm(z_t.addmm_(before, matrix), gain.shape, gain2, bias2, self.eps)
            torch.sigmoid(normal, out=now)
            stats.append(stat)
        h = y.mul_(2).sub_(1)
        return h[1:].transpose(0, 1), h, z, *stack_stats(stats)

    def backward(self, inputs: list[Tensor], results: list[Tensor], gradients: list[Tensor]) -> tuple[Tensor, ...]:
        """Compute the gradients of the pre-activations backwards; d becomes those of their normalizations."""
        _, _, w, gain, _ = inputs
        _, h, z, *stats = results
        d = 1 - h[1:].square()
        dh, dz = torch.zeros_like(h[0]), []
        for outer, dn, *norm in reversed_steps(gradients[0].transpose(0, 1), d, z, *stats):
            dz.append(norm_backward(dn.mul_(dh.add_(outer)), gain, *norm))
            dh = dz[-1] @ w
        da = torch.stack(dz[::-1])
        return da.transpose(0, 1), dh, weight_gradient(da, h), *affine_gradients(d, z, *stats)


class LayerNormLSTMScan(Kernel):
    """(a, h_0, c_0, W, gain, bias, gain and bias of the cell state) -> h, c_T; blocks i, f, u, o."""

    outputs: ClassVar[int] = 2

    def __init__(self, eps: float) -> None:
        self.eps = eps

    def forward(
        self,
        a: Tensor,
        h: Tensor,
        c: Tensor,
        w: Tensor,
        gain: Tensor,
        bias: Tensor,
        memory_gain: Tensor,
        memory_bias: Tensor,
    ) -> tuple[Tensor, ...]:
        """Run the steps with u = 2 s - 1, s = sigmoid(2 norm(z))."""
        a = a.transpose(0, 1)
        batch, units = c.shape
        double = a.new_tensor([1, 1, 2, 1]).repeat_interleave(units)
        gain2, bias2, matrix = gain * double, bias * double, w.t()
        z = a.clone(memory_format=torch.contiguous_format)
        gates, read = torch.empty_like(z), a.new_empty(len(a), batch, units)
        memory, out = state_buffer(c, len(a)), state_buffer(h, len(a))
        stats, reads, memories, outs = [], read.unbind(), memory.unbind(), out.unbind()
        for t, (z_t, gate) in enumerate(zip(z.unbind(), gates.unbind(), strict=True)):
            blocks = z_t.addmm_(outs[t], matrix).view(batch, 4, units)
            normal, *stat = torch.native_layer_norm(blocks, (units,), None, None, self.eps)
            torch.addcmul(bias2, gain2, normal.view(batch, -1), out=gate).sigmoid_()
            i, f, s, o = gate.chunk(4, 1)
            torch.mul(f, memories[t], out=memories[t + 1]).addcmul_(i, s, value=2).sub_(i)
            normal, *memory_stat = torch.native_layer_norm(
                memories[t + 1], (units,), memory_gain, memory_bias, self.eps
            )
            torch.mul(o, torch.tanh(normal, out=reads[t]), out=outs[t + 1])
            stats.append([*stat, *memory_stat])
        return out[1:].transpose(0, 1), memory[-1].clone(), out, z, gates, memory, read, *stack_stats(stats)

    def backward(self, inputs: list[Tensor], results: list[Tensor], gradients: list[Tensor]) -> tuple[Tensor, ...]:
        """Compute the gradients of the pre-activations backwards; d becomes those of their normalizations."""
        _, _, _, w, gain, _, memory_gain, _ = inputs
        h, z, gates, c, read, *every = results[2:]
        gradient, dc = gradients[0].transpose(0, 1), gradients[1]
        stats, memory_stats = every[:2], every[2:]
        steps, batch, units = read.shape
        z, gain = z.view(steps, batch, 4, units), gain.view(4, units)
        i, f, s, o = gates.view_as(z).unbind(2)
        u = 2 * s - 1
        d = torch.stack([u * i * (1 - i), c[:-1] * f * (1 - f), i * (1 - u * u), read * o * (1 - o)], 2)
        d_read = o * (1 - read.square())
        dh, dz = torch.zeros_like(h[0]), []
        norms, memory_norms = reversed_steps(z, *stats), reversed_steps(d_read, c[1:], *memory_stats)
        parts = reversed_steps(gradient, f, d, d[:, :, :3], d[:, :, 3])
        for norm, (dn, *memory_norm), (outer, forget, ds, ifu, reading) in zip(norms, memory_norms, parts, strict=True):
            dh.add_(outer)
            dc = dc + norm_backward(dn.mul_(dh), memory_gain, *memory_norm)
            ifu.mul_(dc[:, None])
            reading.mul_(dh)
            dz.append(norm_backward(ds * gain, None, *norm).view(batch, -1))
            dh = dz[-1] @ w
            dc.mul_(forget)
        da = torch.stack(dz[::-1])
        affine = *affine_gradients(d, z, *stats), *affine_gradients(d_read, c[1:], *memory_stats)
        return da.transpose(0, 1), dh, dc, weight_gradient(da, h), *affine


class LayerNormGRUScan(Kernel):
    """(a, h_0, W, gain, bias) -> h, with reset before the matrix; blocks r, z, n."""

    def __init__(self, eps: float) -> None:
        self.eps = eps

    def forward(self, a: Tensor, h: Tensor, w: Tensor, gain: Tensor, bias: Tensor) -> tuple[Tensor, ...]:
        """Run the steps."""
        a = a.transpose(0, 1)
        batch, units = h.shape
        cut = [2 * units, units]
        (gate_gain, gain_n), (gate_bias, bias_n), (w_gates, v) = gain.split(cut), bias.split(cut), w.split(cut)
        to_gates, to_n = (part.clone(memory_format=torch.contiguous_format) for part in a.split(cut, 2))
        gates, (reset, n), out = torch.empty_like(to_gates), a.new_empty(2, *to_n.shape), state_buffer(h, len(a))
        stats, outs = [], out.unbind()
        for t, (z_t, z_n, gate) in enumerate(zip(to_gates.unbind(), to_n.unbind(), gates.unbind(), strict=True)):
            blocks = z_t.addmm_(outs[t], w_gates.t()).view(batch, 2, units)
            normal, *stat = torch.native_layer_norm(blocks, (units,), None, None, self.eps)
            r, z = torch.addcmul(gate_bias, gate_gain, normal.view(batch, -1), out=gate).sigmoid_().chunk(2, 1)
            z_n.addmm_(torch.mul(r, outs[t], out=reset[t]), v.t())
            normal, *stat_n = torch.native_layer_norm(z_n, (units,), gain_n, bias_n, self.eps)
            torch.lerp(torch.tanh(normal, out=n[t]), outs[t], z, out=outs[t + 1])
            stats.append([*stat, *stat_n])
        return out[1:].transpose(0, 1), out, to_gates, to_n, gates, reset, n, *stack_stats(stats)

    def backward(self, inputs: list[Tensor], results: list[Tensor], gradients: list[Tensor]) -> tuple[Tensor, ...]:
        """Compute the gradients of the pre-activations backwards; d becomes those of their normalizations."""
        _, _, w, gain, _ = inputs
        h, to_gates, to_n, gates, reset, n, *every = results[1:]
        stats, stats_n = every[:2], every[2:]
        steps, batch, units = n.shape
        cut = [2 * units, units]
        (gate_gain, gain_n), (w_gates, v) = gain.split(cut), w.split(cut)
        gate_gain, to_gates = gate_gain.view(2, units), to_gates.view(steps, batch, 2, units)
        r, z = gates.view_as(to_gates).unbind(2)
        d = torch.stack([h[:-1] * r * (1 - r), (h[:-1] - n) * z * (1 - z)], 2)
        d_n = (1 - z) * (1 - n.square())
        dh, dz, dz_n = torch.zeros_like(h[0]), [], []
        norms, norms_n = reversed_steps(to_gates, *stats), reversed_steps(d_n, to_n, *stats_n)
        parts = reversed_steps(gradients[0].transpose(0, 1), r, z, d, d[:, :, 0], d[:, :, 1])
        for norm, (dn, *norm_n), (outer, reset_t, keep, ds, d_r, d_z) in zip(norms, norms_n, parts, strict=True):
            dh.add_(outer)
            dz_n.append(norm_backward(dn.mul_(dh), gain_n, *norm_n))
            d_reset = dz_n[-1] @ v
            d_r.mul_(d_reset)
            d_z.mul_(dh)
            dz.append(norm_backward(ds * gate_gain, None, *norm).view(batch, -1))
            dh = dh.mul_(keep).addcmul_(d_reset, reset_t).addmm_(dz[-1], w_gates)
        da, da_n = torch.stack(dz[::-1]), torch.stack(dz_n[::-1])
        dw = torch.cat([weight_gradient(da, h), weight_gradient(da_n, reset)])
        by_gates, by_n = affine_gradients(d, to_gates, *stats), affine_gradients(d_n, to_n, *stats_n)
        joined = (torch.cat(pair) for pair in zip(by_gates, by_n, strict=True))
        return torch.cat([da, da_n], 2).transpose(0, 1), dh, dw, *joined


def state_buffer(initial: Tensor, steps: int) -> Tensor:
    """Return memory for an initial state (B, H) and the states after `steps` steps; only the first is filled."""
    buffer = initial.new_empty(steps + 1, *initial.shape)
    buffer[0] = initial
    return buffer


def stack_stats(stats: list[list[Tensor]]) -> list[Tensor]:
    """Return the means and the values 1 / s of all steps, each in one tensor."""
    return [torch.stack(each) for each in zip(*stats, strict=True)]


def reversed_steps(*tensors: Tensor) -> Iterator[tuple[Tensor, ...]]:
    """Yield the steps of tensors (T, ...) from the last to the first."""
    return zip(*(reversed(part.unbind()) for part in tensors), strict=True)


def norm_backward(d: Tensor, gain: Tensor | None, z: Tensor, mean: Tensor, scale: Tensor) -> Tensor:
    """Return the gradient of z, given the gradient d of its normalization over the last axis; gain: None for 1."""
    need = [True, False, False]
    found: Tensor = torch.ops.aten.native_layer_norm_backward(d, z, z.shape[-1:], mean, scale, gain, gain, need)[0]
    return found


def affine_gradients(d: Tensor, z: Tensor, mean: Tensor, scale: Tensor) -> tuple[Tensor, Tensor]:
    """Return the gradients of gain and bias, given the gradients d of the normalizations of all steps."""
    return (d * (z - mean) * scale).sum((0, 1)).flatten(), d.sum((0, 1)).flatten()


def weight_gradient(d: Tensor, h: Tensor) -> Tensor:
    """Return the sum over the steps of d_t^T h_(t-1)."""
    return d.flatten(0, 1).t() @ h[: len(d)].flatten(0, 1)
