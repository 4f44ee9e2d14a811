"""A head on maps in the middle of a network."""

from torch import nn

from ..dropout import dropout_layer
from .units import Norm, check_sizes, conv_unit

SIDE = 4  # of the pooled maps


def side_head(
    in_channels: int, out_features: int, *, channels: int, hidden: int, dropout: float, norm: Norm
) -> nn.Sequential:
    """Return mean pooling to 4x4, a 1x1 convolution, a dense layer with ReLU and dropout, and a linear layer.

    channels: maps of the convolution; hidden: units of the dense layer. Maps (B, C, H, W) become outputs (B, O). Raises
    ValueError for sizes below 1 and a dropout outside [0, 1). Szegedy et al. 2015, section 5.
    """
    check_sizes({"side_channels": channels, "side_units": hidden})
    return nn.Sequential(
        nn.AdaptiveAvgPool2d(SIDE),
        *conv_unit(in_channels, channels, 1, norm=norm),
        nn.Flatten(),
        nn.Linear(channels * SIDE * SIDE, hidden),
        nn.ReLU(),
        dropout_layer(dropout, "side_dropout"),
        nn.Linear(hidden, out_features),
    )
