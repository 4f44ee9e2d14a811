"""LeNet-5 in its modern form, with max-pooling.

Shapes: B images, C channels, H x W pixels, K classes.
"""

from collections.abc import Sequence

from jaxtyping import Float
from torch import Tensor, nn

from ..card import Traits
from ..layers.activations import activation as activation_named
from ..layers.chain import Chain


class LeNet5(Chain):
    """Convolution 5x5x6, max-pooling 2, convolution 5x5x16, max-pooling 2, then 120, 84 and K units; no padding.

    Feature maps of 28x28 images: 24x24x6, 12x12x6, 8x8x16, 4x4x16 = 256 features. Raises ValueError for images below
    16x16. Zaki-Meira 26, CNN example.
    """

    traits = Traits(inputs=("image",), targets=("classes",))

    def __init__(self, *, in_shape: Sequence[int], num_classes: int, activation: str = "relu") -> None:
        super().__init__()
        channels, height, width = in_shape
        if min(height, width) < 16:
            raise ValueError(f"LeNet-5 needs images of at least 16x16 pixels, got {height}x{width}")
        height, width = (((side - 4) // 2 - 4) // 2 for side in (height, width))
        self.layers = nn.Sequential(
            nn.Conv2d(channels, 6, 5),
            activation_named(activation),
            nn.MaxPool2d(2),
            nn.Conv2d(6, 16, 5),
            activation_named(activation),
            nn.MaxPool2d(2),
            nn.Flatten(),
            nn.Linear(16 * height * width, 120),
            activation_named(activation),
            nn.Linear(120, 84),
            activation_named(activation),
            nn.Linear(84, num_classes),
        )

    def forward(self, x: Float[Tensor, "B C H W"]) -> Float[Tensor, "B K"]:
        """Return the raw outputs."""
        return self.layers(x)
