"""Multilayer perceptron of highway layers.

Shapes: *n examples or steps, F inputs, O outputs.
"""

from jaxtyping import Float
from torch import Tensor, nn

from ..card import Traits
from ..layers.activations import activation as activation_named
from ..layers.chain import Chain
from ..layers.linear.highway import DenseHighway


class HighwayMLP(Chain):
    """A dense layer of `hidden` units, `depth` highway layers T(h) H(h) + (1 - T(h)) h, and a linear output layer.

    activation: of all hidden layers; gate_bias: initial bias of the gates T; with a negative one the layers pass their
    input at first, so that gradients reach the first layers of deep networks.
    Raises ValueError for a number below 1 or an unknown activation. Srivastava et al. 2015; Aggarwal 8.4.5.
    """

    traits = Traits(inputs=("vector",))

    def __init__(
        self,
        *,
        in_features: int,
        out_features: int,
        hidden: int = 50,
        depth: int = 10,
        activation: str = "relu",
        gate_bias: float = -2.0,
    ) -> None:
        super().__init__()
        for name, value in {"hidden": hidden, "depth": depth}.items():
            if value < 1:
                raise ValueError(f"{name} is {value}; it must be at least 1")
        layers = [DenseHighway(hidden, activation=activation, gate_bias=gate_bias) for _ in range(depth)]
        first = [nn.Linear(in_features, hidden), activation_named(activation)]
        self.layers = nn.Sequential(*first, *layers, nn.Linear(hidden, out_features))

    def forward(self, x: Float[Tensor, "*n F"]) -> Float[Tensor, "*n O"]:
        """Return the raw outputs."""
        return self.layers(x)
