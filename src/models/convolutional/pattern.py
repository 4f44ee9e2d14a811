"""A convolutional network from a string of layers.

Shapes: B images, C channels, H x W pixels, O outputs.
"""

import re
from collections.abc import Sequence
from math import prod
from typing import Literal

from torch import nn

from ...layers.conv.sizes import padding_named, size_after
from .network import ConvNet

LETTERS = {"C": "convolution", "R": "ReLU", "P": "max-pooling", "F": "dense layer"}


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
        for name, value in (sizes | {"hidden": hidden}).items():
            if value < 1:
                raise ValueError(f"{name} is {value}; it must be at least 1")
        letters = expanded(pattern)
        zeros = padding_named(padding, kernel)
        maps, *size = in_shape
        features: list[nn.Module] = []
        for letter in letters[: letters.index("F")]:
            if letter == "C":
                features.append(nn.Conv2d(maps, channels, kernel, stride, zeros))
                maps = channels
            elif letter == "P":
                features.append(nn.MaxPool2d(pool, pool_stride))
                channels *= 2
            else:
                features.append(nn.ReLU())
        inputs = maps * prod(size_after(nn.Sequential(*features), size, exact=rounding == "exact"))
        dense: list[nn.Module] = [nn.Flatten()]
        for letter in letters[letters.index("F") : -1]:
            dense.append(nn.Linear(inputs, hidden) if letter == "F" else nn.ReLU())
            inputs = hidden
        self.layers = nn.Sequential(*features, *dense, nn.Linear(inputs, out_features))


def expanded(pattern: str) -> str:
    """Return a pattern with its repetitions written out: (CR)2F is CRCRF.

    Raises ValueError for an empty pattern, an unknown letter, brackets that do not match, a pattern that does not end
    with F, and a convolution or pooling after F.
    """
    letters = pattern
    while found := re.search(r"\(([A-Za-z]*)\)(\d*)", letters):
        part, times = found.groups()
        letters = letters[: found.start()] + part * int(times or 1) + letters[found.end() :]
    known = ", ".join(f"{letter} ({name})" for letter, name in LETTERS.items())
    for place, letter in enumerate(letters, 1):
        if letter not in LETTERS:
            raise ValueError(f"pattern '{pattern}' has an unknown letter '{letter}' in place {place}; it takes {known}")
    if not letters.endswith("F"):
        raise ValueError(f"pattern '{pattern}' must end with F, the outputs")
    after = letters[letters.index("F") :]
    if "C" in after or "P" in after:
        raise ValueError(f"pattern '{pattern}' has a convolution or a pooling after F; maps come before dense layers")
    return letters
