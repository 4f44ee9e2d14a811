"""Recurrent network with a forget gate alone."""

from typing import Literal

from ...card import ModelCard, register
from ...layers.cells import forget
from .base import RecurrentNetwork


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
class ForgetRNN(RecurrentNetwork):
    """h_t = phi h_(t-1) + (1 - phi) u, with a gate phi and a candidate u computed from x_t and h_(t-1).

    hidden: units of a layer. forget_bias: added to the gate's first bias.
    Further arguments: see `RecurrentNetwork`. Raises ValueError for values out of range.
    Zaki-Meira 26, eq. 3-5.
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
        layers: int = 1,
        bidirectional: bool = False,
        start: Literal["zero", "half", "learned"] = "zero",
        dropout: float = 0.0,
        embedding: int = 64,
    ) -> None:
        super().__init__(
            lambda inputs: forget.ForgetGate(inputs, hidden, forget_bias=forget_bias),
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
