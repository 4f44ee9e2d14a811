"""Recurrent layers whose loop over the steps stays a loop in an exported graph, for sequences of any length.

Recording a Python loop gives a graph for one length. Shapes: B sequences, T steps, F features, W outputs of a step.
"""

from types import MethodType

import torch
from torch import Tensor, nn

from ...layers.cells.base import Cell, State


def scan_steps(cell: Cell, x: Tensor, state: State) -> tuple[Tensor, State]:
    """Return the outputs (B, T, W) and the last state, as `Cell.forward`, by torch's scan, which ONNX has as Scan."""
    from torch._higher_order_ops.scan import scan

    if isinstance(x.shape[1], int) and x.shape[1] == 1:  # as in a decoder; a varying length is a symbol
        after = cell.step(cell.project(x)[:, 0], state)
        return cell.output(after).unsqueeze(1), after

    def step(before: list[Tensor], a: Tensor) -> tuple[list[Tensor], Tensor]:
        after = cell.step(a, tuple(before))
        return [part.clone() for part in after], cell.output(after).clone()  # scan refuses results that share memory

    last, outputs = scan(step, list(state), cell.project(x).transpose(0, 1))
    return outputs.transpose(0, 1), tuple(last)


class Step(nn.Module):
    """A step of a cell; the tensors of the state are one tensor (B, sum of their sizes)."""

    def __init__(self, cell: Cell) -> None:
        super().__init__()
        self.cell = cell

    def forward(self, a: Tensor, state: Tensor) -> tuple[Tensor, Tensor]:
        """Return the output and the state after the step."""
        after = self.cell.step(a, tuple(state.split(self.cell.state_sizes, 1)))
        return self.cell.output(after), torch.cat(after, 1)


class Steps(nn.Module):
    """The loop over the steps, in the part of Python that TorchScript compiles."""

    def __init__(self, step: nn.Module) -> None:
        super().__init__()
        self.step = step

    def forward(self, a: Tensor, state: Tensor) -> tuple[Tensor, Tensor]:
        """Return the outputs (B, T, W) and the last state; a: (B, T, G)."""
        outputs: list[Tensor] = []
        for t in range(a.size(1)):
            output, state = self.step(a[:, t], state)
            outputs.append(output)
        return torch.stack(outputs, 1), state


def script_steps(cell: Cell, x: Tensor, state: State) -> tuple[Tensor, State]:
    """Return the outputs (B, T, W) and the last state, as `Cell.forward`, by the compiled loop of the cell."""
    outputs, last = cell.steps(cell.project(x), torch.cat(state, 1))  # type: ignore[operator]
    return outputs, tuple(last.split(cell.state_sizes, 1))


def use_scan(net: nn.Module) -> None:
    """Let all recurrent cells of a network run by `scan_steps`."""
    for cell in cells(net):
        cell.forward = MethodType(scan_steps, cell)  # type: ignore[method-assign]


def use_script(net: nn.Module) -> None:
    """Let all recurrent cells of a network run by `script_steps`."""
    for cell in cells(net):
        a, state = cell.project(torch.zeros(2, cell.in_features)), torch.zeros(2, sum(cell.state_sizes))
        step = torch.jit.trace(Step(cell), (a, state), check_trace=False)
        cell.steps = torch.jit.script(Steps(step))
        cell.forward = MethodType(script_steps, cell)  # type: ignore[method-assign]


def cells(net: nn.Module) -> list[Cell]:
    """Return the recurrent cells of a network."""
    return [module for module in net.modules() if isinstance(module, Cell)]
