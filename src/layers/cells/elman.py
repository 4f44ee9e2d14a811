"""Elman cell: the state is a function of the input and the previous state. Shapes as in `base`."""

from collections.abc import Callable
from functools import cache
from typing import Literal

import torch
from jaxtyping import Float
from torch import Tensor, nn

from ...errors import unknown
from ...kernels.scans import CompiledElman, Kernel
from .base import Cell, State
from .elman_scan import ElmanScan
from .scan import Job, transforms

FUNCTIONS: dict[str, Callable[[Tensor], Tensor]] = {
    "tanh": torch.tanh,
    "relu": torch.relu,
    "sigmoid": torch.sigmoid,
    "identity": nn.Identity(),
}


@cache
def elman_job(activation: str) -> Job:
    """Return the steps (a (B, T, H), h_0 (B, H), W (H, H)) -> h (B, T, H) of a cell with this activation."""

    def kernel(compiled: bool) -> Kernel:
        return CompiledElman(activation) if compiled else ElmanScan(activation)

    def steps(a: Tensor, h: Tensor, w: Tensor) -> tuple[Tensor, ...]:
        outputs = []
        for each in a.unbind(1):
            h = FUNCTIONS[activation](torch.addmm(each, h, w.t()))
            outputs.append(h)
        return (torch.stack(outputs, 1),)

    return Job(kernel, steps)


class Elman(Cell):
    """h_t = f(W_x x_t + W_h h_(t-1) + b).

    hidden: units; activation: f. Zaki-Meira 26, eq. 1; MMDS eq. 13.5; Aggarwal eq. 7.1.
    """

    def __init__(
        self,
        in_features: int,
        hidden: int = 32,
        *,
        activation: Literal["tanh", "relu", "sigmoid", "identity"] = "tanh",
    ) -> None:
        super().__init__(in_features, hidden)
        if activation not in FUNCTIONS:
            raise ValueError(str(unknown("activation", activation, FUNCTIONS)))
        self.activation = activation

    def step(self, a: Float[Tensor, "B H"], state: State) -> State:
        """Return h_t."""
        h: Tensor = FUNCTIONS[self.activation](torch.addmm(a, state[0], self.weight_h.t()))
        return (h,)

    def kernel(self, compiled: bool) -> Kernel | None:
        """Return the kernel of all steps."""
        return elman_job(self.activation).kernel(compiled)

    def forward(self, x: Float[Tensor, "B T F"], state: State) -> tuple[Float[Tensor, "B T H"], State]:
        """Run all steps, on a GPU with torch's kernel where there is one."""
        if self.activation not in ("tanh", "relu") or not x.is_cuda or transforms():
            return super().forward(x, state)
        kernel = torch.rnn_tanh if self.activation == "tanh" else torch.rnn_relu
        weights = [self.weight_x, self.weight_h, self.bias, torch.zeros_like(self.bias)]
        training = self.training or torch.is_grad_enabled()  # cuDNN has gradients in training mode only
        h, last = kernel(x, state[0][None], weights, True, 1, 0.0, training, False, True)
        return h, (last[0],)


class IRNN(Elman):
    """An Elman cell with ReLU activation whose recurrent weights are initialized to `scale` times the identity.

    W_x is initialized from N(0, 0.001^2) and b to zero, so the state initially sums its inputs. hidden: units.
    Mentioned in Aggarwal 7.9 (Le, Jaitly and Hinton 2015).
    """

    def __init__(self, in_features: int, hidden: int = 32, *, scale: float = 1.0) -> None:
        super().__init__(in_features, hidden, activation="relu")
        self.scale = scale
        nn.init.normal_(self.weight_x, 0, 0.001)
        self.adjust_init()

    @torch.no_grad()
    def adjust_init(self) -> None:
        """Set the recurrent weights and the bias."""
        nn.init.eye_(self.weight_h).mul_(self.scale)
        self.bias.zero_()
