"""Networks of threshold units with fixed weights.

Shapes: *n examples, F inputs, O outputs.
"""

from collections.abc import Sequence

from jaxtyping import Bool, Float
from torch import Tensor, nn

from ..card import Traits
from ..layers.activations import Step
from ..layers.linear.threshold import ThresholdUnits

ELSE = "or use data=consecutive_ones"  # for which the default weights are


class ThresholdMLP(nn.Module):
    """Hidden units that are 1 where w.x > t, else 0, and outputs w.h - t, where class 1 is predicted above 0.

    hidden_weights, output_weights: fixed weights, one row per unit; hidden_thresholds, output_thresholds: t of each
    unit. In a layer without thresholds the last weight of each row belongs to a constant input of 1.
    Raises ValueError if the weights do not fit the number of inputs or outputs. MMDS 13.1.
    """

    traits = Traits(inputs=("vector",), targets=("classes",), trainable=False)

    def __init__(
        self,
        *,
        in_features: int,
        out_features: int,
        hidden_weights: Sequence[Sequence[float]] = ((1.0, 2.0, 1.0, 0.0), (0.0, 0.0, 1.0, 1.0)),
        hidden_thresholds: Sequence[float] = (2.5, 1.5),
        output_weights: Sequence[Sequence[float]] = ((1.0, 1.0),),
        output_thresholds: Sequence[float] = (0.5,),
    ) -> None:
        super().__init__()
        if out_features != len(output_weights):
            raise ValueError(
                f"the weights are for {len(output_weights)} outputs, but {out_features} are needed; give "
                f"model.output_weights, {ELSE}"
            )
        try:
            self.hidden = ThresholdUnits(in_features=in_features, weights=hidden_weights, thresholds=hidden_thresholds)
        except ValueError as error:
            raise ValueError(f"{error}; give model.hidden_weights, {ELSE}") from error
        self.step = Step()
        self.output = ThresholdUnits(
            in_features=len(hidden_weights), weights=output_weights, thresholds=output_thresholds
        )

    @property
    def head(self) -> ThresholdUnits:
        """The output units."""
        return self.output

    def forward_features(
        self, x: Float[Tensor, "*n F"], mask: Bool[Tensor, "*n"] | None = None
    ) -> Float[Tensor, "*n H"]:
        """Return the input of the head: the activations 0 or 1 of the H hidden units."""
        return self.step(self.hidden(x))

    def forward(self, x: Float[Tensor, "*n F"]) -> Float[Tensor, "*n O"]:
        """Return the pre-activations of the output units."""
        return self.output(self.forward_features(x))
