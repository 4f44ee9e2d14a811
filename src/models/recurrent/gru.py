"""Gated recurrent unit."""

from ...card import ModelCard, register
from ...layers.cells import gru
from .network import RecurrentNetwork


@register(
    ModelCard(
        name="gru",
        title="Gated recurrent unit: two gates and no memory beside the state",
        family="recurrent",
        sources=("Aggarwal 7.6, eq. 7.9-7.10", "MMDS 13.5.3"),
        accepts=("sequence", "tokens"),
        tasks=("classification", "regression", "labelling"),
        causal=("bidirectional", False),
        variants=(("bgru", "reads the sequence in both directions (Aggarwal 7.2.3)"),),
    )
)
class GRU(RecurrentNetwork, cell=gru.GRU):
    """h_t = z h_(t-1) + (1 - z) n, where a reset gate r says what the candidate n sees of h_(t-1).

    Settings: those of its cell and of `RecurrentNetwork`.
    """
