"""Recurrent network that normalizes the net inputs of each step over the units."""

from typing import ClassVar, Literal

from ...card import ModelCard, register
from ...layers.cells import layer_norm
from .base import RecurrentNetwork


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
class LayerNormRNN(RecurrentNetwork):
    """h_t = tanh(gain (a - m) / s + b), with a = W_x x_t + W_h h_(t-1).

    m, s: mean and standard deviation of a over the units.
    hidden: units of a layer. eps: added to s^2.
    Further arguments: see `RecurrentNetwork`. Raises ValueError for values out of range.
    Aggarwal eq. 7.6.
    """

    cell: ClassVar[type[layer_norm.LayerNormElman | layer_norm.LayerNormGRU]] = layer_norm.LayerNormElman

    def __init__(
        self,
        *,
        out_features: int,
        in_features: int | None = None,
        vocab_size: int | None = None,
        per_step: bool = True,
        hidden: int = 32,
        eps: float = 1e-5,
        layers: int = 1,
        bidirectional: bool = False,
        start: Literal["zero", "half", "learned"] = "zero",
        dropout: float = 0.0,
        embedding: int = 64,
    ) -> None:
        super().__init__(
            lambda inputs: self.cell(inputs, hidden, eps=eps),
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
