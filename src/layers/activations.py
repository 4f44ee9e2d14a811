"""Activation functions by name."""

from collections.abc import Callable

from jaxtyping import Float
from torch import Tensor, nn

from ..errors import unknown


class Step(nn.Module):
    """The unit step: 1 where x > 0, else 0; it has no gradient. MMDS 13.1.1."""

    def forward(self, x: Float[Tensor, "*n"]) -> Float[Tensor, "*n"]:
        """Return 0 or 1 for each number."""
        return (x > 0).to(x.dtype)


class ScaledTanh(nn.Module):
    """1.7159 tanh(2x/3), which maps +-1 to themselves. LeCun et al. 1998, II.B and appendix A."""

    def forward(self, x: Float[Tensor, "*n"]) -> Float[Tensor, "*n"]:
        """Return numbers in (-1.7159, 1.7159)."""
        return 1.7159 * (2 / 3 * x).tanh()


_ACTIVATIONS: dict[str, Callable[[], nn.Module]] = {
    "identity": nn.Identity,
    "relu": nn.ReLU,
    "sigmoid": nn.Sigmoid,
    "tanh": nn.Tanh,
    "scaled_tanh": ScaledTanh,
    "leaky_relu": nn.LeakyReLU,
    "elu": nn.ELU,
    "softplus": nn.Softplus,
    "hard_tanh": nn.Hardtanh,
    "step": Step,
}


def activation(name: str) -> nn.Module:
    """Return the activation function of that name.

    identity, relu, sigmoid, tanh, scaled_tanh, leaky_relu (0.01), elu (1.0), softplus, hard_tanh or step.
    Raises ValueError with the nearest name. MMDS 13.2.2-13.2.6; Aggarwal 1.2.1.3, 3.4.3.
    """
    if name not in _ACTIVATIONS:
        raise ValueError(str(unknown("activation", name, _ACTIVATIONS)))
    return _ACTIVATIONS[name]()
