"""How gradients change on their way down a deep network: they vanish, or explode.

Shapes: L layers, M units in each, N networks.
"""

from collections.abc import Callable

import torch
from torch import Tensor, nn

from ...layers.activations import activation as activation_named


def gradient_sizes(
    activation: str, depth: int, *, width: int = 1, gain: float = 1.0, networks: int = 2000, seed: int = 0
) -> Tensor:
    """Return |do/dh_l| for l = 0, the inputs, to L = depth in random networks: (L + 1, N), double precision.

    Layers h_l = f(W h_(l-1)) of M = width units have weights N(0, gain^2 / M) and inputs N(0, 1); o = v . h_L for a
    random v of length 1. Width 1 is the text's chain, whose gradient is the product of the w f'(a); in it a rectifier
    soon is dead, in broad layers with gain sqrt(2) it keeps the size. Raises ValueError for an unknown activation, or
    sizes below 1. Aggarwal 1.4.2, 3.4.
    """
    if min(depth, width, networks) < 1:
        raise ValueError(f"depth {depth}, width {width} and networks {networks} must be at least 1")
    generator = torch.Generator().manual_seed(seed)
    f = activation_named(activation).double()

    def drawn(*shape: int) -> Tensor:
        return torch.randn(*shape, generator=generator, dtype=torch.float64)

    layers = [drawn(networks, width, 1).requires_grad_()]  # each network has its own weights
    for _ in range(depth):
        weight = drawn(networks, width, width) * (gain / width**0.5)
        layers.append(f((weight @ layers[-1]).squeeze(-1)).unsqueeze(-1))
    v = nn.functional.normalize(drawn(networks, width, 1), dim=1)
    gradients = torch.autograd.grad((v * layers[-1]).sum(), layers)
    return torch.stack([gradient.norm(dim=(1, 2)) for gradient in gradients])


def weight_gradients(net: nn.Module, loss: Callable[[], Tensor]) -> dict[str, float]:
    """Return the root mean square of dL/dW for each weight matrix or kernel of a network, from input to output.

    loss: runs the network and returns the loss, one number.
    """
    weights = {name: p for name, p in net.named_parameters() if p.ndim > 1}
    with torch.enable_grad():
        gradients = torch.autograd.grad(loss(), list(weights.values()), allow_unused=True, materialize_grads=True)
    return {name: float(g.square().mean().sqrt()) for name, g in zip(weights, gradients, strict=True)}
