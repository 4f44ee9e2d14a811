"""How far the wrong classes are ahead of the right one. Shapes as in `losses.base`."""

import torch
from jaxtyping import Float, Int
from torch import Tensor

from ..domain import check_classes


def leads(output: Float[Tensor, "*n K"], target: Int[Tensor, "*n"]) -> Float[Tensor, "*n K"]:
    """Return z_r - z_c for every class r, c the right one; -inf for c itself.

    Raises ValueError for a class without an output.
    """
    check_classes(target, output.shape[-1])
    right = target.unsqueeze(-1)
    return (output - output.gather(-1, right)).scatter(-1, right, -torch.inf)
