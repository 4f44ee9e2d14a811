"""Base class of recurrent cells.

Shapes: B sequences, T steps, F input features per step, H units, W outputs per step, G rows of the weights: H for each
block of pre-activations (a gate or a candidate).
"""

from abc import ABC, abstractmethod
from operator import attrgetter
from typing import ClassVar

import torch
from jaxtyping import Float
from torch import Tensor, nn

from ...kernels.scans import Kernel
from ..linear.tall import tall_linear
from .scan import Job, scan

State = tuple[Tensor, ...]


class Cell(nn.Module, ABC):
    """A recurrent layer defined by its step: (input part of the pre-activations, previous state) -> state.

    The state is a tuple of tensors (B, size) with sizes `state_sizes` and names `state_names`; `output` selects the
    output from it, by default the first tensor. The input part of the pre-activations is weight_x x + bias. weight_x
    (G, F), bias (G) and the recurrent weights weight_h (G, H) consist of `blocks` blocks with H rows each; they are
    initialized from U(-1/sqrt(H), 1/sqrt(H)), as in torch. `step_parameters`: names of the parameters that a step uses,
    in the order of the inputs of the kernels.
    Raises ValueError for fewer than 1 unit.
    """

    blocks: ClassVar[int] = 1
    state_names: ClassVar[tuple[str, ...]] = ("h",)
    step_parameters: ClassVar[tuple[str, ...]] = ("weight_h",)

    def __init__(self, in_features: int, hidden: int = 32) -> None:
        super().__init__()
        if hidden < 1:
            raise ValueError(f"hidden is {hidden}; it must be at least 1")
        self.in_features = in_features
        self.hidden = hidden
        rows = self.blocks * hidden
        self.weight_x = nn.Parameter(torch.empty(rows, in_features))
        self.weight_h = nn.Parameter(torch.empty(rows, hidden))
        self.bias = nn.Parameter(torch.empty(rows))
        for parameter in self.parameters():
            nn.init.uniform_(parameter, -(hidden**-0.5), hidden**-0.5)

    @property
    def state_sizes(self) -> tuple[int, ...]:
        """Sizes of the tensors of the state."""
        return (self.hidden,)

    @property
    def output_size(self) -> int:
        """W, the size of the output of a step."""
        return self.hidden

    def output(self, state: State) -> Float[Tensor, "B W"]:
        """Return the output for a state."""
        return state[0]

    def adjust_init(self) -> None:
        """Adjust newly initialized weights, for example by adding a forget bias; called after any initialization."""
        return

    def project(self, x: Float[Tensor, "*n F"]) -> Float[Tensor, "*n G"]:
        """Return the input part of the pre-activations."""
        return tall_linear(x, self.weight_x, self.bias)

    def gates(self, a: Float[Tensor, "B G"], state: State) -> dict[str, Float[Tensor, "B H"]]:
        """Return the gates and the candidate of a step by name, in the order of their blocks; {} if there are none."""
        return {}

    @abstractmethod
    def step(self, a: Float[Tensor, "B G"], state: State) -> State:
        """Return the state after a step; a: the input part of the pre-activations."""

    def kernel(self, compiled: bool) -> Kernel | None:
        """Return a kernel that runs all steps, compiled or of torch operations, None if there is none."""
        return None

    def forward(self, x: Float[Tensor, "B T F"], state: State) -> tuple[Float[Tensor, "B T W"], State]:
        """Return the outputs of all steps and the last state; the steps are one autograd node where possible."""
        parameters = [attrgetter(name)(self) for name in self.step_parameters]
        h, *rest = scan(Job(self.kernel, self.stepwise), self.project(x), state, parameters)
        return h, (h[:, -1], *rest)

    def run_steps(self, a: Float[Tensor, "B T G"], state: State) -> tuple[Float[Tensor, "B T W"], State]:
        """Run the steps one after the other."""
        outputs = []
        for each in a.unbind(1):
            state = self.step(each, state)
            outputs.append(self.output(state))
        return torch.stack(outputs, 1), state

    def stepwise(self, a: Float[Tensor, "B T G"], *given: Tensor) -> tuple[Tensor, ...]:
        """Return what a kernel does, step by step; given: the initial state and the parameters of the steps."""
        count = len(self.state_sizes)
        weights = {f"cell.{name}": w for name, w in zip(self.step_parameters, given[count:], strict=True)}
        found: tuple[Tensor, State] = torch.func.functional_call(Steps(self), weights, (a, given[:count]))
        return found[0], *found[1][1:]

    def extra_repr(self) -> str:
        """Return the sizes for `repr`."""
        return f"{self.in_features}, {self.hidden}"


class Steps(nn.Module):
    """The steps of a cell as a module, so that they can be called with other parameters."""

    def __init__(self, cell: Cell) -> None:
        super().__init__()
        self.cell = cell

    def forward(self, a: Float[Tensor, "B T G"], state: State) -> tuple[Float[Tensor, "B T W"], State]:
        """Run the steps one after the other."""
        return self.cell.run_steps(a, state)
