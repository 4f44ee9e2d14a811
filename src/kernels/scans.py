"""Recurrent layers over whole sequences with the gradient written out, compiled with numba for small layers on the CPU.

With gain and bias, each block of H
pre-activations z is replaced by gain (z - m) / s + bias, with mean m and standard deviation s over its units; eps is
added to s^2.

Shapes: B sequences, T steps, H units, G rows of the recurrent weights W: H for each block of pre-activations.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable
from functools import cache
from importlib.util import find_spec
from types import ModuleType
from typing import Any, ClassVar

import torch
from torch import Tensor

LARGEST = 1 << 17  # entries of W; beyond, the blocked products of torch are faster
LARGEST_STEP = 1 << 22  # products of a step; beyond, several threads of torch are faster than the one of the kernels


class Kernel(ABC):
    """All steps of a recurrent layer and their gradient.

    The inputs are the input part a (B, T, G) of the pre-activations, the initial state, and the parameters. The outputs
    are h of all steps and the last state without h.
    """

    outputs: ClassVar[int] = 1
    forward: Callable[..., tuple[Tensor, ...]]
    """Return the outputs and, after them, what `backward` needs."""

    @abstractmethod
    def backward(self, inputs: list[Tensor], results: list[Tensor], gradients: list[Tensor]) -> tuple[Tensor, ...]:
        """Return the gradients of the inputs, given the results of `forward` and the gradients of the outputs."""


def compilable(w: Tensor, batch: int) -> bool:
    """Return whether the kernels can be used with these recurrent weights, and are fast."""
    small = w.numel() <= LARGEST and (torch.get_num_threads() == 1 or batch * w.numel() <= LARGEST_STEP)
    return w.device.type == "cpu" and small and installed()


@cache
def installed() -> bool:
    """Return whether numba is installed."""
    return find_spec("numba") is not None


@cache
def compiled() -> ModuleType:
    """Return the compiled kernels; numba is slow to import."""
    from . import compiled_scans

    return compiled_scans


class CompiledElman(Kernel):
    """h_t = f(a_t + W h_(t-1)) for f = tanh, relu, sigmoid or identity.

    Inputs: a (B, T, H), h_0 (B, H), W (H, H) and, to normalize, gain and bias (H). Output: h (B, T, H).
    """

    def __init__(self, function: str, eps: float = 0.0) -> None:
        self.function = ("tanh", "relu", "sigmoid", "identity").index(function)
        self.eps = eps

    def forward(self, a: Tensor, start: Tensor, w: Tensor, *affine: Tensor) -> tuple[Tensor, ...]:
        """Return h, and of the normalizations (T, H * B) and 1 / s (T, B)."""
        batch, steps, units = a.shape
        blocks = len(affine) // 2
        gain, bias = affine or (w.new_empty(0), w.new_empty(0))
        results = torch.empty_like(a), w.new_empty(steps, blocks * units * batch), w.new_empty(steps, blocks * batch)
        compiled().elman(*arrays(a, w, start[:, None], gain, bias), self.eps, self.function, *arrays(*results))
        return results

    def backward(self, inputs: list[Tensor], results: list[Tensor], gradients: list[Tensor]) -> tuple[Tensor, ...]:
        """Return the gradients of the inputs, given those of the outputs."""
        _, start, w, *affine = inputs
        gain = affine[0] if affine else w.new_empty(0)
        d, d_start = torch.empty_like(results[0]), torch.zeros_like(start)
        d_gain, d_bias = torch.zeros_like(gain), torch.zeros_like(gain)
        given, found = (*gradients, w.t(), gain), (d, d_start[:, None], d_gain, d_bias)
        compiled().elman_back(*arrays(*given), self.function, *arrays(*results, *found))
        return d, d_start, weight_gradient(d, results[0], start), *((d_gain, d_bias) if affine else ())


class CompiledLSTM(Kernel):
    """c_t = f c_(t-1) + i u, h_t = o tanh(c_t), tanh(o c_t) or o c_t: standard, inner or linear; blocks i, f, u, o.

    Inputs: a (B, T, 4 H), h_0 and c_0 (B, H), W (4 H, H) and, to normalize, gain and bias (4 H) of the blocks and gain
    and bias (H) of c_t in h_t. Outputs: h (B, T, H), c_T (B, H).
    """

    outputs: ClassVar[int] = 2

    def __init__(self, output: str, eps: float = 0.0) -> None:
        self.output = ("standard", "inner", "linear").index(output)
        self.eps = eps

    def forward(self, a: Tensor, start: Tensor, memory: Tensor, w: Tensor, *affine: Tensor) -> tuple[Tensor, ...]:
        """Return h, c_T, and of each step c, the gates and the last factor of h, normalizations and 1 / s."""
        batch, steps, _ = a.shape
        units, blocks = w.shape[1], 5 if affine else 0
        h, c = a.new_empty(batch, steps, units), a.new_empty(steps + 1, units, batch)
        c[0] = memory.t()
        gates = a.new_empty(steps, 5 * units * batch)
        norms = a.new_empty(steps, blocks * units * batch), a.new_empty(steps, blocks * batch)
        given, found = (a, w, start[:, None], *joined(w, *affine)), (h, c.flatten(1), gates, *norms)
        compiled().lstm(*arrays(*given), self.eps, self.output, *arrays(*found))
        return h, c[-1].t().contiguous(), *found[1:]

    def backward(self, inputs: list[Tensor], results: list[Tensor], gradients: list[Tensor]) -> tuple[Tensor, ...]:
        """Return the gradients of the inputs, given those of the outputs."""
        a, start, _, w, *affine = inputs
        h, _, *saved = results
        gain, _ = joined(w, *affine)
        d, d_start, d_memory = torch.empty_like(a), torch.zeros_like(start), gradients[1].t().flatten().clone()
        d_gain, d_bias = torch.zeros_like(gain), torch.zeros_like(gain)
        given, found = (gradients[0], d_memory, w.t(), gain), (d, d_start[:, None], d_gain, d_bias)
        compiled().lstm_back(*arrays(*given), self.output, *arrays(h, *saved, *found))
        d_affine = [part for pair in zip(split(d_gain, w), split(d_bias, w), strict=True) for part in pair]
        state = d_start, d_memory.view(-1, len(start)).t()
        return d, *state, weight_gradient(d, h, start), *(d_affine if affine else ())


def arrays(*tensors: Tensor) -> list[Any]:
    """Return contiguous arrays of tensors; those of contiguous tensors share their memory."""
    return [tensor.detach().contiguous().numpy() for tensor in tensors]


def joined(w: Tensor, *affine: Tensor) -> tuple[Tensor, Tensor]:
    """Return gain and bias of all blocks of an LSTM with those of its memory after them; empty without affine."""
    return (torch.cat(affine[::2]), torch.cat(affine[1::2])) if affine else (w.new_empty(0), w.new_empty(0))


def split(values: Tensor, w: Tensor) -> tuple[Tensor, ...]:
    """Return the parts of `joined` gains or biases."""
    return values[: len(w)], values[len(w) :]


def weight_gradient(d: Tensor, h: Tensor, start: Tensor) -> Tensor:
    """Return the sum over sequences and steps of d_t h_(t-1)^T."""
    before = torch.cat([start[:, None], h[:, :-1]], 1)
    found = d.new_zeros(h.shape[2], d.shape[2])
    compiled().add_products(*arrays(before.flatten(0, 1), d.flatten(0, 1), found))
    return found.t()
