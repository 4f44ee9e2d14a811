"""GoogLeNet with side heads, which give outputs from maps in the middle of the network.

Shapes: B images, C channels, H x W pixels, O outputs.
"""

from collections.abc import Callable, Sequence
from typing import Literal

from jaxtyping import Float
from torch import Tensor, nn

from ...layers.conv.inception import Inception
from ...layers.conv.side_head import side_head
from ..components import check_component
from .googlenet import GoogLeNet
from .network import ConvNet


class SideHeadNet(ConvNet):
    """A GoogLeNet with further heads after some of its inception modules; `task=side_heads` trains them.

    The output is that of the GoogLeNet. The side heads pass gradients to early layers in training.
    network: a function of in_shape and out_features that makes a GoogLeNet; after: numbers of the inception modules,
    from 1; side_channels: maps of the 1x1 convolution of a side head; side_units: units of its dense layer;
    side_dropout: before its last layer; side_norm: of its convolution.
    Raises ValueError for no number, numbers that are not ascending or of no module, sizes below 1, a dropout outside
    [0, 1), and as the network does.
    Szegedy et al. 2015, section 5; Aggarwal 8.4.4, footnote 6.
    """

    def __init__(
        self,
        *,
        in_shape: Sequence[int],
        out_features: int,
        network: Callable[..., GoogLeNet],
        after: Sequence[int] = (3, 6),
        side_channels: int = 128,
        side_units: int = 1024,
        side_dropout: float = 0.7,
        side_norm: Literal["batch", "none"] = "none",
    ) -> None:
        super().__init__()
        check_component("network", network, GoogLeNet, "nnzoo.models.convolutional.googlenet.GoogLeNet")
        self.layers = network(in_shape=in_shape, out_features=out_features).layers
        modules = [place for place, layer in enumerate(self.layers) if isinstance(layer, Inception)]
        if not after or [*after] != sorted({*after} & {*range(1, len(modules) + 1)}):
            raise ValueError(f"after is {[*after]}; it takes ascending numbers of modules from 1 to {len(modules)}")
        self.places = [modules[number - 1] for number in after]
        self.side_heads = nn.ModuleList(
            side_head(
                self.layers[place].out_channels,  # type: ignore[arg-type]
                out_features,
                channels=side_channels,
                hidden=side_units,
                dropout=side_dropout,
                norm=side_norm,
            )
            for place in self.places
        )

    def with_side_outputs(self, x: Float[Tensor, "B C H W"]) -> tuple[Float[Tensor, "B O"], list[Tensor]]:
        """Return the raw outputs, and those of each side head (B, O)."""
        sides = []
        heads = dict(zip(self.places, self.side_heads, strict=True))
        for place, layer in enumerate(self.layers):
            x = layer(x)
            if place in heads:
                sides.append(heads[place](x))
        return x, sides
