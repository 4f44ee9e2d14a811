"""Recurrent cells with layer normalization of the pre-activations. Shapes as in `base`.

Each block of pre-activations a is normalized to gain (a - m) / s + bias, with mean m and standard deviation s over the
H units, and with gain and bias shared by all steps; eps is added to s^2. Aggarwal 7.3.1, eq. 7.6, for Elman's cell.
"""

from typing import ClassVar

import torch
from jaxtyping import Float
from torch import Tensor, nn

from ...kernels.scans import CompiledElman, CompiledLSTM, Kernel
from ..linear.tall import tall_linear
from .base import Cell, State
from .layer_norm_scan import LayerNormGRUScan, LayerNormLSTMScan, LayerNormScan


class LayerNormCell(Cell):
    """Base class with a gain for each pre-activation, and a bias that is added after the normalization."""

    step_parameters: ClassVar[tuple[str, ...]] = ("weight_h", "gain", "bias")

    def __init__(self, in_features: int, hidden: int = 32, *, eps: float = 1e-5) -> None:
        super().__init__(in_features, hidden)
        self.eps = eps
        self.gain = nn.Parameter(torch.ones(self.blocks * hidden))

    def project(self, x: Float[Tensor, "*n F"]) -> Float[Tensor, "*n G"]:
        """Return the input part of the pre-activations, without bias."""
        return tall_linear(x, self.weight_x)

    def normalize(self, a: Float[Tensor, "B R"], first: int = 0) -> Float[Tensor, "B R"]:
        """Normalize R pre-activations: whole blocks, the first of which has number `first`."""
        units = self.hidden
        rows = slice(first * units, first * units + a.shape[1])
        blocks = nn.functional.layer_norm(a.unflatten(1, (-1, units)), (units,), eps=self.eps)
        return torch.addcmul(self.bias[rows], self.gain[rows], blocks.flatten(1))


class LayerNormElman(LayerNormCell):
    """h_t = tanh(norm(W_x x_t + W_h h_(t-1))).

    hidden: units; eps: added to the variances. Aggarwal eq. 7.6.
    """

    def step(self, a: Float[Tensor, "B H"], state: State) -> State:
        """Return h_t."""
        return (self.normalize(torch.addmm(a, state[0], self.weight_h.t())).tanh(),)

    def kernel(self, compiled: bool) -> Kernel:
        """Return the kernel of all steps."""
        return CompiledElman("tanh", self.eps) if compiled else LayerNormScan(self.eps)


class LayerNormLSTM(LayerNormCell):
    """An LSTM with normalized gates, candidate and cell state before its output; blocks i, f, u, o. State (h, c).

    hidden: units; forget_bias: added to the initial bias of the forget gate; eps: added to the variances. Mentioned in
    Aggarwal 7.3.1 (Ba, Kiros and Hinton 2016).
    """

    blocks: ClassVar[int] = 4
    state_names: ClassVar[tuple[str, ...]] = ("h", "c")
    step_parameters: ClassVar[tuple[str, ...]] = ("weight_h", "gain", "bias", "memory.weight", "memory.bias")

    def __init__(self, in_features: int, hidden: int = 32, *, forget_bias: float = 0.0, eps: float = 1e-5) -> None:
        super().__init__(in_features, hidden, eps=eps)
        self.forget_bias = forget_bias
        self.memory = nn.LayerNorm(hidden, eps)
        self.adjust_init()

    @property
    def state_sizes(self) -> tuple[int, ...]:
        """Sizes of h and c."""
        return self.hidden, self.hidden

    @torch.no_grad()
    def adjust_init(self) -> None:
        """Add the forget bias."""
        self.bias[self.hidden : 2 * self.hidden] += self.forget_bias

    def gates(self, a: Float[Tensor, "B G"], state: State) -> dict[str, Float[Tensor, "B H"]]:
        """Return i, f, u and o."""
        i, f, u, o = self.normalize(torch.addmm(a, state[0], self.weight_h.t())).chunk(4, 1)
        return {"i": i.sigmoid(), "f": f.sigmoid(), "u": u.tanh(), "o": o.sigmoid()}

    def step(self, a: Float[Tensor, "B G"], state: State) -> State:
        """Return h_t and c_t."""
        gates = self.gates(a, state)
        c = gates["f"] * state[1] + gates["i"] * gates["u"]
        return gates["o"] * self.memory(c).tanh(), c

    def kernel(self, compiled: bool) -> Kernel:
        """Return the kernel of all steps."""
        return CompiledLSTM("standard", self.eps) if compiled else LayerNormLSTMScan(self.eps)


class LayerNormGRU(LayerNormCell):
    """A GRU (reset before the matrix product) with normalized gates and candidate; blocks r, z, n.

    hidden: units; eps: added to the variances. Mentioned in Aggarwal 7.3.1 (Ba, Kiros and Hinton 2016).
    """

    blocks: ClassVar[int] = 3

    def gates(self, a: Float[Tensor, "B G"], state: State) -> dict[str, Float[Tensor, "B H"]]:
        """Return r, z and n."""
        h, units = state[0], self.hidden
        gates, v = self.weight_h[: 2 * units], self.weight_h[2 * units :]
        r, z = self.normalize(torch.addmm(a[:, : 2 * units], h, gates.t())).sigmoid().chunk(2, 1)
        n = self.normalize(torch.addmm(a[:, 2 * units :], r * h, v.t()), first=2).tanh()
        return {"r": r, "z": z, "n": n}

    def step(self, a: Float[Tensor, "B G"], state: State) -> State:
        """Return h_t."""
        gates = self.gates(a, state)
        return (torch.lerp(gates["n"], state[0], gates["z"]),)

    def kernel(self, compiled: bool) -> Kernel | None:
        """Return the kernel of all steps."""
        return None if compiled else LayerNormGRUScan(self.eps)
