"""Pixels: bytes in memory, numbers in [0, 1] for the network."""

from torch import Tensor


def unit(x: Tensor) -> Tensor:
    """Return bytes 0..255 as numbers in [0, 1], in the same shape."""
    return x.float().div_(255)
