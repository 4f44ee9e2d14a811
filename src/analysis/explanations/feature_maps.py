"""Feature maps of the layers of a network.

Shapes: B images, C channels, H height, W width, D maps of h x w positions.
"""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from ...layers.conv.connection_table import ConnectionTableConv2d
from ...layers.conv.locally_connected import LocallyConnected2d
from ..layers.outputs import recorded_outputs

CONVOLUTIONS = (nn.Conv2d, ConnectionTableConv2d, LocallyConnected2d)


def convolutions(net: nn.Module) -> list[str]:
    """Return the names of the convolutions of a network, in the order in which they are defined."""
    return [name for name, layer in net.named_modules() if isinstance(layer, CONVOLUTIONS)]


@torch.no_grad()
def feature_maps(net: nn.Module, layers: Sequence[str], x: Tensor) -> dict[str, Tensor]:
    """Return the maps (B, D, h, w) of layers for inputs of a network, by name; a second call of a layer is 'name (2)'.

    Raises ValueError for an unknown layer, and for one whose outputs are not maps. Aggarwal 8.2.9.
    """
    with recorded_outputs(net, layers) as outputs:
        net(x)
    found = {}
    for name, calls in outputs.items():
        for count, output in enumerate(calls, 1):
            if output.ndim != 4:
                raise ValueError(f"layer '{name}' has outputs of shape {tuple(output.shape[1:])}, which are not maps")
            found[name if count == 1 else f"{name} ({count})"] = output
    return found
