"""Base class of convolutional networks for images.

Shapes: B images, C channels, H x W pixels, O outputs.
"""

from collections.abc import Sequence

from jaxtyping import Float
from torch import Tensor, nn

from ...card import Traits
from ...layers.chain import Chain
from ...layers.conv.sizes import size_after
from ...layers.dropout import dropout_layer


class ConvNet(Chain):
    """A `Sequential` of layers of maps and a head, whose last layer gives the outputs."""

    traits = Traits(inputs=("image",), targets=("classes", "real", "multilabel"))

    def forward(self, x: Float[Tensor, "B C H W"]) -> Float[Tensor, "B O"]:
        """Return the raw outputs."""
        return self.layers(x)


def averaged(features: Sequence[nn.Module], channels: int, size: Sequence[int], out_features: int) -> nn.Sequential:
    """Return layers of maps followed by the mean of each map and a linear layer. Aggarwal 8.2.6.

    size: height and width of the images. Raises ValueError for images that are too small.
    """
    size_after(nn.Sequential(*features), size)
    return nn.Sequential(*features, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(channels, out_features))


def dense(
    features: Sequence[nn.Module],
    channels: int,
    size: Sequence[int],
    hidden: Sequence[int],
    out_features: int,
    dropout: float,
) -> nn.Sequential:
    """Return layers of maps followed by dense layers with ReLU and dropout, and a linear layer. Aggarwal 8.2.6.

    size: height and width of the images; hidden: units of each dense layer. Raises ValueError for images that are too
    small, a layer without units, and a dropout outside [0, 1).
    """
    height, width = size_after(nn.Sequential(*features), size)
    layers, inputs = [*features, nn.Flatten()], channels * height * width
    for units in hidden:
        if units < 1:
            raise ValueError(f"dense_units is {[*hidden]}; each layer needs at least 1 unit")
        layers += [nn.Linear(inputs, units), nn.ReLU(), *([dropout_layer(dropout)] if dropout else [])]
        inputs = units
    return nn.Sequential(*layers, nn.Linear(inputs, out_features))
