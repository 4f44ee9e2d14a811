"""The layers of a network with their sizes, parameters, multiplications, memory and receptive fields.

Shapes: B images, C channels, H x W pixels.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod

from torch import Tensor, nn

from ...layers.activations import is_activation
from ...layers.conv.locally_connected import LocallyConnected2d
from ...layers.conv.sizes import WINDOWED, described
from .receptive_fields import Field, trace_layers

ELEMENTWISE = (nn.Dropout, nn.Dropout2d, nn.Flatten, nn.Identity)
"""Layers that are left out, besides activation functions: they can overwrite their input."""


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

    The first entry is the input. Activation functions, dropout and flattening are left out. Nothing is computed: the
    tensors have shapes, but no values, so that large networks take no time. Call `net.eval()` first.
    Aggarwal 8.2.6, 8.4.3; MMDS 13.4.
    """
    found = [LayerCost("input", "input", tuple(shape), 0, 0, None)]
    counted: set[int] = set()  # parameters, which several layers may share

    def record(name: str, layer: nn.Module, output: Tensor, field: Field | None) -> None:
        if is_listed(layer):
            own = [each for each in net.get_submodule(name).parameters(recurse=False) if id(each) not in counted]
            counted.update(map(id, own))
            sizes = sum(each.numel() for each in own), multiplications(layer, output)
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


def multiplications(layer: nn.Module, output: Tensor) -> int:
    """Return the number of products of weights and inputs: each weight once for each position of the output.

    Biases and layers without weight matrices or filters have none.
    """
    weight = getattr(layer, "weight", None)
    if not isinstance(weight, Tensor) or weight.ndim < 2:
        return 0
    positions = 1 if isinstance(layer, LocallyConnected2d) or output.ndim != 4 else output.shape[2] * output.shape[3]
    return weight.numel() * positions
