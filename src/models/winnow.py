"""Network of the Winnow algorithm.

Shapes: *n examples or steps, F inputs, O outputs.
"""

from jaxtyping import Bool, Float
from torch import Tensor, nn

from ..card import Traits
from ..layers.linear.threshold import ThresholdLinear


class Winnow(nn.Module):
    """Linear units w.x - threshold for inputs 0 and 1, to be trained with positive weights that start at 1.

    threshold: of all units, None for half the number of inputs.
    """

    traits = Traits(inputs=("vector",), targets=("classes", "next_token"))

    def __init__(self, *, in_features: int, out_features: int, threshold: float | None = None) -> None:
        super().__init__()
        threshold = in_features / 2 if threshold is None else threshold
        self.linear = ThresholdLinear(in_features=in_features, out_features=out_features, threshold=threshold)

    @property
    def head(self) -> ThresholdLinear:
        """The only layer."""
        return self.linear

    def forward_features(
        self, x: Float[Tensor, "*n F"], mask: Bool[Tensor, "*n"] | None = None
    ) -> Float[Tensor, "*n F"]:
        """Return the input of the head: x."""
        return x

    def forward(self, x: Float[Tensor, "*n F"]) -> Float[Tensor, "*n O"]:
        """Return the pre-activations."""
        return self.linear(x)
