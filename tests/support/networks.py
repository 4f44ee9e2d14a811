"""Networks of a few weights, as tasks call them: with inputs and a mask."""

import torch
from torch import Tensor, nn


class Unmasked(nn.Module):
    """A network that takes no mask, called with one."""

    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        self.model = model

    def forward(self, x: Tensor, mask: Tensor | None = None) -> Tensor:
        output: Tensor = self.model(x)
        return output


class Affine(nn.Module):
    """One linear layer."""

    def __init__(self, inputs: int, outputs: int, *, bias: bool = True) -> None:
        super().__init__()
        self.linear = nn.Linear(inputs, outputs, bias=bias)

    def forward(self, x: Tensor, mask: Tensor | None = None) -> Tensor:
        output: Tensor = self.linear(x)
        return output


class Flat(nn.Module):
    """A hidden layer of five units."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(inputs, 5), nn.Tanh(), nn.Linear(5, outputs))

    def forward(self, x: Tensor, mask: Tensor | None = None) -> Tensor:
        output: Tensor = self.layers(x)
        return output


class Steps(nn.Module):
    """A recurrent network: output at every step, or at the last real one."""

    def __init__(self, inputs: int, outputs: int, *, every: bool) -> None:
        super().__init__()
        self.cells = nn.RNN(inputs, 5, batch_first=True)
        self.out = nn.Linear(5, outputs)
        self.every = every

    def forward(self, x: Tensor, mask: Tensor | None = None) -> Tensor:
        output: Tensor = self.out(self.cells(x)[0])
        if self.every:
            return output
        return output[:, -1] if mask is None else output[torch.arange(len(x)), mask.sum(1) - 1]
