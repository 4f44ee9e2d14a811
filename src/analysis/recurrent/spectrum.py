"""Spectra of recurrent weights and Jacobians, which determine whether gradients vanish or explode.

Shapes: T steps, F inputs, H units, S size of the whole state.
"""

from copy import deepcopy

import torch
from torch import Tensor

from ...layers.cells.base import Cell, State
from .steps import zero_state


def spectral_radius(matrix: Tensor) -> float:
    """Return the magnitude of the largest eigenvalue."""
    return float(torch.linalg.eigvals(matrix.detach().double()).abs().max())


@torch.no_grad()
def eigenvalues(cell: Cell) -> dict[str, Tensor]:
    """Return the eigenvalues (H,) of each block of the recurrent weights, by the name of the gate or candidate."""
    blocks = cell.weight_h.double().unflatten(0, (cell.blocks, cell.hidden))
    state = zero_state(cell, 1)
    names = [*cell.gates(cell.project(cell.weight_x.new_zeros(1, cell.in_features)), state)] or ["h"]
    return dict(zip(names, torch.linalg.eigvals(blocks), strict=True))


def power_magnitudes(matrix: Tensor, steps: int) -> Tensor:
    """Return the largest absolute entry of A^t for t = 0 to `steps`: (steps + 1,).

    It converges to 0 for a spectral radius below 1 and diverges above 1. Aggarwal, lemma 7.3.1.
    """
    power, found = torch.eye(len(matrix), dtype=torch.float64), []
    for _ in range(steps + 1):
        found.append(power.abs().max())
        power = matrix.detach().double() @ power
    return torch.stack(found)


def step_jacobians(cell: Cell, x: Tensor, state: State | None = None) -> Tensor:
    """Return the Jacobians ds_t/ds_(t-1) of the whole state s along one sequence x (T, F): (T, S, S), in float64.

    state: initial state of tensors (1, size), by default zero. For an LSTM s is the concatenation of h and c.
    """
    cell = deepcopy(cell).double().requires_grad_(False)
    state = zero_state(cell, 1) if state is None else tuple(part.double() for part in state)
    s = torch.cat(state, 1)
    found: list[Tensor] = []
    size = s.shape[1]
    for a in cell.project(x.double()).split(1):
        rows = s.detach().repeat(size, 1).requires_grad_()  # one copy of the state for each component of the next state
        with torch.enable_grad():
            after = torch.cat(cell.step(a.expand(size, -1), rows.split(cell.state_sizes, 1)), 1)
            found += torch.autograd.grad(after.diagonal().sum(), rows)
        s = after[:1]
    return torch.stack(found)


def jacobian_products(jacobians: Tensor) -> Tensor:
    """Return ds_T/ds_t for t = 0 to T from the Jacobians of the steps (T, S, S): (T + 1, S, S); the last one is I."""
    found = [torch.eye(jacobians.shape[-1]).to(jacobians)]
    for jacobian in jacobians.flip(0):
        found.append(found[-1] @ jacobian)
    return torch.stack(found[::-1])


def jacobian_norms(cell: Cell, x: Tensor, state: State | None = None) -> Tensor:
    """Return the spectral norms of ds_T/ds_t for t = 0 to T along one sequence x (T, F): (T + 1,).

    It bounds the growth of a gradient from step T to step t. Aggarwal 7.3; Zaki-Meira 26; MMDS eq. 13.9.
    """
    return torch.linalg.matrix_norm(jacobian_products(step_jacobians(cell, x, state)), ord=2)
