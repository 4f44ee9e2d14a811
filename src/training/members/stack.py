"""The weights of several networks of one architecture in one tensor.

Shapes: M members, P trainable weights of each.
"""

from collections.abc import Sequence

import torch
from torch import Tensor, nn


class Stack:
    """The trainable weights of M networks as one tensor (M, P), with their gradients, and their other tensors stacked.

    The parameters and buffers of each network become views: a change of the stack is a change of the networks, and the
    other way round. weights, gradients: (M, P); parameters: the weights by name, (M, *shape); gradient_views: their
    gradients, in the same order; buffers: stacked buffers and parameters that are not
    trained, by name.
    """

    def __init__(self, networks: Sequence[nn.Module]) -> None:
        self.networks = list(networks)
        first = dict(self.networks[0].named_parameters())
        self.shapes = {name: p.shape for name, p in first.items() if p.requires_grad}
        named = [dict(net.named_parameters()) for net in self.networks]
        self._bind(torch.stack([torch.cat([each[name].data.flatten() for name in self.shapes]) for each in named]))
        fixed = [*(name for name in first if name not in self.shapes), *dict(self.networks[0].named_buffers())]
        tensors = [{**dict(net.named_parameters()), **dict(net.named_buffers())} for net in self.networks]
        self._bind_fixed({name: torch.stack([each[name].data for each in tensors]) for name in fixed})

    def __len__(self) -> int:
        return len(self.networks)

    def keep(self, rows: Sequence[int]) -> None:
        """Keep some of the networks; the others get tensors of their own."""
        for row in sorted(set(range(len(self))) - set(rows)):
            for tensor in (*self.networks[row].parameters(), *self.networks[row].buffers()):
                tensor.data, tensor.grad = tensor.data.clone(), None
        self.networks = [self.networks[row] for row in rows]
        index = torch.tensor(rows, device=self.weights.device)
        self._bind(self.weights[index])
        self._bind_fixed({name: stacked[index] for name, stacked in self.buffers.items()})

    def views(self, flat: Tensor) -> list[Tensor]:
        """Return the parts of a tensor (M, P) that belong to the parameters: (M, *shape) each."""
        parts = flat.split([shape.numel() for shape in self.shapes.values()], dim=1)
        return [
            part.unflatten(1, shape) if shape else part[:, 0]
            for part, shape in zip(parts, self.shapes.values(), strict=True)
        ]

    def _bind(self, weights: Tensor) -> None:
        """Make the trainable parameters of the networks and their gradients views of new tensors."""
        self.weights, self.gradients = weights, torch.zeros_like(weights)
        views = self.views(weights)
        self.gradient_views = self.views(self.gradients)
        self.parameters = dict(zip(self.shapes, views, strict=True))
        for row, net in enumerate(self.networks):
            parameters = dict(net.named_parameters())
            for name, view, gradient in zip(self.shapes, views, self.gradient_views, strict=True):
                parameters[name].data, parameters[name].grad = view[row], gradient[row]

    def _bind_fixed(self, stacked: dict[str, Tensor]) -> None:
        """Make the other parameters and the buffers of the networks views of new tensors."""
        self.buffers = stacked
        for row, net in enumerate(self.networks):
            tensors = {**dict(net.named_parameters()), **dict(net.named_buffers())}
            for name, values in stacked.items():
                tensors[name].data = values[row]
