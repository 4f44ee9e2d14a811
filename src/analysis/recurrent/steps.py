"""Gates, states and gradients of a recurrent cell at each step.

Shapes: B sequences, T steps, F inputs, S size of a tensor of the state, H units.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping

import torch
from torch import Tensor

from ...layers.cells.base import Cell, State


def zero_state(cell: Cell, batch: int) -> State:
    """Return a state of zeros."""
    return tuple(cell.weight_h.new_zeros(batch, size) for size in cell.state_sizes)


def unroll(cell: Cell, x: Tensor, state: State | None = None) -> list[State]:
    """Return the state after each step over x (B, T, F); state: the initial state, by default zero."""
    state = state or zero_state(cell, len(x))
    found = []
    for a in cell.project(x).unbind(1):
        state = cell.step(a, state)
        found.append(state)
    return found


@torch.no_grad()
def trace(cell: Cell, x: Tensor, state: State | None = None) -> dict[str, Tensor]:
    """Return gates, candidate and tensors of the state at all steps over x (B, T, F), by name: (B, T, S) each.

    For example, an LSTM has i, f, u, o, h and c; a cell without gates has only h.
    """
    state = state or zero_state(cell, len(x))
    found = defaultdict(list)
    for a in cell.project(x).unbind(1):
        gates = cell.gates(a, state)
        state = cell.step(a, state)
        for name, value in (gates | dict(zip(cell.state_names, state, strict=True))).items():
            found[name].append(value)
    return {name: torch.stack(values, 1) for name, values in found.items()}


def gradient_norms(cells: Mapping[str, Cell], loss: Callable[[], Tensor]) -> dict[str, Tensor]:
    """Return |dL/dh_t| for all steps of the named cells, (B, T) each, in the order in which a cell reads the steps.

    loss: a function that runs a network with these cells and returns the scalar loss. A cell whose state has several
    tensors has several entries: "name h", "name c". The derivative is total: through the outputs at t and through all
    later states. Aggarwal eq. 7.5; Zaki-Meira 26, net gradients.
    """
    recorded: dict[str, list[State]] = {}

    def make_hook(name: str) -> Callable[..., tuple[Tensor, State]]:
        def run_steps(cell: Cell, args: tuple[Tensor, State], _: object) -> tuple[Tensor, State]:
            x, state = args  # if the initial state requires a gradient, all later states have one
            recorded[name] = unroll(cell, x, tuple(part.detach().requires_grad_() for part in state))
            return torch.stack([cell.output(state) for state in recorded[name]], 1), recorded[name][-1]

        return run_steps

    hooks = [cell.register_forward_hook(make_hook(name)) for name, cell in cells.items()]
    try:
        with torch.enable_grad():
            value = loss()
    finally:
        for hook in hooks:
            hook.remove()
    parts = {
        name if len(cells[name].state_names) == 1 else f"{name} {part}": [state[index] for state in steps]
        for name, steps in recorded.items()
        for index, part in enumerate(cells[name].state_names)
    }
    inputs = [tensor for tensors in parts.values() for tensor in tensors]
    grads = iter(torch.autograd.grad(value, inputs, allow_unused=True, materialize_grads=True))
    return {name: torch.stack([next(grads).double().norm(dim=1) for _ in steps], 1) for name, steps in parts.items()}
