"""Whether a recurrent cell forgets where it began: the echo-state property.

Shapes: T steps, F inputs, S size of a part of a state.
"""

from copy import deepcopy

import torch
from torch import Tensor

from ...layers.cells.base import Cell


@torch.no_grad()
def forgetting(cell: Cell, x: Tensor, seed: int = 0) -> Tensor:
    """Return the distance between the outputs of two runs over the same x (T, F) after each step: (T,).

    The runs start at two states drawn from U(-1, 1) by `seed`; everything is in float64. It goes to 0 for a network
    whose state echoes its inputs alone. Aggarwal 7.4 names the property by its networks only (Jaeger 2001).
    """
    cell = deepcopy(cell).double()
    generator = torch.Generator().manual_seed(seed)
    state = tuple(torch.rand(2, size, generator=generator, dtype=torch.float64) * 2 - 1 for size in cell.state_sizes)
    outputs, _ = cell(x.double().cpu().expand(2, *x.shape), state)
    one, other = outputs
    return torch.linalg.vector_norm(one - other, dim=1)
