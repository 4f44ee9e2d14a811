"""Convolutional autoencoder.

Shapes: B images, C channels, H x W pixels, F = C H W, D maps of h x w pixels of the last block, K code units.
"""

from collections.abc import Sequence
from math import prod
from typing import Literal

from jaxtyping import Bool, Float, Int
from torch import Tensor, nn

from ..card import Traits
from ..layers.activations import activation as activation_named
from ..layers.conv.tied import TiedConvTranspose2d
from ..layers.conv.unpooling import SwitchPool2d, Unpool2d
from ..layers.corruption import Corruption
from ..layers.linear.tied import TiedLinear
from .autoencoder import DEFAULT_STRENGTH

Switches = list[Int[Tensor, "B _ _ _"]]
"""Positions of the maxima of each block's pooling, the first block first."""


class ConvAutoencoder(nn.Module):
    """Blocks of convolution, activation and max-pooling, and the mirrored decoder. Aggarwal 8.5.2.

    Each block of the encoder: convolution => activation => max-pooling. Its counterpart in the decoder, which has the
    blocks in reverse order: unpooling => activation => transposed convolution. The code consists of the maps of the
    last block, or of the K units of a dense layer, which has a dense counterpart.

    channels: maps of each block; kernel: side of the filters; stride: of the convolutions, 1 / stride of the transposed
    ones; padding: of the convolutions, kernel - 1 - padding of the transposed ones, None for (kernel - 1) // 2;
    pool: side of the pooling windows, 1 for no pooling; switches: unpooling copies each value to the position of the
    maximum, otherwise to the upper left pixel of its window. code: K, None for a code of maps; code_activation: of the
    K units. tied: the decoder has the transposed filters and weights of the encoder. corruption, strength: see
    `Autoencoder`.
    Raises ValueError for a size below 1, filters or windows larger than the maps, a padding or a strength out of range,
    an unknown activation, or a setting without effect.
    """

    traits = Traits(inputs=("image",), targets=("input",))

    def __init__(
        self,
        *,
        in_shape: Sequence[int],
        channels: Sequence[int] = (16, 8),
        kernel: int = 5,
        stride: int = 1,
        padding: int | None = None,
        pool: int = 2,
        switches: bool = True,
        code: int | None = None,
        code_activation: str = "identity",
        activation: str = "relu",
        tied: bool = False,
        bias: bool = True,
        corruption: Literal["none", "gaussian", "masking", "salt_and_pepper"] = "none",
        strength: float | None = None,
    ) -> None:
        super().__init__()
        sizes = {"kernel": kernel, "stride": stride, "pool": pool, "code": 1 if code is None else code}
        for name, size in [*sizes.items(), *(("channels", each) for each in channels)]:
            if size < 1:
                raise ValueError(f"{name} is {size}; it must be at least 1")
        if not channels:
            raise ValueError("channels is empty; it takes the number of maps of each block")
        if padding is not None and not 0 <= padding < kernel:
            raise ValueError(f"padding is {padding}; with kernel={kernel} it takes 0 to {kernel - 1}")
        if code is None and code_activation != "identity":
            raise ValueError(f"code_activation={code_activation} has no effect without code, the size of a dense code")
        if pool == 1 and not switches:
            raise ValueError("switches=False has no effect without pooling, with pool=1")
        if activation == "softmax":
            raise ValueError("activation=softmax is for dense layers, not for maps")
        if corruption == "none" and strength:
            raise ValueError(f"strength={strength} has no effect with corruption=none")
        strength = DEFAULT_STRENGTH if strength is None else strength
        self.corruption = nn.Identity() if corruption == "none" else Corruption(noise=corruption, strength=strength)
        self.pool = SwitchPool2d(pool) if pool > 1 else None
        self.unpool = Unpool2d(pool)
        self.switches = switches
        padding = (kernel - 1) // 2 if padding is None else padding
        self.sizes: list[tuple[int, int]] = []  # height and width of the maps that each block pools
        self.encoder, decoder = nn.ModuleList(), list[nn.Module]()
        maps, *sides = in_shape
        for block, more in enumerate(channels, 1):
            where = f"block {block} of channels={[*channels]}"
            if min(sides) + 2 * padding < kernel:
                pixels = "x".join(map(str, sides))
                raise ValueError(f"kernel={kernel} with padding={padding} does not fit the {pixels} input of {where}")
            strides = [divmod(side + 2 * padding - kernel, stride) for side in sides]
            height, width = (steps + 1 for steps, _ in strides)
            if min(height, width) < pool:
                raise ValueError(f"pool={pool} does not fit the {height}x{width} maps of {where}")
            conv = nn.Conv2d(maps, more, kernel, stride, padding, bias=bias)
            below, right = (rest for _, rest in strides)  # pixels of the input that no stride reaches
            back: nn.Module = TiedConvTranspose2d(conv, output_padding=(below, right), bias=bias)
            if not tied:
                back = nn.ConvTranspose2d(more, maps, kernel, stride, padding, (below, right), bias=bias)
            self.encoder.append(nn.Sequential(conv, activation_named(activation)))
            decoder.insert(0, back)
            self.sizes.append((height, width))
            maps, sides = more, [-(-height // pool), -(-width // pool)]
        shape = (maps, *sides)
        self.to_code, self.from_code = nn.Sequential(nn.Flatten()), nn.Sequential(nn.Unflatten(1, shape))
        if code is not None:
            dense = nn.Linear(prod(shape), code, bias=bias)
            self.to_code.extend([dense, activation_named(code_activation)])
            self.from_code.insert(0, TiedLinear(dense, bias=bias) if tied else nn.Linear(code, prod(shape), bias=bias))
        self.activations = nn.ModuleList(activation_named(activation) for _ in channels)
        self.decoder = nn.ModuleList([*decoder[:-1], nn.Sequential(decoder[-1], nn.Flatten())])

    def forward(self, x: Float[Tensor, "B C H W"]) -> Float[Tensor, "B F"]:
        """Return the raw reconstruction; in training the input is corrupted first."""
        return self.head(self.forward_features(x))

    def forward_features(
        self, x: Float[Tensor, "B C H W"], mask: Bool[Tensor, "B"] | None = None
    ) -> Float[Tensor, "B _ _ _"]:
        """Return the input of the head: the maps of the decoder's last block."""
        return self._decoded(*self.encode_with_switches(self.corruption(x)))

    @property
    def head(self) -> nn.Module:
        """The last transposed convolution."""
        return self.decoder[-1]

    def encode(self, x: Float[Tensor, "B C H W"]) -> Float[Tensor, "B K"]:
        """Return the code of uncorrupted inputs, without the switches; a code of maps has K = D h w numbers."""
        return self.encode_with_switches(x)[0]

    def encode_with_switches(self, x: Float[Tensor, "B C H W"]) -> tuple[Float[Tensor, "B K"], Switches | None]:
        """Return the code of uncorrupted inputs, and the switches if the decoder uses them."""
        switches: Switches = []
        for block in self.encoder:
            x = block(x)
            if self.pool is not None:
                x, positions = self.pool(x)
                switches.append(positions)
        return self.to_code(x), switches if self.switches and switches else None

    def decode(self, code: Float[Tensor, "B K"], switches: Switches | None = None) -> Float[Tensor, "B F"]:
        """Return the raw reconstruction from a code.

        Without switches, each value is unpooled to the upper left pixel of its window, so a network that is trained
        with switches returns another reconstruction than `forward`.
        """
        return self.head(self._decoded(code, switches))

    def _decoded(self, code: Float[Tensor, "B K"], switches: Switches | None) -> Float[Tensor, "B _ _ _"]:
        """Return the maps of the decoder's last block."""
        x = self.from_code(code)
        last = len(self.sizes) - 1
        for block, activation in enumerate(self.activations):
            if self.pool is not None:
                x = self.unpool(x, switches[last - block] if switches else None, self.sizes[last - block])
            x = activation(x)
            if block < last:
                x = self.decoder[block](x)
        return x
