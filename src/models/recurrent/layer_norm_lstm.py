"""LSTM that normalizes gates, candidate and memory over the units."""

from typing import Literal

from ...card import ModelCard, register
from ...layers.cells import layer_norm
from .base import RecurrentNetwork


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
class LayerNormLSTM(RecurrentNetwork):
    """An LSTM whose net inputs, block by block, and memory on its way out are normalized over the units.

    hidden: units of a layer. forget_bias: added to the forget gate's first bias; eps: added to the variances.
    Further arguments: see `RecurrentNetwork`. Raises ValueError for values out of range.
    Aggarwal 7.3.1 names it (Ba, Kiros and Hinton 2016).
    """

    def __init__(
        self,
        *,
        out_features: int,
        in_features: int | None = None,
        vocab_size: int | None = None,
        per_step: bool = True,
        hidden: int = 32,
        forget_bias: float = 0.0,
        eps: float = 1e-5,
        layers: int = 1,
        bidirectional: bool = False,
        start: Literal["zero", "half", "learned"] = "zero",
        dropout: float = 0.0,
        embedding: int = 64,
    ) -> None:
        super().__init__(
            lambda inputs: layer_norm.LayerNormLSTM(inputs, hidden, forget_bias=forget_bias, eps=eps),
            in_features=in_features,
            vocab_size=vocab_size,
            out_features=out_features,
            per_step=per_step,
            layers=layers,
            bidirectional=bidirectional,
            start=start,
            dropout=dropout,
            embedding=embedding,
        )
