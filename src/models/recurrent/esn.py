"""Echo-state network."""

from ...card import ModelCard, register
from ...layers.cells import reservoir
from .network import RecurrentNetwork


@register(
    ModelCard(
        name="esn",
        title="Echo-state network: random recurrent weights that stay, and a linear readout that is learned",
        family="recurrent",
        sources=("Aggarwal 7.4",),
        accepts=("sequence",),
        tasks=("classification", "regression", "labelling"),
        causal=("bidirectional", False),
        variants=(("esn_rnn", "all weights are learned, from those of an echo-state network (Aggarwal 7.4, end)"),),
    )
)
class ESN(RecurrentNetwork, cell=reservoir.Reservoir):
    """h_t = f(W_x x_t + W_h h_(t-1)) with fixed W_x and W_h, o_t = W_o h_t + b_o, from h_0 = 0.

    The readout is made for task=ridge, which solves for it at once.
    Settings: those of its cell and of `RecurrentNetwork`.
    """
