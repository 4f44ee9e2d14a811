"""The echo-state property: whether a recurrent cell forgets its initial state.

Shapes: T steps, F inputs.
"""

from copy import deepcopy

import torch
from torch import Tensor

from ...layers.cells.base import Cell


@torch.no_grad()
def state_distances(cell: Cell, x: Tensor, seed: int = 0) -> Tensor:
    """Return the distance between the outputs for two initial states after each step over the same x (T, F): (T,).

    The initial states are drawn from U(-1, 1) with `seed`; the computation is in float64. The distance converges to 0
    if the state depends only on the inputs. Aggarwal 7.4 introduces echo-state networks without this property (Jaeger
    2001).
    """
    cell = deepcopy(cell).double()
    generator = torch.Generator().manual_seed(seed)
    state = tuple(torch.rand(2, size, generator=generator, dtype=torch.float64) * 2 - 1 for size in cell.state_sizes)
    outputs, _ = cell(x.double().cpu().expand(2, *x.shape), state)
    one, other = outputs
    return torch.linalg.vector_norm(one - other, dim=1)
