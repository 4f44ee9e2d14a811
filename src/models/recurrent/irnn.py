"""Recurrent network of rectifiers whose recurrent matrix begins as the identity."""

from typing import Literal

from ...card import ModelCard, register
from ...layers.cells import elman
from .base import RecurrentNetwork


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
class IRNN(RecurrentNetwork):
    """An RNN of rectifiers with W_h = scale I at the beginning, so that the state first sums up its inputs.

    hidden: units of a layer. scale: of the identity.
    Further arguments: see `RecurrentNetwork`. Raises ValueError for values out of range.
    Aggarwal 7.9 names it (Le, Jaitly and Hinton 2015).
    """

    def __init__(
        self,
        *,
        out_features: int,
        in_features: int | None = None,
        vocab_size: int | None = None,
        per_step: bool = True,
        hidden: int = 32,
        scale: float = 1.0,
        layers: int = 1,
        bidirectional: bool = False,
        start: Literal["zero", "half", "learned"] = "zero",
        dropout: float = 0.0,
        embedding: int = 64,
    ) -> None:
        super().__init__(
            lambda inputs: elman.IRNN(inputs, hidden, scale=scale),
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
