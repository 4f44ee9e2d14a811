"""LeNet-5 as published in 1998.

Shapes: B images, C channels, H x W pixels, K = 10 classes.
"""

from collections.abc import Sequence
from typing import Literal

from jaxtyping import Float
from torch import Tensor, nn

from ..card import Traits
from ..layers.activations import activation as activation_named
from ..layers.chain import Chain
from ..layers.conv.connection_table import LENET5_TABLE, ConnectionTableConv2d
from ..layers.conv.subsampling import Subsampling
from ..layers.rbf import EuclideanRBF, digit_bitmaps


class LeNet5Original(Chain):
    """C1 28x28x6, S2 14x14x6, C3 10x10x16, S4 5x5x16, C5 120, F6 84, and RBF outputs for ten bitmaps of 7x12.

    Images are 32x32, or 28x28 with two pixels of zero padding on each side. The activation follows S2, S4, C5 and F6.
    The outputs are minus half the squared distances to the bitmaps, see `EuclideanRBF`; the bitmaps contain -1 and +1,
    and of the two activations only scaled_tanh can reach -1.
    Raises ValueError for other image sizes or another number of classes.
    Aggarwal 8.2.7; LeCun et al. 1998, II.B.
    """

    traits = Traits(inputs=("image",), targets=("classes",))

    def __init__(
        self,
        *,
        in_shape: Sequence[int],
        num_classes: int,
        activation: Literal["scaled_tanh", "sigmoid"] = "scaled_tanh",
    ) -> None:
        super().__init__()
        channels, height, width = in_shape
        if (height, width) not in ((28, 28), (32, 32)):
            raise ValueError(f"the original LeNet-5 needs images of 28x28 or 32x32, got {height}x{width}; try lenet5")
        if num_classes != 10:
            raise ValueError(f"the original LeNet-5 has 10 classes, the digits, got {num_classes}; try lenet5")
        self.layers = nn.Sequential(
            nn.ZeroPad2d((32 - height) // 2),
            nn.Conv2d(channels, 6, 5),
            Subsampling(channels=6),
            activation_named(activation),
            ConnectionTableConv2d(in_channels=6, table=LENET5_TABLE, kernel_size=5),
            Subsampling(channels=16),
            activation_named(activation),
            nn.Flatten(),
            nn.Linear(400, 120),
            activation_named(activation),
            nn.Linear(120, 84),
            activation_named(activation),
            EuclideanRBF(prototypes=digit_bitmaps()),
        )

    def forward(self, x: Float[Tensor, "B C H W"]) -> Float[Tensor, "B K"]:
        """Return minus half the squared distances to the bitmaps of the digits."""
        return self.layers(x)
