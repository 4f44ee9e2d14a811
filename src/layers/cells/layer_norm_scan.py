"""Recurrent layers with layer normalization over a whole sequence, as one node of the graph; `scan` says why.

Net inputs are z_t = a_t + W h_(t-1) for given a. Each block of them becomes gain (z - m) / s + bias, with mean m and
standard deviation s over its units; eps is added to s^2. The steps leave to torch what a normalization is and what its
gradient is; that of gain and bias is taken for all steps at once.

Shapes: T steps, B sequences, H units, K blocks; steps are (T, B, K H), a state is (B, H), gain and bias are (K H).
"""

from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable


class LayerNormScan(torch.autograd.Function):
    """h_t = tanh(norm(z_t)): (a, W, h_0, gain, bias, eps) -> h."""

    @staticmethod
    def forward(ctx: Any, a: Tensor, w: Tensor, h: Tensor, gain: Tensor, bias: Tensor, eps: float) -> Tensor:
        """Run the steps on y = (h + 1) / 2 = sigmoid(2 norm(z)), where W h = 2 W y - W 1."""
        y = begun(h / 2 + 0.5, len(a))
        z = a - w.sum(1)
        matrix, gain2, bias2 = 2 * w.t(), 2 * gain, 2 * bias
        stats, ys = [], y.unbind()
        for net, before, now in zip(z.unbind(), ys, ys[1:], strict=False):
            normal, *stat = torch.native_layer_norm(net.addmm_(before, matrix), gain.shape, gain2, bias2, eps)
            torch.sigmoid(normal, out=now)
            stats.append(stat)
        h = y.mul_(2).sub_(1)
        ctx.save_for_backward(h, w, gain, z, *stacked(stats))
        return h[1:]

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, ...]:
        """Run the gradients of the net inputs backwards; d becomes those of their normalizations."""
        h, w, gain, z, *stats = ctx.saved_tensors
        d = 1 - h[1:].square()
        dh, nets = torch.zeros_like(h[0]), []
        for outer, dn, *norm in backwards(gradient, d, z, *stats):
            nets.append(through(dn.mul_(dh.add_(outer)), gain, *norm))
            dh = nets[-1] @ w
        da = torch.stack(nets[::-1])
        return da, summed_products(da, h), dh, *affine(d, z, *stats), None


class LayerNormLSTMScan(torch.autograd.Function):
    """(a, W, h_0, c_0, gain, bias, gain and bias of the memory on its way out, eps) -> h, c_T; blocks i, f, u, o."""

    @staticmethod
    def forward(
        ctx: Any,
        a: Tensor,
        w: Tensor,
        h: Tensor,
        c: Tensor,
        gain: Tensor,
        bias: Tensor,
        outward: Tensor,
        offset: Tensor,
        eps: float,
    ) -> tuple[Tensor, Tensor]:
        """Run the steps with u = 2 s - 1, s = sigmoid(2 norm(z))."""
        batch, units = c.shape
        double = a.new_tensor([1, 1, 2, 1]).repeat_interleave(units)
        gain2, bias2, matrix = gain * double, bias * double, w.t()
        z, gates, read = a.clone(), torch.empty_like(a), a.new_empty(len(a), batch, units)
        memory, out = begun(c, len(a)), begun(h, len(a))
        stats, reads, memories, outs = [], read.unbind(), memory.unbind(), out.unbind()
        for t, (net, gate) in enumerate(zip(z.unbind(), gates.unbind(), strict=True)):
            blocks = net.addmm_(outs[t], matrix).view(batch, 4, units)
            normal, *stat = torch.native_layer_norm(blocks, (units,), None, None, eps)
            torch.addcmul(bias2, gain2, normal.view(batch, -1), out=gate).sigmoid_()
            i, f, s, o = gate.chunk(4, 1)
            torch.mul(f, memories[t], out=memories[t + 1]).addcmul_(i, s, value=2).sub_(i)
            normal, *memory_stat = torch.native_layer_norm(memories[t + 1], (units,), outward, offset, eps)
            torch.mul(o, torch.tanh(normal, out=reads[t]), out=outs[t + 1])
            stats.append([*stat, *memory_stat])
        ctx.save_for_backward(out, w, gain, outward, z, gates, memory, read, *stacked(stats))
        return out[1:], memory[-1].clone()

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor, dc: Tensor) -> tuple[Tensor | None, ...]:
        """Run the gradients of the net inputs backwards; d becomes those of their normalizations."""
        h, w, gain, outward, z, gates, c, read, *every = ctx.saved_tensors
        stats, memory_stats = every[:2], every[2:]
        steps, batch, units = read.shape
        z, gain = z.view(steps, batch, 4, units), gain.view(4, units)
        i, f, s, o = gates.view_as(z).unbind(2)
        u = 2 * s - 1
        d = torch.stack([u * i * (1 - i), c[:-1] * f * (1 - f), i * (1 - u * u), read * o * (1 - o)], 2)
        d_read = o * (1 - read.square())
        dh, nets = torch.zeros_like(h[0]), []
        norms, memory_norms = backwards(z, *stats), backwards(d_read, c[1:], *memory_stats)
        parts = backwards(gradient, f, d, d[:, :, :3], d[:, :, 3])
        for norm, (dn, *memory_norm), (outer, forget, ds, ifu, reading) in zip(norms, memory_norms, parts, strict=True):
            dh.add_(outer)
            dc = dc + through(dn.mul_(dh), outward, *memory_norm)
            ifu.mul_(dc[:, None])
            reading.mul_(dh)
            nets.append(through(ds * gain, None, *norm).view(batch, -1))
            dh = nets[-1] @ w
            dc.mul_(forget)
        da = torch.stack(nets[::-1])
        return da, summed_products(da, h), dh, dc, *affine(d, z, *stats), *affine(d_read, c[1:], *memory_stats), None


class LayerNormGRUScan(torch.autograd.Function):
    """(a, W, h_0, gain, bias, eps) -> h, with reset before the matrix; blocks r, z, n."""

    @staticmethod
    def forward(ctx: Any, a: Tensor, w: Tensor, h: Tensor, gain: Tensor, bias: Tensor, eps: float) -> Tensor:
        """Run the steps."""
        batch, units = h.shape
        cut = [2 * units, units]
        (gate_gain, gain_n), (gate_bias, bias_n), (w_gates, v) = gain.split(cut), bias.split(cut), w.split(cut)
        to_gates, to_n = (part.clone() for part in a.split(cut, 2))
        gates, (reset, n), out = torch.empty_like(to_gates), a.new_empty(2, *to_n.shape), begun(h, len(a))
        stats, outs = [], out.unbind()
        for t, (net, net_n, gate) in enumerate(zip(to_gates.unbind(), to_n.unbind(), gates.unbind(), strict=True)):
            blocks = net.addmm_(outs[t], w_gates.t()).view(batch, 2, units)
            normal, *stat = torch.native_layer_norm(blocks, (units,), None, None, eps)
            r, z = torch.addcmul(gate_bias, gate_gain, normal.view(batch, -1), out=gate).sigmoid_().chunk(2, 1)
            net_n.addmm_(torch.mul(r, outs[t], out=reset[t]), v.t())
            normal, *stat_n = torch.native_layer_norm(net_n, (units,), gain_n, bias_n, eps)
            torch.lerp(torch.tanh(normal, out=n[t]), outs[t], z, out=outs[t + 1])
            stats.append([*stat, *stat_n])
        ctx.save_for_backward(out, w, gain, to_gates, to_n, gates, reset, n, *stacked(stats))
        return out[1:]

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, ...]:
        """Run the gradients of the net inputs backwards; d becomes those of their normalizations."""
        h, w, gain, to_gates, to_n, gates, reset, n, *every = ctx.saved_tensors
        stats, stats_n = every[:2], every[2:]
        steps, batch, units = n.shape
        cut = [2 * units, units]
        (gate_gain, gain_n), (w_gates, v) = gain.split(cut), w.split(cut)
        gate_gain, to_gates = gate_gain.view(2, units), to_gates.view(steps, batch, 2, units)
        r, z = gates.view_as(to_gates).unbind(2)
        d = torch.stack([h[:-1] * r * (1 - r), (h[:-1] - n) * z * (1 - z)], 2)
        d_n = (1 - z) * (1 - n.square())
        dh, nets, nets_n = torch.zeros_like(h[0]), [], []
        norms, norms_n = backwards(to_gates, *stats), backwards(d_n, to_n, *stats_n)
        parts = backwards(gradient, r, z, d, d[:, :, 0], d[:, :, 1])
        for norm, (dn, *norm_n), (outer, reset_t, keep, ds, d_r, d_z) in zip(norms, norms_n, parts, strict=True):
            dh.add_(outer)
            nets_n.append(through(dn.mul_(dh), gain_n, *norm_n))
            d_reset = nets_n[-1] @ v
            d_r.mul_(d_reset)
            d_z.mul_(dh)
            nets.append(through(ds * gate_gain, None, *norm).view(batch, -1))
            dh = dh.mul_(keep).addcmul_(d_reset, reset_t).addmm_(nets[-1], w_gates)
        da, da_n = torch.stack(nets[::-1]), torch.stack(nets_n[::-1])
        dw = torch.cat([summed_products(da, h), summed_products(da_n, reset)])
        by_gates, by_n = affine(d, to_gates, *stats), affine(d_n, to_n, *stats_n)
        joined = (torch.cat(pair) for pair in zip(by_gates, by_n, strict=True))
        return torch.cat([da, da_n], 2), dw, dh, *joined, None


def begun(start: Tensor, steps: int) -> Tensor:
    """Return room for a state (B, H) and `steps` later ones."""
    room = start.new_empty(steps + 1, *start.shape)
    room[0] = start
    return room


def stacked(stats: list[list[Tensor]]) -> list[Tensor]:
    """Return means and 1 / s of all steps, each in one tensor."""
    return [torch.stack(each) for each in zip(*stats, strict=True)]


def backwards(*each: Tensor) -> Iterator[tuple[Tensor, ...]]:
    """Yield the steps of tensors (T, ...) from the last to the first."""
    return zip(*(reversed(part.unbind()) for part in each), strict=True)


def through(d: Tensor, gain: Tensor | None, z: Tensor, mean: Tensor, scale: Tensor) -> Tensor:
    """Return the gradient of z for that of its normalization over the last axis, times gain, None for 1."""
    need = [True, False, False]
    found: Tensor = torch.ops.aten.native_layer_norm_backward(d, z, z.shape[-1:], mean, scale, gain, gain, need)[0]
    return found


def affine(d: Tensor, z: Tensor, mean: Tensor, scale: Tensor) -> tuple[Tensor, Tensor]:
    """Return the gradients of gain and bias for those of the normalizations of all steps."""
    return (d * (z - mean) * scale).sum((0, 1)).flatten(), d.sum((0, 1)).flatten()


def summed_products(d: Tensor, h: Tensor) -> Tensor:
    """Return the sum over the steps of d_t^T h_(t-1)."""
    return d.flatten(0, 1).t() @ h[: len(d)].flatten(0, 1)
