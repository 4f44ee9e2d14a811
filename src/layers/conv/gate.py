"""The gate of a highway block."""

import torch
from torch import nn


class Gate(nn.Conv2d):
    """3x3 convolution with half padding whose sigmoid is a gate; every initialization sets its bias to `initial_bias`.

    A negative bias closes the gate at first. Srivastava et al. 2015, section 3.2.
    """

    bias: nn.Parameter

    def __init__(self, in_channels: int, channels: int, stride: int, *, initial_bias: float) -> None:
        super().__init__(in_channels, channels, 3, stride, padding=1)
        self.initial_bias = initial_bias
        self.adjust_init()

    @torch.no_grad()
    def adjust_init(self) -> None:
        """Set the bias after an initialization."""
        self.bias.fill_(self.initial_bias)
