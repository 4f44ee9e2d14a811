"""LSTM that normalizes gates, candidate and memory over the units."""

from ...card import ModelCard, register
from ...layers.cells import layer_norm
from .network import RecurrentNetwork


@register(
    ModelCard(
        name="layer_norm_lstm",
        title="LSTM that normalizes gates, candidate and memory over the units",
        family="recurrent",
        sources=("Aggarwal 7.3.1",),
        accepts=("sequence", "tokens"),
        tasks=("classification", "regression", "labelling"),
        causal=("bidirectional", False),
    )
)
class LayerNormLSTM(RecurrentNetwork, cell=layer_norm.LayerNormLSTM):
    """An LSTM whose net inputs, block by block, and memory on its way out are normalized over the units.

    Settings: those of its cell and of `RecurrentNetwork`.
    """
