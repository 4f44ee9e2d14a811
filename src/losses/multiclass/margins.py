"""Multiclass margins: outputs of the wrong classes minus the output of the right one. Shapes as in `losses.base`."""

import torch
from jaxtyping import Float, Int
from torch import Tensor

from ..domain import check_classes


def wrong_minus_right(output: Float[Tensor, "*n K"], target: Int[Tensor, "*n"]) -> Float[Tensor, "*n K"]:
    """Return z_r - z_c for every class r, where c is the right class; -inf at c itself.

    Raises ValueError for a target class without an output.
    """
    check_classes(target, output.shape[-1])
    right = target.unsqueeze(-1)
    return (output - output.gather(-1, right)).scatter(-1, right, -torch.inf)
