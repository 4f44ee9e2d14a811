"""A convolutional network from a string of layers.

Shapes: B images, C channels, H x W pixels, O outputs.
"""

import re
from collections.abc import Sequence
from typing import Literal

import torch
from torch import nn

from ...card import Traits
from ...layers.conv.sizes import padding_named, size_after
from ...layers.conv.units import check_sizes
from .network import ConvNet

LETTERS = {"C": "convolution", "R": "ReLU", "P": "max-pooling", "F": "dense layer"}
MOST = 1000  # layers, so that a number with too many digits does not take all memory


class PatternNet(ConvNet):
    """The layers that a pattern such as CRCRPCRCRPF names: C convolution, R ReLU, P max-pooling, F dense layer.

    (CRCRP)3F repeats a part. The last letter is F, the outputs; the maps are flattened before the first F.
    channels: maps of the first convolution; each P doubles the maps of the convolutions after it. kernel, stride,
    padding: of the convolutions, padding valid, half or full. pool, pool_stride: side and stride of the poolings.
    hidden: units of the dense layers before the last. rounding: exact refuses a stride that does not fit the maps, down
    leaves out the pixels that no stride reaches.
    Raises ValueError for a pattern that cannot be read, a size below 1, and images that are too small.
    Aggarwal 8.2.7.
    """

    traits = Traits(
        inputs=("image",),
        targets=("classes", "real", "multilabel"),
        needs={
            "channels": (("pattern", "C"),),
            "kernel": (("pattern", "C"),),
            "stride": (("pattern", "C"),),
            "padding": (("pattern", "C"),),
            "pool": (("pattern", "P"),),
            "pool_stride": (("pattern", "P"),),
            "hidden": (("pattern", r"F.*F|F[^(]*\)\d"),),
        },
    )

    def __init__(
        self,
        *,
        in_shape: Sequence[int],
        out_features: int,
        pattern: str = "CRCRPCRCRPF",
        channels: int = 16,
        kernel: int = 3,
        stride: int = 1,
        padding: Literal["valid", "half", "full"] = "half",
        pool: int = 2,
        pool_stride: int = 2,
        hidden: int = 64,
        rounding: Literal["exact", "down"] = "down",
    ) -> None:
        super().__init__()
        sizes = {"channels": channels, "kernel": kernel, "stride": stride, "pool": pool, "pool_stride": pool_stride}
        check_sizes(sizes | {"hidden": hidden})
        letters = expanded(pattern)
        first_dense = letters.index("F")
        windows = (kernel, stride, padding_named(padding, kernel)), (pool, pool_stride)
        maps, *size = in_shape
        with torch.device("meta"):  # images that are too small are refused before weights are made, which P doubles
            path = [layer_of_maps(letter, 1, 1, *windows) for letter in letters[:first_dense]]
        height, width = size_after(nn.Sequential(*path), size, exact=rounding == "exact")
        features: list[nn.Module] = []
        for letter in letters[:first_dense]:
            features.append(layer_of_maps(letter, maps, channels, *windows))
            maps = channels if letter == "C" else maps
            channels = 2 * channels if letter == "P" else channels
        inputs = maps * height * width
        dense: list[nn.Module] = [nn.Flatten()]
        for letter in letters[first_dense:-1]:
            dense.append(nn.Linear(inputs, hidden) if letter == "F" else nn.ReLU())
            inputs = hidden
        self.layers = nn.Sequential(*features, *dense, nn.Linear(inputs, out_features))


def layer_of_maps(
    letter: str, maps: int, channels: int, convolution: tuple[int, int, int], pooling: tuple[int, int]
) -> nn.Module:
    """Return the layer that a letter names. convolution: kernel, stride and padding; pooling: side and stride."""
    if letter == "C":
        return nn.Conv2d(maps, channels, *convolution)
    return nn.MaxPool2d(*pooling) if letter == "P" else nn.ReLU()


def expanded(pattern: str) -> str:
    """Return a pattern with its repetitions written out: (CR)2F is CRCRF.

    Raises ValueError for an empty pattern, an unknown letter, brackets that do not match, a part that is repeated 0
    times, more than 1000 layers, a pattern that does not end with F, and a convolution or pooling after F.
    """
    known = ", ".join(f"{letter} ({name})" for letter, name in LETTERS.items())
    for place, letter in enumerate(pattern, 1):
        if letter not in LETTERS and letter not in "()0123456789":
            raise ValueError(f"pattern '{pattern}' has an unknown letter '{letter}' in place {place}; it takes {known}")
    letters = pattern
    while found := re.search(r"\(([A-Z]+)\)(\d*)", letters):
        part, digits = found.groups()
        times = int(digits or 1)
        if times < 1:
            raise ValueError(f"pattern '{pattern}' repeats {part} 0 times; a part takes at least 1")
        if len(part) * times > MOST:
            raise ValueError(f"pattern '{pattern}' has more than {MOST} layers")
        letters = letters[: found.start()] + part * times + letters[found.end() :]
    if stray := next((letter for letter in letters if letter not in LETTERS), None):
        raise ValueError(f"pattern '{pattern}' has an unmatched '{stray}'; (CRP)2F is CRPCRPF")
    if not letters.endswith("F"):
        raise ValueError(f"pattern '{pattern}' must end with F, the outputs")
    after = letters[letters.index("F") :]
    if "C" in after or "P" in after:
        raise ValueError(f"pattern '{pattern}' has a convolution or a pooling after F; maps come before dense layers")
    return letters
