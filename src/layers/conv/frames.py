"""Videos as images.

Shapes: B videos, T frames of H x W pixels.
"""

from jaxtyping import Float
from torch import Tensor, nn


class FramesAsDepth(nn.Module):
    """Turn the channels of an image, the frames of a grey video, into the depth of one map."""

    def forward(self, x: Float[Tensor, "B T H W"]) -> Float[Tensor, "B 1 T H W"]:
        """Return the frames as the first dimension of a map."""
        return x.unsqueeze(1)
