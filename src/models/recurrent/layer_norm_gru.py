"""GRU that normalizes gates and candidate over the units."""

from ...card import ModelCard, register
from ...layers.cells import layer_norm
from .layer_norm_rnn import LayerNormRNN


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
class LayerNormGRU(LayerNormRNN):
    """A GRU, reset before the matrix, whose net inputs are normalized over the units, block by block.

    Arguments: see `LayerNormRNN`. Raises ValueError for values out of range.
    Aggarwal 7.3.1 names it (Ba, Kiros and Hinton 2016).
    """

    cell = layer_norm.LayerNormGRU
