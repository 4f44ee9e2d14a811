"""Structurally constrained recurrent network."""

from ...card import ModelCard, register
from ...layers.cells import constrained
from .network import RecurrentNetwork


@register(
    ModelCard(
        name="scrn",
        title="Structurally constrained recurrent network: slow context units beside the fast ones",
        family="recurrent",
        sources=("Aggarwal 7.9",),
        accepts=("sequence", "tokens"),
        tasks=("classification", "regression", "labelling"),
        causal=("bidirectional", False),
    )
)
class SCRN(RecurrentNetwork, cell=constrained.Constrained):
    """s_t = (1 - alpha) B x_t + alpha s_(t-1) beside h_t = sigmoid(W_x x_t + W_h h_(t-1) + P s_t + b).

    Settings: those of its cell and of `RecurrentNetwork`.
    """
