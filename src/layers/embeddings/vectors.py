"""Vectors of tokens from the input and output layer of a network.

Shapes: V tokens, K outputs, F features; N tokens or outputs, G features of the result.
"""

from typing import get_args

import torch
from jaxtyping import Float
from torch import Tensor

from ...card import VectorKind
from ...errors import UserError, unknown


def choose_vectors(which: str, inputs: Float[Tensor, "V F"], outputs: Float[Tensor, "K F"]) -> Float[Tensor, "N G"]:
    """Return the vectors of the input or the output layer, their sum, or both concatenated. Aggarwal 2.6.1 and 2.6.2.

    Raises UserError for another choice, and for sum and both if there is not one output for each input.
    """
    if which not in get_args(VectorKind):
        raise unknown("vectors", which, get_args(VectorKind))
    if which in ("input", "output"):
        return inputs if which == "input" else outputs
    if len(inputs) != len(outputs):
        raise UserError(
            f"vectors={which} needs an output for each input; there are {len(outputs)} outputs and {len(inputs)} inputs"
        )
    return inputs + outputs if which == "sum" else torch.cat([inputs, outputs], 1)
