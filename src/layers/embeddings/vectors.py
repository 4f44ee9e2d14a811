"""Vectors of tokens from the input and output layer of a network.

Shapes: V tokens, K outputs, F features.
"""

from typing import get_args

import torch
from jaxtyping import Float
from torch import Tensor

from ...card import VectorKind
from ...errors import UserError, unknown


def choose_vectors(which: str, inputs: Float[Tensor, "V F"], outputs: Float[Tensor, "K F"]) -> Float[Tensor, "V G"]:
    """Return the vectors of the input or the output layer, their sum, or both concatenated. Aggarwal 2.6.1 and 2.6.2.

    Raises UserError for another choice, and for vectors of outputs that are not those of the inputs.
    """
    if which not in get_args(VectorKind):
        raise unknown("vectors", which, get_args(VectorKind))
    if which == "input":
        return inputs
    if len(inputs) != len(outputs):
        raise UserError(
            f"vectors={which} needs an output for each input; there are {len(outputs)} outputs and {len(inputs)} inputs"
        )
    if which == "output":
        return outputs
    return inputs + outputs if which == "sum" else torch.cat([inputs, outputs], 1)
