"""Structurally constrained recurrent network."""

from typing import Literal

from ...card import ModelCard, register
from ...layers.cells import constrained
from .base import RecurrentNetwork


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
class SCRN(RecurrentNetwork):
    """s_t = (1 - alpha) B x_t + alpha s_(t-1) beside h_t = sigmoid(W_x x_t + W_h h_(t-1) + P s_t + b).

    hidden: units of a layer. context: slow units; alpha: share of them that stays in a step; both kinds are read out.
    Further arguments: see `RecurrentNetwork`. Raises ValueError for values out of range.
    Aggarwal 7.9 names it (Mikolov et al. 2014).
    """

    def __init__(
        self,
        *,
        out_features: int,
        in_features: int | None = None,
        vocab_size: int | None = None,
        per_step: bool = True,
        hidden: int = 32,
        context: int = 10,
        alpha: float = 0.95,
        layers: int = 1,
        bidirectional: bool = False,
        start: Literal["zero", "half", "learned"] = "zero",
        dropout: float = 0.0,
        embedding: int = 64,
    ) -> None:
        super().__init__(
            lambda inputs: constrained.Constrained(inputs, hidden, context=context, alpha=alpha),
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
