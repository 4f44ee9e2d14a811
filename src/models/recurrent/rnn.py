"""Recurrent network."""

from typing import Literal

from ...card import ModelCard, register
from ...layers.cells import elman
from .base import RecurrentNetwork


@register(
    ModelCard(
        name="rnn",
        title="Recurrent network: a hidden state that each step computes from the input and the state before",
        family="recurrent",
        sources=("Zaki-Meira 26, eq. 1", "MMDS 13.5, eq. 13.5", "Aggarwal 7.2"),
        accepts=("sequence", "tokens"),
        tasks=("classification", "regression", "labelling"),
        causal=("bidirectional", False),
        variants=(("brnn", "reads the sequence in both directions (Zaki-Meira 26; Aggarwal 7.2.3)"),),
    )
)
class RNN(RecurrentNetwork):
    """h_t = f(W_x x_t + W_h h_(t-1) + b), o_t = W_o h_t + b_o, from h_0 = 0.

    hidden: units of a layer. activation: f.
    Further arguments: see `RecurrentNetwork`. Raises ValueError for values out of range.
    Zaki-Meira 26, eq. 1; MMDS eq. 13.5; Aggarwal eq. 7.1-7.2.
    """

    def __init__(
        self,
        *,
        out_features: int,
        in_features: int | None = None,
        vocab_size: int | None = None,
        per_step: bool = True,
        hidden: int = 32,
        activation: Literal["tanh", "relu", "identity"] = "tanh",
        layers: int = 1,
        bidirectional: bool = False,
        start: Literal["zero", "half", "learned"] = "zero",
        dropout: float = 0.0,
        embedding: int = 64,
    ) -> None:
        super().__init__(
            lambda inputs: elman.Elman(inputs, hidden, activation=activation),
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
