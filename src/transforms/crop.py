"""Crops of images. Shapes: B images, C channels, H height, W width, h and w of the crop."""

from collections.abc import Sequence
from dataclasses import replace

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn.functional import pad

from ..spec import DataSpec, send
from .base import FittedTransform, Inputs
from .sampling import windows


class Crop(FittedTransform):
    """Crop images to `size`: at a random place in training, in the centre in evaluation. Aggarwal 8.3.4, 8.4.1.

    size: h and w, or one number for both; null for the size of the images; padding: pixels that are added to each side
    before; fill: their value, within the bounds of the data. In training every place has the same probability. With
    size=null, images are the same in evaluation, and the crop of training is the translation of `shift`.
    Raises ValueError for values out of range.
    """

    takes = ("image",)
    is_random = True
    moves_pixels = True

    def __init__(self, *, size: int | Sequence[int] | None = None, padding: int = 4, fill: float = 0.0) -> None:
        super().__init__()
        sides = [size, size] if isinstance(size, int) else size
        if sides is not None and (len(sides) != 2 or min(sides) < 1):
            raise ValueError(f"size is {size}; it must be one number of pixels, [height,width], or null")
        if padding < 0:
            raise ValueError(f"padding is {padding}; it must be at least 0")
        self.size = None if sides is None else (sides[0], sides[1])
        self.padding = padding
        self.fill = fill

    def check(self, spec: DataSpec) -> None:
        """Raise ValueError if the transform does not support these images."""
        super().check(spec)
        height, width = spec.shape[1:]
        h, w = self.size or (height, width)
        if h > height or w > width:
            raise ValueError(f"crops images to {h}x{w} pixels; the images have {height}x{width}")
        if (h, w) == (height, width) and not self.padding:
            raise ValueError(f"has no effect: the images have {height}x{width} pixels, and padding is 0")
        if self.padding and not spec.low <= self.fill <= spec.high:
            raise ValueError(f"has fill={self.fill:g}; the pixels are from {spec.low:g} to {spec.high:g}")

    def fit(self, inputs: Inputs) -> None:
        """Set the height and the width of the images."""
        self.state = {"whole": torch.tensor(next(inputs()).shape[2:])}

    def output_spec(self, spec: DataSpec) -> DataSpec:
        """Return the spec of images of the size of the crop."""
        return replace(spec, shape=(spec.shape[0], *(self.size or spec.shape[1:])))

    def apply(self, x: Float[Tensor, "B C H W"]) -> Float[Tensor, "B C h w"]:
        """Return the centres of the images; with an odd margin they are half a pixel closer to the upper left."""
        (height, width), (h, w) = x.shape[2:], self.size or x.shape[2:]
        top, left = (height - h) // 2, (width - w) // 2
        return x[:, :, top : top + h, left : left + w]

    def augment(self, x: Float[Tensor, "B C H W"], generator: torch.Generator) -> Float[Tensor, "B C h w"]:
        """Return a random window of each image."""
        h, w = self.size or x.shape[2:]
        x = pad(x, (self.padding,) * 4, value=self.fill)
        top, left = (
            send(torch.randint(most + 1, (len(x),), generator=generator), x.device)
            for most in (x.shape[2] - h, x.shape[3] - w)
        )
        return windows(x, top, left, h, w)

    def inverse(self, x: Float[Tensor, "B C h w"]) -> Float[Tensor, "B C H W"]:
        """Return centres of images in the place from which `apply` takes them, surrounded by `fill`."""
        (height, width), (h, w) = self.state["whole"].tolist(), x.shape[2:]
        top, left = (height - h) // 2, (width - w) // 2
        return pad(x, (left, width - w - left, top, height - h - top), value=self.fill)
