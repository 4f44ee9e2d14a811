"""Luminance, hue, saturation and value of colors, as in torchvision.

Shapes: B images, C channels (3: red, green, blue, or hue, saturation, value, all in [0, 1]), H height, W width.
"""

import torch
from jaxtyping import Float
from torch import Tensor

LUMINANCE = (0.2989, 0.587, 0.114)  # of red, green and blue, ITU-R BT.601


def luminance(x: Float[Tensor, "B C H W"]) -> Float[Tensor, "B 1 H W"]:
    """Return the luminance of RGB images; grey images (C=1) unchanged."""
    if x.shape[1] == 1:
        return x
    red, green, blue = x.split(1, 1)
    return LUMINANCE[0] * red + LUMINANCE[1] * green + LUMINANCE[2] * blue


def rgb_to_hsv(x: Float[Tensor, "B 3 H W"]) -> Float[Tensor, "B 3 H W"]:
    """Return hue, saturation and value of RGB images. The hue of grey is 0."""
    red, green, blue = x.split(1, 1)
    value = x.amax(1, keepdim=True)
    chroma = value - x.amin(1, keepdim=True)
    safe = chroma.where(chroma > 0, 1)
    sextant = torch.where(
        value == red,
        (green - blue) / safe,
        torch.where(value == green, 2 + (blue - red) / safe, 4 + (red - green) / safe),
    )
    return torch.cat([sextant / 6 % 1, chroma / value.where(value > 0, 1), value], 1)


def hsv_to_rgb(x: Float[Tensor, "B 3 H W"]) -> Float[Tensor, "B 3 H W"]:
    """Return the RGB images of hue, saturation and value."""
    hue, saturation, value = x.split(1, 1)
    corners = torch.arange(5, 0, -2, device=x.device)[:, None, None]  # 5, 3, 1
    k = (corners + 6 * hue) % 6  # position of each channel on the color wheel
    return value - value * saturation * torch.minimum(k, 4 - k).clamp(0, 1)
