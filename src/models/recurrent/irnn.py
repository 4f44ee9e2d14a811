"""Recurrent network of rectifiers whose recurrent matrix begins as the identity."""

from ...card import ModelCard, register
from ...layers.cells import elman
from .network import RecurrentNetwork


@register(
    ModelCard(
        name="irnn",
        title="Recurrent network of rectifiers whose recurrent matrix begins as the identity",
        family="recurrent",
        sources=("Aggarwal 7.9",),
        accepts=("sequence", "tokens"),
        tasks=("classification", "regression", "labelling"),
        causal=("bidirectional", False),
    )
)
class IRNN(RecurrentNetwork, cell=elman.IRNN):
    """An RNN of rectifiers with W_h = scale I at the beginning, so that the state first sums up its inputs.

    Settings: those of its cell and of `RecurrentNetwork`.
    """
