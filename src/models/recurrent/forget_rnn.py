"""Recurrent network with a forget gate alone."""

from ...card import ModelCard, register
from ...layers.cells import forget
from .network import RecurrentNetwork


@register(
    ModelCard(
        name="forget_rnn",
        title="Recurrent network with a forget gate alone: how much of each state stays",
        family="recurrent",
        sources=("Zaki-Meira 26, eq. 3-5",),
        accepts=("sequence", "tokens"),
        tasks=("classification", "regression", "labelling"),
        causal=("bidirectional", False),
    )
)
class ForgetRNN(RecurrentNetwork, cell=forget.ForgetGate):
    """h_t = phi h_(t-1) + (1 - phi) u, with a gate phi and a candidate u computed from x_t and h_(t-1).

    Settings: those of its cell and of `RecurrentNetwork`.
    """
