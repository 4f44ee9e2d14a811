"""Recurrent network."""

from ...card import ModelCard, register
from ...layers.cells import elman
from .network import RecurrentNetwork


@register(
    ModelCard(
        name="rnn",
        title="Recurrent network: a hidden state that each step computes from the input and the state before",
        family="recurrent",
        sources=("Zaki-Meira 26, eq. 1", "MMDS 13.5, eq. 13.5", "Aggarwal 7.2"),
        accepts=("sequence", "tokens"),
        tasks=("classification", "regression", "labelling"),
        causal=("bidirectional", False),
        variants=(("brnn", "reads the sequence in both directions (Zaki-Meira 26; Aggarwal 7.2.3)"),),
    )
)
class RNN(RecurrentNetwork, cell=elman.Elman):
    """h_t = f(W_x x_t + W_h h_(t-1) + b), o_t = W_o h_t + b_o, from h_0 = 0.

    Settings: those of its cell and of `RecurrentNetwork`.
    """
