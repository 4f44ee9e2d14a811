"""FractalNet: deep and shallow paths without shortcuts.

Shapes: B images, C channels, H x W pixels, O outputs.
"""

from collections.abc import Sequence

import torch
from jaxtyping import Bool, Float
from torch import Tensor, nn

from ...card import Traits
from ...layers.conv.fractal import Fractal
from .network import ConvNet, averaged


class FractalNet(ConvNet):
    """Fractal blocks, each followed by 2x2 max-pooling, and a linear layer on the means of the last maps.

    channels: maps of each block; columns: of each block, the deepest path has len(channels) 2^(columns - 1)
    convolutions. drop: probability that a join leaves out a path in training (local drop-path); global_share: share
    of training steps that compute a single column of all blocks, drawn by each step (global drop-path).
    Raises ValueError for no block, a probability outside [0, 1), fewer than 1 column, and images that are too small.
    Larsson et al. 2017; Aggarwal 8.4.5, 8.8.
    """

    traits = Traits(
        inputs=("image",),
        targets=("classes", "real", "multilabel"),
        needs={"drop": (("columns", 2),), "global_share": (("columns", 2),)},
    )

    def __init__(
        self,
        *,
        in_shape: Sequence[int],
        out_features: int,
        channels: Sequence[int] = (64, 128, 256, 512),
        columns: int = 3,
        drop: float = 0.15,
        global_share: float = 0.5,
    ) -> None:
        super().__init__()
        if not channels:
            raise ValueError("channels is []; it takes the maps of each block")
        for name, value in {"drop": drop, "global_share": global_share}.items():
            if not 0 <= value < 1:
                raise ValueError(f"{name} is {value}; it must be at least 0 and below 1")
        self.columns, self.drop, self.global_share = columns, drop, global_share
        maps, *size = in_shape
        features: list[nn.Module] = []
        for more in channels:
            features += [Fractal(maps, more, columns), nn.MaxPool2d(2)]
            maps = more
        self.layers = averaged(features, maps, size, out_features)

    def forward(self, x: Float[Tensor, "B C H W"]) -> Float[Tensor, "B O"]:
        """Return the raw outputs; in training some paths are left out."""
        return self.head(self.forward_features(x))

    def forward_features(
        self, x: Float[Tensor, "B C H W"], mask: Bool[Tensor, "B"] | None = None
    ) -> Float[Tensor, "B U"]:
        """Return the means of the last maps, the input of the head."""
        column, drop = None, 0.0
        if self.training and self.global_share and torch.rand(()) < self.global_share:
            column = int(torch.randint(self.columns, ()))
        elif self.training:
            drop = self.drop
        for layer in self.layers[:-1]:
            x = layer.join(x, column, drop) if isinstance(layer, Fractal) else layer(x)
        return x
