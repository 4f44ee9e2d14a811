"""Long short-term memory."""

from collections.abc import Sequence
from typing import Literal

from ...card import ModelCard, register
from ...layers.cells import lstm
from .base import RecurrentNetwork


@register(
    ModelCard(
        name="lstm",
        title="Long short-term memory: a cell that gates write, forget and read",
        family="recurrent",
        sources=("Zaki-Meira 26, eq. 7-9", "MMDS 13.5.3", "Aggarwal 7.5"),
        accepts=("sequence", "tokens"),
        tasks=("classification", "regression", "labelling"),
        causal=("bidirectional", False),
        variants=(("blstm", "reads the sequence in both directions (Aggarwal 7.2.3)"),),
    )
)
class LSTM(RecurrentNetwork):
    """Memories c_t = f c_(t-1) + i u and states h_t = o tanh(c_t), from zero; gates i, f, o.

    hidden: units of a layer. output: "standard" o tanh(c), "inner" tanh(c o) as MMDS prints, "linear" o c.
    forget_bias, input_bias: added to the first biases of the gates f and i; a list has a number for each of as many
    equal parts of the units.
    Further arguments: see `RecurrentNetwork`. Raises ValueError for values out of range.
    Zaki-Meira 26, eq. 7-9; MMDS 13.5.3; Aggarwal 7.5.
    """

    def __init__(
        self,
        *,
        out_features: int,
        in_features: int | None = None,
        vocab_size: int | None = None,
        per_step: bool = True,
        hidden: int = 32,
        output: Literal["standard", "inner", "linear"] = "standard",
        forget_bias: float | Sequence[float] = 0.0,
        input_bias: float | Sequence[float] = 0.0,
        layers: int = 1,
        bidirectional: bool = False,
        start: Literal["zero", "half", "learned"] = "zero",
        dropout: float = 0.0,
        embedding: int = 64,
    ) -> None:
        super().__init__(
            lambda inputs: lstm.LSTM(inputs, hidden, output=output, forget_bias=forget_bias, input_bias=input_bias),
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
