"""Recurrent network that normalizes the net inputs of each step over the units."""

from ...card import ModelCard, register
from ...layers.cells import layer_norm
from .network import RecurrentNetwork


@register(
    ModelCard(
        name="layer_norm_rnn",
        title="Recurrent network that normalizes the net inputs of each step over the units",
        family="recurrent",
        sources=("Aggarwal 7.3.1, eq. 7.6",),
        accepts=("sequence", "tokens"),
        tasks=("classification", "regression", "labelling"),
        causal=("bidirectional", False),
    )
)
class LayerNormRNN(RecurrentNetwork, cell=layer_norm.LayerNormElman):
    """h_t = tanh(gain (a - m) / s + b), with a = W_x x_t + W_h h_(t-1).

    Settings: those of its cell and of `RecurrentNetwork`.
    """
