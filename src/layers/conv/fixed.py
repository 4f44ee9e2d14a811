"""Convolution with fixed weights."""

from torch import nn


class FixedConv2d(nn.Conv2d):
    """A convolution whose random weights are not trained: they are buffers, which are saved with the network."""

    def __init__(self, in_channels: int, channels: int, kernel: int, *, padding: int = 0) -> None:
        super().__init__(in_channels, channels, kernel, padding=padding)
        for name, weight in list(self.named_parameters()):
            delattr(self, name)
            self.register_buffer(name, weight.detach())
