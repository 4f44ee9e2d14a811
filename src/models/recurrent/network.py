"""Recurrent network: token embedding, layers of recurrent cells, and a readout.

Shapes: B sequences, T steps, F input features and O outputs per step, W outputs of the last layer per step.
"""

from collections.abc import Callable
from functools import partial
from inspect import Parameter, Signature, signature
from typing import Any, Literal

from jaxtyping import Bool, Float, Shaped
from torch import Tensor, nn

from ...card import Traits
from ...layers.cells.base import Cell, State
from ...layers.embeddings.steps import embed_steps
from ...layers.linear.tall import TallLinear
from ...layers.recurrent import Recurrent
from ..components import check_component


class RecurrentNetwork(nn.Module):
    """Recurrent layers over inputs (B, T, F), or over token ids (B, T) that are embedded first.

    cell: a function from the number of inputs to a cell, for example `functools.partial(LSTM, hidden=8)`; in_features:
    F, or vocab_size: number of tokens (exactly one of the two); per_step: return an output at every step, otherwise one
    output after the whole sequence; embedding: size of token vectors. layers, bidirectional, start, dropout: see
    `Recurrent`.
    A subclass with its own cell, `class LSTM(RecurrentNetwork, cell=LSTMCell)`, takes the settings of the cell instead
    of `cell`: `LSTM(hidden=8, in_features=2, out_features=1)`.
    Raises ValueError for values out of range, and for a `cell` that does not create cells. Aggarwal 7.2.
    """

    traits = Traits(inputs=("sequence", "tokens"), causal=("bidirectional", False))

    def __init__(
        self,
        *,
        cell: Callable[[int], Cell],
        out_features: int,
        in_features: int | None = None,
        vocab_size: int | None = None,
        per_step: bool = True,
        layers: int = 1,
        bidirectional: bool = False,
        start: Literal["zero", "half", "learned"] = "zero",
        dropout: float = 0.0,
        embedding: int = 64,
    ) -> None:
        super().__init__()
        check_component("cell", cell, Cell, "nnzoo.layers.cells.gru.GRU")
        self.embedding, inputs = embed_steps(in_features, vocab_size, embedding)
        self.recurrent = Recurrent(
            cell, inputs, layers=layers, bidirectional=bidirectional, start=start, dropout=dropout
        )
        self.readout = TallLinear(self.recurrent.output_size, out_features)
        self.per_step = per_step

    def __init_subclass__(cls, cell: type[Cell] | None = None) -> None:
        """Give a subclass with its own cell a constructor with the settings of that cell."""
        super().__init_subclass__()
        if cell is not None:
            cls.__init__ = constructor(cell)  # type: ignore[method-assign]

    def forward(self, x: Shaped[Tensor, "B T *F"], mask: Bool[Tensor, "B T"] | None = None) -> Float[Tensor, "B *T O"]:
        """Return the raw outputs; unless the network is bidirectional, they do not depend on later steps."""
        return self.run(x, mask)[0]

    def forward_features(
        self, x: Shaped[Tensor, "B T *F"], mask: Bool[Tensor, "B T"] | None = None
    ) -> Float[Tensor, "B *T W"]:
        """Return the input of the readout: the outputs of the last recurrent layer."""
        return self._features(x, mask, None)[0]

    @property
    def head(self) -> nn.Linear:
        """The last layer."""
        return self.readout

    def run(
        self, x: Shaped[Tensor, "B T *F"], mask: Bool[Tensor, "B T"] | None = None, state: list[State] | None = None
    ) -> tuple[Float[Tensor, "B *T O"], list[State]]:
        """Return the raw outputs, and the state for the next segment of the sequences."""
        h, state = self._features(x, mask, state)
        return self.readout(h), state

    def _features(self, x: Tensor, mask: Tensor | None, state: list[State] | None) -> tuple[Tensor, list[State]]:
        """Return the outputs of the last layer at all steps or at the end, and the state."""
        h, state = self.recurrent(self.embedding(x), mask, state)
        return h if self.per_step else self.recurrent.final_outputs(h, mask), state


def constructor(cell: type[Cell]) -> Callable[..., None]:
    """Return a constructor that takes the settings of a cell together with those of `RecurrentNetwork`.

    Its signature lists all settings as keyword-only parameters with types and defaults.
    """
    own = [
        p.replace(kind=Parameter.KEYWORD_ONLY) for p in signature(cell).parameters.values() if p.name != "in_features"
    ]
    shared = [p for p in signature(RecurrentNetwork).parameters.values() if p.name != "cell"]
    combined = Signature([Parameter("self", Parameter.POSITIONAL_OR_KEYWORD), *own, *shared])

    def __init__(self: RecurrentNetwork, **settings: Any) -> None:  # noqa: N807
        combined.bind(self, **settings)  # raises TypeError for unknown or missing names
        cell_settings = {p.name: settings.pop(p.name) for p in own if p.name in settings}
        RecurrentNetwork.__init__(self, cell=partial(cell, **cell_settings), **settings)

    __init__.__signature__ = combined  # type: ignore[attr-defined]
    return __init__
