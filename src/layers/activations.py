"""Activation functions by name."""

from collections.abc import Callable

from jaxtyping import Float
from torch import Tensor, nn

from ..errors import unknown


class Step(nn.Module):
    """The unit step: 1 where x > 0, else 0; without a gradient. MMDS 13.1.1."""

    def forward(self, x: Float[Tensor, "*n"]) -> Float[Tensor, "*n"]:
        """Return 0 or 1 for each element."""
        return (x > 0).to(x.dtype)


class Sign(nn.Module):
    """The sign: +1 where x > 0, else -1; without a gradient. Aggarwal 1.2.1.3, which does not define sign(0)."""

    def forward(self, x: Float[Tensor, "*n"]) -> Float[Tensor, "*n"]:
        """Return -1 or 1 for each element."""
        return 2 * (x > 0).to(x.dtype) - 1


class Gaussian(nn.Module):
    """The Gaussian kernel exp(-x^2 / 2). Aggarwal 1.5, eq. 1.34."""

    def forward(self, x: Float[Tensor, "*n"]) -> Float[Tensor, "*n"]:
        """Return values in (0, 1]."""
        return (-0.5 * x.square()).exp()


class ScaledTanh(nn.Module):
    """1.7159 tanh(2x/3), which maps -1 and +1 to themselves. LeCun et al. 1998, II.B and appendix A."""

    def forward(self, x: Float[Tensor, "*n"]) -> Float[Tensor, "*n"]:
        """Return values in (-1.7159, 1.7159)."""
        return 1.7159 * (2 / 3 * x).tanh()


_ACTIVATIONS: dict[str, Callable[[], nn.Module]] = {
    "identity": nn.Identity,
    "sign": Sign,
    "step": Step,
    "sigmoid": nn.Sigmoid,
    "tanh": nn.Tanh,
    "scaled_tanh": ScaledTanh,
    "hard_tanh": nn.Hardtanh,
    "relu": nn.ReLU,
    "leaky_relu": nn.LeakyReLU,
    "prelu": nn.PReLU,
    "elu": nn.ELU,
    "softplus": nn.Softplus,
    "gaussian": Gaussian,
    "softmax": lambda: nn.Softmax(dim=-1),
}
_TYPES = {type(make()) for make in _ACTIVATIONS.values()} - {nn.Identity}


def activation(name: str) -> nn.Module:
    """Return the activation function with the given name.

    name: identity, sign, step, sigmoid, tanh, scaled_tanh, hard_tanh, relu, leaky_relu (slope 0.01), prelu (one learned
    slope per layer, initially 0.25), elu (1.0), softplus, gaussian or softmax (over the units of the layer). relu and
    hard_tanh have derivative 0 at their kinks, as in Aggarwal 3.2.5 (1.2.1.6 has 1), leaky_relu and prelu the slope of
    the negative side, and sign and step everywhere. Maxout has its own weights: see `model=maxout_mlp`.
    Raises ValueError with the nearest name. MMDS 13.2.2-13.2.6; Aggarwal 1.2.1.3, 1.5, 3.4.3.
    """
    if name not in _ACTIVATIONS:
        raise ValueError(str(unknown("activation", name, _ACTIVATIONS)))
    return _ACTIVATIONS[name]()


def is_activation(layer: nn.Module) -> bool:
    """Return whether a layer is an activation function other than the identity."""
    return type(layer) in _TYPES
