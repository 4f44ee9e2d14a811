"""A recurrent cell, step by step.

Shapes: B sequences, T steps, F inputs, S size of a part of a state, H units.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping

import torch
from torch import Tensor

from ...layers.cells.base import Cell, State


def zero_state(cell: Cell, batch: int) -> State:
    """Return the state of zeros."""
    return tuple(cell.weight_h.new_zeros(batch, size) for size in cell.state_sizes)


def states(cell: Cell, x: Tensor, state: State | None = None) -> list[State]:
    """Return the states after each step over x (B, T, F), by default from zero."""
    state = state or zero_state(cell, len(x))
    found = []
    for a in cell.project(x).unbind(1):
        state = cell.step(a, state)
        found.append(state)
    return found


@torch.no_grad()
def trace(cell: Cell, x: Tensor, state: State | None = None) -> dict[str, Tensor]:
    """Return gates, candidate and parts of the state at all steps over x (B, T, F), by name: (B, T, S) each.

    An LSTM has i, f, u, o, h and c; whatever has no gates has h alone.
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
    """Return |dL/dh_t| for all steps of the named cells, (B, T) each, in the order in which the cell reads.

    loss: runs a network that holds the cells and returns the loss, one number. A cell whose state has more parts has
    more entries: "name h", "name c". The derivative is total: by way of the outputs at t and of all later states.
    Aggarwal eq. 7.5; Zaki-Meira 26, net gradients.
    """
    seen: dict[str, list[State]] = {}

    def watch(name: str) -> Callable[..., tuple[Tensor, State]]:
        def step_by_step(cell: Cell, given: tuple[Tensor, State], _: object) -> tuple[Tensor, State]:
            x, state = given  # a state that wants its gradient makes all later ones do so
            seen[name] = states(cell, x, tuple(part.detach().requires_grad_() for part in state))
            return torch.stack([cell.output(state) for state in seen[name]], 1), seen[name][-1]

        return step_by_step

    hooks = [cell.register_forward_hook(watch(name)) for name, cell in cells.items()]
    try:
        with torch.enable_grad():
            value = loss()
    finally:
        for hook in hooks:
            hook.remove()
    parts = {
        name if len(cells[name].state_names) == 1 else f"{name} {part}": [state[place] for state in steps]
        for name, steps in seen.items()
        for place, part in enumerate(cells[name].state_names)
    }
    wanted = [tensor for tensors in parts.values() for tensor in tensors]
    found = iter(torch.autograd.grad(value, wanted, allow_unused=True, materialize_grads=True))
    return {name: torch.stack([next(found).double().norm(dim=1) for _ in steps], 1) for name, steps in parts.items()}
