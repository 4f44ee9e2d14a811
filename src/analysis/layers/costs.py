"""The layers of a network with their sizes, parameters, multiplications, memory and receptive fields.

Shapes: B images, C channels, H x W pixels.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod
from typing import Any

from torch import Tensor, nn

from ...layers.activations import is_activation
from ...layers.cells.base import Cell
from ...layers.conv.locally_connected import LocallyConnected2d
from ...layers.conv.sizes import WINDOWED, described
from ...layers.linear.factors import MixtureLinear
from ...layers.linear.positive import PositiveLinear
from .receptive_fields import Field, trace_layers

ELEMENTWISE = (nn.Dropout, nn.Dropout2d, nn.Flatten, nn.Identity)
"""Layers that are left out, besides activation functions: they can overwrite their input."""


OF_MATRICES = (nn.Linear, PositiveLinear, MixtureLinear)
"""Layers that multiply an input, or each step of a sequence, by a matrix, whatever the name of its parameter."""


@dataclass(frozen=True)
class LayerCost:
    """A call of a layer for one input.

    shape: of the output; parameters: 0 in a second call; multiplications: of weights and inputs; field: the receptive
    field, None unless the input is an image.
    """

    name: str
    kind: str
    shape: tuple[int, ...]
    parameters: int
    multiplications: int
    field: Field | None

    @property
    def values(self) -> int:
        """The number of values of the output."""
        return prod(self.shape)


def layer_costs(net: nn.Module, shape: Sequence[int]) -> list[LayerCost]:
    """Return the layers of a network in the order in which they are called for one input of a shape.

    The first entry is the input. Activation functions, dropout and flattening are left out, and a
    recurrent cell is one layer. Nothing is computed: the
    tensors have shapes, but no values, so that large networks take no time. Call `net.eval()` first.
    Aggarwal 8.2.6, 8.4.3; MMDS 13.4.
    """
    found = [LayerCost("input", "input", tuple(shape), 0, 0, None)]
    counted: set[int] = set()  # parameters, which several layers may share
    cells = tuple(f"{name}." for name, layer in net.named_modules() if isinstance(layer, Cell))

    def record(name: str, layer: nn.Module, inputs: tuple[Any, ...], output: Tensor, field: Field | None) -> None:
        if is_listed(layer) and not name.startswith(cells):  # a cell calls its layers in each step
            inside = net.get_submodule(name).parameters(recurse=isinstance(layer, Cell))
            own = [each for each in inside if id(each) not in counted]
            counted.update(map(id, own))
            sizes = sum(each.numel() for each in own), multiplications(layer, inputs, output)
            found.append(LayerCost(name, kind_of(layer), tuple(output.shape[1:]), *sizes, field))

    trace_layers(net, shape, record)
    return found


def is_listed(layer: nn.Module) -> bool:
    """Return whether a layer is listed: those with parameters of their own, and those without further layers."""
    if any(True for _ in layer.parameters(recurse=False)):
        return True
    is_leaf = not any(True for _ in layer.children())
    return is_leaf and not is_activation(layer) and not isinstance(layer, ELEMENTWISE)


def kind_of(layer: nn.Module) -> str:
    """Return what a layer is, in words: 'convolution 3x3 / 2' with stride 2."""
    if isinstance(layer, WINDOWED):
        stride = layer.stride if isinstance(layer.stride, tuple) else (layer.stride,)
        default = layer.kernel_size if not isinstance(layer, nn.Conv2d) else 1
        return described(layer) + ("" if layer.stride in (default, (1, 1)) else f" / {stride[0]}")
    return "dense" if type(layer) is nn.Linear else type(layer).__name__


def multiplications(layer: nn.Module, inputs: tuple[Any, ...], output: Tensor) -> int:
    """Return the number of products of weights and inputs: each weight once for each position of the output.

    The positions are those of maps or the steps of a sequence, of a transposed convolution those of its input. Biases
    and layers without weight matrices or filters have none.
    """
    weights = layer.parameters() if isinstance(layer, (Cell, *OF_MATRICES)) else [getattr(layer, "weight", None)]
    count = sum(each.numel() for each in weights if isinstance(each, Tensor) and each.ndim >= 2)
    return count * positions(layer, inputs, output) if count else 0


def positions(layer: nn.Module, inputs: tuple[Any, ...], output: Tensor) -> int:
    """Return how often a layer uses each weight for one input."""
    if isinstance(layer, LocallyConnected2d):
        return 1
    if isinstance(layer, (Cell, *OF_MATRICES)):  # (B, ..., F)
        return prod(output.shape[1:-1])
    return prod((inputs[0] if isinstance(layer, nn.ConvTranspose2d) else output).shape[2:]) if output.ndim == 4 else 1
