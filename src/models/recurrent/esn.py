"""Echo-state network."""

from typing import Literal

from ...card import ModelCard, register
from ...layers.cells import reservoir
from .base import RecurrentNetwork


@register(
    ModelCard(
        name="esn",
        title="Echo-state network: random recurrent weights that stay, and a linear readout that is learned",
        family="recurrent",
        sources=("Aggarwal 7.4",),
        accepts=("sequence",),
        tasks=("classification", "regression", "labelling"),
        causal=True,
        variants=(("esn_rnn", "all weights are learned, from those of an echo-state network (Aggarwal 7.4, end)"),),
    )
)
class ESN(RecurrentNetwork):
    """h_t = f(W_x x_t + W_h h_(t-1)) with fixed W_x and W_h, o_t = W_o h_t + b_o, from h_0 = 0.

    The readout is made for task=ridge, which solves for it at once.
    hidden: units of the reservoir. activation: f. spectral_radius: of W_h; input_scaling: standard deviation of W_x;
    density: share of the connections in W_h that are there; groups: separate reservoirs in it. trainable: all
    weights are learned, and a bias.
    Raises ValueError for values out of range. Aggarwal 7.4, eq. 7.7.
    """

    def __init__(
        self,
        *,
        out_features: int,
        in_features: int,
        per_step: bool = True,
        hidden: int = 200,
        activation: Literal["tanh", "sigmoid", "identity"] = "tanh",
        spectral_radius: float = 1.0,
        input_scaling: float = 1.0,
        density: float = 1.0,
        groups: int = 1,
        trainable: bool = False,
    ) -> None:
        super().__init__(
            lambda inputs: reservoir.Reservoir(
                inputs,
                hidden,
                activation=activation,
                spectral_radius=spectral_radius,
                input_scaling=input_scaling,
                density=density,
                groups=groups,
                trainable=trainable,
            ),
            in_features=in_features,
            vocab_size=None,
            out_features=out_features,
            per_step=per_step,
            layers=1,
            bidirectional=False,
            start="zero",
            dropout=0.0,
            embedding=1,
        )
