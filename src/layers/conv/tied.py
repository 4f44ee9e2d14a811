"""Transposed convolution that shares the filters of a convolution.

Shapes: B examples, C maps of H x W pixels, D maps of h x w pixels, k filter size.
"""

import torch
from jaxtyping import Float
from torch import Tensor, nn


class TiedConvTranspose2d(nn.Module):
    """The transposed convolution with the filters (D, C, k, k) of a convolution and its own bias, initially zero.

    As a convolution, its filter from map d to map c is the spatially inverted filter from c to d. Stride and padding
    are those of the convolution. The gradient of the shared filters is the sum over both layers. Aggarwal 8.5.2,
    eq. 8.5.
    """

    bias: Tensor | None

    def __init__(self, source: nn.Conv2d, *, output_padding: tuple[int, int] = (0, 0), bias: bool = True) -> None:
        super().__init__()
        # A tuple keeps the layer from being registered again, so the filters occur once in the state dict.
        self._source = (source,)
        self.output_padding = output_padding
        self.register_parameter("bias", nn.Parameter(torch.zeros(source.in_channels)) if bias else None)

    @property
    def weight(self) -> Float[Tensor, "D C k k"]:
        """The filters, in the layout of an `nn.ConvTranspose2d` from D to C maps."""
        return self._source[0].weight

    def forward(self, x: Float[Tensor, "B D h w"]) -> Float[Tensor, "B C H W"]:
        """Return the output maps, of the size of the convolution's input."""
        (source,) = self._source
        assert not isinstance(source.padding, str)
        return nn.functional.conv_transpose2d(
            x, self.weight, self.bias, source.stride, source.padding, self.output_padding
        )
