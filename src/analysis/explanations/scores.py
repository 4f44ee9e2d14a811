"""Scores that are explained: of a class, of an output, or of a hidden unit.

Shapes: B examples, K classes, U units of a layer, h x w positions of a map; "..." one input.
"""

from collections.abc import Callable
from typing import NamedTuple

from torch import Tensor, nn

from ..layers.outputs import only_output, recorded_outputs
from ..layers.saliency import scores

Function = Callable[[Tensor], Tensor]

Score = Callable[[Tensor], Tensor]
"""A function of inputs (B, ...) that returns a number for each, (B,)."""


class Peaks(NamedTuple):
    """The largest value of each unit for each input, and its position in the map of the unit: (B, U) each."""

    values: Tensor
    rows: Tensor
    columns: Tensor


def class_score(net: nn.Module, classes: Tensor) -> Score:
    """Return the score of class k of each input, before a softmax; classes: k, (B,).

    A single output is the score of class 1, and its negative that of class 0.
    """
    return lambda x: scores(net, x).gather(1, classes.unsqueeze(1)).squeeze(1)


def output_score(net: nn.Module, outputs: Tensor) -> Score:
    """Return output k of each input; outputs: k, (B,)."""
    return lambda x: net(x).gather(1, outputs.unsqueeze(1)).squeeze(1)


def unit_score(net: nn.Module, layer: str, unit: int) -> Score:
    """Return the output of a hidden unit, of a map its largest value.

    layer: name as in `net.named_modules()`, of a layer with outputs (B, U) or maps (B, U, h, w); unit: from 0. The
    score raises ValueError for another layer or unit.
    """
    output = layer_output(net, layer)

    def score(x: Tensor) -> Tensor:
        maps = as_maps(output(x), layer)
        if not 0 <= unit < maps.shape[1]:
            raise ValueError(f"unit is {unit}; layer '{layer}' has units 0 to {maps.shape[1] - 1}")
        return maps[:, unit].flatten(1).max(1).values

    return score


def unit_peaks(maps: Tensor) -> Peaks:
    """Return the largest value of each unit in its map (B, U, h, w)."""
    values, places = maps.flatten(2).max(2)
    return Peaks(values, places // maps.shape[3], places % maps.shape[3])


def layer_output(net: nn.Module, layer: str) -> Function:
    """Return the output (B, ...) of a layer as a function of the input of the network.

    The function raises ValueError if the layer is not called exactly once, or does not exist.
    """

    def output(x: Tensor) -> Tensor:
        with recorded_outputs(net, [layer]) as outputs:
            net(x)
        return only_output(outputs, layer)

    return output


def as_maps(output: Tensor, layer: str) -> Tensor:
    """Return the outputs of a layer as maps (B, U, h, w), 1x1 for those of dense layers. Raises ValueError."""
    if output.ndim not in (2, 4):
        raise ValueError(f"layer '{layer}' has outputs of shape {tuple(output.shape[1:])}; a unit is in a row or a map")
    return output if output.ndim == 4 else output[..., None, None]
