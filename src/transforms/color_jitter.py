"""Random changes of color. Shapes: B images, C channels (3: red, green, blue), H height, W width."""

import torch
from jaxtyping import Float
from torch import Tensor

from ..spec import DataSpec, send
from .base import RandomTransform
from .colors import hsv_to_rgb, luminance, rgb_to_hsv

FACTORS = ("brightness", "contrast", "saturation")


class ColorJitter(RandomTransform):
    """Change brightness, contrast, saturation and hue of each training image, in this order. Aggarwal 8.3.4.

    The factor of the first three is uniformly distributed from 1 - value to 1 + value, the shift of the hue from -hue
    to hue, in turns of the color wheel. A factor f of brightness multiplies the pixels; one of contrast replaces a
    pixel x by f x + (1 - f) m, where m is the mean luminance of the image, and one of saturation does so with the
    luminance of the pixel. Results are clipped to [0, 1]. 0 leaves a property as it is; grey images have neither
    saturation nor hue.
    Raises ValueError for values out of range, and if all are 0.
    """

    takes = ("image",)

    def __init__(
        self, *, brightness: float = 0.2, contrast: float = 0.2, saturation: float = 0.2, hue: float = 0.0
    ) -> None:
        self.values = {"brightness": brightness, "contrast": contrast, "saturation": saturation, "hue": hue}
        for name, value in self.values.items():
            most = 0.5 if name == "hue" else 1.0
            if not 0 <= value <= most:
                raise ValueError(f"{name} is {value:g}; it must be from 0 to {most:g}")
        if not any(self.values.values()):
            raise ValueError("brightness, contrast, saturation and hue are 0; at least one must be above 0")

    def check(self, spec: DataSpec) -> None:
        """Raise ValueError if the transform does not support these images."""
        super().check(spec)
        check_pixels(spec)
        channels = spec.shape[0]
        if channels not in (1, 3):
            raise ValueError(f"is for images with 1 channel (grey) or 3 (RGB); the images have {channels}")
        for name in ("saturation", "hue"):
            if channels == 1 and self.values[name]:
                raise ValueError(f"has {name}={self.values[name]:g}, which grey images do not have; set it to 0")

    def apply(self, x: Float[Tensor, "B C H W"], generator: torch.Generator) -> Float[Tensor, "B C H W"]:
        """Return the images, each with random factors of its own."""
        drawn = send(2 * torch.rand(4, len(x), 1, 1, 1, generator=generator) - 1, x.device)
        changes = {name: value * each for (name, value), each in zip(self.values.items(), drawn, strict=True) if value}
        for name in FACTORS:
            if name in changes:
                factor = 1 + changes[name]
                x = (factor * x + (1 - factor) * blended(x, name)).clamp(0, 1)
        return shift_hue(x, changes["hue"]) if "hue" in changes else x


def check_pixels(spec: DataSpec) -> None:
    """Raise ValueError unless the pixels are in [0, 1]."""
    if not 0 <= spec.low <= spec.high <= 1:
        raise ValueError(f"is for pixels from 0 to 1; those of the data are from {spec.low:g} to {spec.high:g}")


def blended(x: Tensor, name: str) -> Tensor:
    """Return what a factor of 0 makes of images: black, their mean luminance, or the luminance of each pixel."""
    if name == "brightness":
        return torch.zeros_like(x)
    grey = luminance(x)
    return grey.mean((1, 2, 3), keepdim=True) if name == "contrast" else grey


def shift_hue(x: Float[Tensor, "B 3 H W"], turns: Float[Tensor, "B 1 1 1"]) -> Float[Tensor, "B 3 H W"]:
    """Return images whose hue is shifted by a part of the color wheel."""
    hue, saturation, value = rgb_to_hsv(x).split(1, 1)
    return hsv_to_rgb(torch.cat([(hue + turns) % 1, saturation, value], 1))
