"""GRU that normalizes gates and candidate over the units."""

from ...card import ModelCard, register
from ...layers.cells import layer_norm
from .network import RecurrentNetwork


@register(
    ModelCard(
        name="layer_norm_gru",
        title="GRU that normalizes gates and candidate over the units",
        family="recurrent",
        sources=("Aggarwal 7.3.1",),
        accepts=("sequence", "tokens"),
        tasks=("classification", "regression", "labelling"),
        causal=("bidirectional", False),
    )
)
class LayerNormGRU(RecurrentNetwork, cell=layer_norm.LayerNormGRU):
    """A GRU, reset before the matrix, whose net inputs are normalized over the units, block by block.

    Settings: those of its cell and of `RecurrentNetwork`.
    """
