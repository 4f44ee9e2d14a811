"""Long short-term memory. Shapes as in `base`."""

from collections.abc import Sequence
from typing import ClassVar, Literal

import torch
from jaxtyping import Float
from torch import Tensor

from ...errors import unknown
from ...kernels.scans import CompiledLSTM, Kernel
from .base import Cell, State
from .lstm_scan import LSTMScan
from .scan import transforms

OUTPUTS = {
    "standard": lambda o, c: o * c.tanh(),
    "inner": lambda o, c: (c * o).tanh(),
    "linear": lambda o, c: o * c,
}


def expand_to_units(values: float | Sequence[float], units: int) -> Float[Tensor, "H"]:
    """Return a value for each unit: the same for all, or one value for each of several groups of equal size."""
    listed = list(values) if isinstance(values, Sequence) else [values]
    if not 1 <= len(listed) <= units:
        raise ValueError(f"biases {listed} has {len(listed)} values for {units} units; it must have 1 to {units}")
    group = torch.arange(units) * len(listed) // units
    return torch.tensor(listed, dtype=torch.get_default_dtype())[group]


def in_bf16(x: Tensor) -> bool:
    """Return whether an operation on x runs in bfloat16 on the CPU."""
    if not x.is_cpu:
        return False
    autocast = torch.is_autocast_enabled("cpu") and torch.get_autocast_dtype("cpu") == torch.bfloat16
    return autocast or x.dtype == torch.bfloat16


def has_bf16_kernel() -> bool:
    """Return whether torch has a bfloat16 LSTM kernel for this processor; oneDNN has none without AVX-512."""
    return not torch.backends.mkldnn.is_available() or bool(torch.ops.mkldnn._is_mkldnn_bf16_supported())


class LSTM(Cell):
    """Cell state c_t = f c_(t-1) + i u and hidden state h_t = o tanh(c_t); the state is (h, c).

    Gates i, f, o = sigmoid(W x_t + U h_(t-1) + b) and candidate u = tanh(...) of the same form; blocks in torch's order
    i, f, u, o. hidden: units; output: "standard" for h = o tanh(c), "inner" for h = tanh(c o) (printed in MMDS 13.5.3),
    "linear" for h = o c (Aggarwal 7.5); forget_bias, input_bias: added to the initial biases of gates f and i, where a
    list has one number for each of several groups of units of equal size.
    Raises ValueError for more numbers than units. Zaki-Meira 26, eq. 7-9; Aggarwal 7.5.
    """

    blocks: ClassVar[int] = 4
    state_names: ClassVar[tuple[str, ...]] = ("h", "c")
    initial_biases: Tensor

    def __init__(
        self,
        in_features: int,
        hidden: int = 32,
        *,
        output: Literal["standard", "inner", "linear"] = "standard",
        forget_bias: float | Sequence[float] = 0.0,
        input_bias: float | Sequence[float] = 0.0,
    ) -> None:
        super().__init__(in_features, hidden)
        if output not in OUTPUTS:
            raise ValueError(str(unknown("output", output, OUTPUTS)))
        self.read = output
        self.register_buffer(
            "initial_biases",
            torch.cat([expand_to_units(b, hidden) for b in (input_bias, forget_bias)]),
            persistent=False,
        )
        self.adjust_init()

    @property
    def state_sizes(self) -> tuple[int, ...]:
        """Sizes of h and c."""
        return self.hidden, self.hidden

    @torch.no_grad()
    def adjust_init(self) -> None:
        """Add input_bias and forget_bias to the biases of gates i and f."""
        self.bias[: 2 * self.hidden] += self.initial_biases

    def gates(self, a: Float[Tensor, "B G"], state: State) -> dict[str, Float[Tensor, "B H"]]:
        """Return i, f, u and o."""
        i, f, u, o = torch.addmm(a, state[0], self.weight_h.t()).chunk(4, 1)
        return {"i": i.sigmoid(), "f": f.sigmoid(), "u": u.tanh(), "o": o.sigmoid()}

    def step(self, a: Float[Tensor, "B G"], state: State) -> State:
        """Return h_t and c_t."""
        gates = self.gates(a, state)
        c = gates["f"] * state[1] + gates["i"] * gates["u"]
        return OUTPUTS[self.read](gates["o"], c), c

    def forward(self, x: Float[Tensor, "B T F"], state: State) -> tuple[Float[Tensor, "B T H"], State]:
        """Run all steps: with torch's kernel for output="standard"."""
        if self.read != "standard" or transforms():
            return super().forward(x, state)
        parts = [x, *state, self.weight_x, self.weight_h, self.bias]
        if not in_bf16(x) or has_bf16_kernel():
            return self.run_kernel(*parts)
        with torch.autocast("cpu", enabled=False):
            h, last = self.run_kernel(*(part.float() for part in parts))
        return h.to(x.dtype), tuple(part.to(x.dtype) for part in last)

    def run_kernel(
        self, x: Tensor, h: Tensor, c: Tensor, weight_x: Tensor, weight_h: Tensor, bias: Tensor
    ) -> tuple[Tensor, State]:
        """Run all steps with torch's kernel."""
        weights = [weight_x, weight_h, bias, torch.zeros_like(bias)]
        training = self.training or torch.is_grad_enabled()  # cuDNN has gradients in training mode only
        out, *last = torch.lstm(x, [h[None], c[None]], weights, True, 1, 0.0, training, False, True)
        return out, tuple(part[0] for part in last)

    def kernel(self, compiled: bool) -> Kernel | None:
        """Return the kernel of all steps."""
        if compiled:
            return CompiledLSTM(self.read)
        return None if self.read == "standard" else LSTMScan(squash=self.read == "inner")
