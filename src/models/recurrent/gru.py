"""Gated recurrent unit."""

from typing import Literal

from ...card import ModelCard, register
from ...layers.cells import gru
from .base import RecurrentNetwork


@register(
    ModelCard(
        name="gru",
        title="Gated recurrent unit: two gates and no memory beside the state",
        family="recurrent",
        sources=("Aggarwal 7.6, eq. 7.9-7.10", "MMDS 13.5.3"),
        accepts=("sequence", "tokens"),
        tasks=("classification", "regression", "labelling"),
        causal=("bidirectional", False),
        variants=(("bgru", "reads the sequence in both directions (Aggarwal 7.2.3)"),),
    )
)
class GRU(RecurrentNetwork):
    """h_t = z h_(t-1) + (1 - z) n, where a reset gate r says what the candidate n sees of h_(t-1).

    hidden: units of a layer. reset: r acts "before" the matrix, as the text has it, or "after" it, as torch has it.
    Further arguments: see `RecurrentNetwork`. Raises ValueError for values out of range.
    Aggarwal eq. 7.9-7.10; MMDS 13.5.3.
    """

    def __init__(
        self,
        *,
        out_features: int,
        in_features: int | None = None,
        vocab_size: int | None = None,
        per_step: bool = True,
        hidden: int = 32,
        reset: Literal["before", "after"] = "before",
        layers: int = 1,
        bidirectional: bool = False,
        start: Literal["zero", "half", "learned"] = "zero",
        dropout: float = 0.0,
        embedding: int = 64,
    ) -> None:
        super().__init__(
            lambda inputs: gru.GRU(inputs, hidden, reset=reset),
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
