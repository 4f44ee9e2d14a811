"""Pixels: bytes in memory, floats in [0, 1] for the network."""

from torch import Tensor


def to_unit_interval(x: Tensor) -> Tensor:
    """Return bytes 0..255 as floats in [0, 1], in the same shape."""
    return x.float().div_(255)
