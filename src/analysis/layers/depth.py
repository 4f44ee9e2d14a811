"""Vanishing and exploding gradients in deep networks.

Shapes: L layers, M units in each, N networks.
"""

from collections.abc import Callable

import torch
from torch import Tensor, nn

from ...layers.activations import activation as activation_named


def gradient_norms_by_layer(
    activation: str, depth: int, *, width: int = 1, gain: float = 1.0, networks: int = 2000, seed: int = 0
) -> Tensor:
    """Return |do/dh_l| for l = 0 (the inputs) to L = depth in random networks: (L + 1, N), in float64.

    Layers h_l = f(W h_(l-1)) with M = width units have weights from N(0, gain^2 / M) and inputs from N(0, 1); o = v .
    h_L for a random unit vector v. Width 1 is the chain of the text, whose gradient is the product of the w f'(a); with
    ReLU it soon becomes 0, while wide layers with gain sqrt(2) preserve the norm. Raises ValueError for an unknown
    activation, or sizes below 1. Aggarwal 1.4.2, 3.4.
    """
    if min(depth, width, networks) < 1:
        raise ValueError(f"depth is {depth}, width is {width} and networks is {networks}; each must be at least 1")
    generator = torch.Generator().manual_seed(seed)
    f = activation_named(activation).double()

    def normal(*shape: int) -> Tensor:
        return torch.randn(*shape, generator=generator, dtype=torch.float64)

    layers = [normal(networks, width, 1).requires_grad_()]  # each network has its own weights
    for _ in range(depth):
        weight = normal(networks, width, width) * (gain / width**0.5)
        layers.append(f((weight @ layers[-1]).squeeze(-1)).unsqueeze(-1))
    v = nn.functional.normalize(normal(networks, width, 1), dim=1)
    gradients = torch.autograd.grad((v * layers[-1]).sum(), layers)
    return torch.stack([gradient.norm(dim=(1, 2)) for gradient in gradients])


def weight_gradient_rms(net: nn.Module, loss: Callable[[], Tensor]) -> dict[str, float]:
    """Return the root mean square of dL/dW for each weight matrix or kernel of a network, from input to output.

    loss: a function that runs the network and returns the scalar loss.
    """
    weights = {name: p for name, p in net.named_parameters() if p.ndim > 1}
    with torch.enable_grad():
        gradients = torch.autograd.grad(loss(), list(weights.values()), allow_unused=True, materialize_grads=True)
    return {name: float(g.square().mean().sqrt()) for name, g in zip(weights, gradients, strict=True)}
