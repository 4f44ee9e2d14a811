"""The recurrent network: tokens to vectors, layers of cells, and a readout.

Shapes: B sequences, T steps, F inputs and O outputs of a step, W numbers that the last layer gives out in a step.
"""

from collections.abc import Callable
from functools import partial
from inspect import Parameter, Signature, signature
from typing import Any, Literal

from jaxtyping import Bool, Float, Shaped
from torch import Tensor, nn

from ...card import Traits
from ...layers.cells.base import Cell, State
from ...layers.embeddings.tokens import TokenEmbedding
from ...layers.recurrent import Recurrent


class RecurrentNetwork(nn.Module):
    """Layers of cells over steps x (B, T, F), or over token ids (B, T) of which a vector is looked up first.

    cell: makes a cell for a number of inputs, `functools.partial(LSTM, hidden=8)` say. Just one of in_features, numbers
    of a step, and vocab_size, number of tokens, is given. per_step: outputs at every step, else one when the sequence
    has been read, of both directions. embedding: size of a token's vector. layers, bidirectional, start, dropout: see
    `Recurrent`.
    A subclass with a cell of its own, `class LSTM(RecurrentNetwork, cell=LSTMCell)`, takes the cell's settings in place
    of `cell`: `LSTM(hidden=8, in_features=2, out_features=1)`.
    Raises ValueError for values out of range, and for what makes no cells. Aggarwal 7.2.
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
        if (in_features is None) == (vocab_size is None):
            raise ValueError(f"one of in_features={in_features} and vocab_size={vocab_size} must be given, not both")
        if embedding < 1:
            raise ValueError(f"embedding is {embedding}; a token's vector has at least 1 number")
        check_cell(cell)
        self.embedding = TokenEmbedding(vocab_size, embedding) if vocab_size is not None else nn.Identity()
        inputs = embedding if in_features is None else in_features
        self.recurrent = Recurrent(
            cell, inputs, layers=layers, bidirectional=bidirectional, start=start, dropout=dropout
        )
        self.readout = nn.Linear(self.recurrent.width, out_features)
        self.per_step = per_step

    def __init_subclass__(cls, cell: type[Cell] | None = None) -> None:
        """Give a subclass with a cell of its own the constructor that goes with it."""
        super().__init_subclass__()
        if cell is not None:
            cls.__init__ = constructor(cell)  # type: ignore[method-assign]

    def forward(self, x: Shaped[Tensor, "B T *F"], mask: Bool[Tensor, "B T"] | None = None) -> Float[Tensor, "B *T O"]:
        """Return the raw outputs; those of a step do not depend on later ones, unless both directions are read."""
        return self.run(x, mask)[0]

    def forward_features(
        self, x: Shaped[Tensor, "B T *F"], mask: Bool[Tensor, "B T"] | None = None
    ) -> Float[Tensor, "B *T W"]:
        """Return what the readout reads: the outputs of the last layer."""
        return self._read(x, mask, None)[0]

    @property
    def head(self) -> nn.Linear:
        """The last layer."""
        return self.readout

    def run(
        self, x: Shaped[Tensor, "B T *F"], mask: Bool[Tensor, "B T"] | None = None, state: list[State] | None = None
    ) -> tuple[Float[Tensor, "B *T O"], list[State]]:
        """Return the raw outputs and the state to go on from with the next segment of the sequences."""
        h, state = self._read(x, mask, state)
        return self.readout(h), state

    def _read(self, x: Tensor, mask: Tensor | None, state: list[State] | None) -> tuple[Tensor, list[State]]:
        """Return the outputs of the last layer, of all steps or of the end, and the state."""
        h, state = self.recurrent(self.embedding(x), mask, state)
        return h if self.per_step else self.recurrent.ends(h, mask), state


def check_cell(cell: object) -> None:
    """Raise ValueError for what makes no cells: a name, a network, a class that is not derived from `Cell`."""
    made_by = cell.func if isinstance(cell, partial) else cell
    if isinstance(made_by, type):
        fits, name = issubclass(made_by, Cell), made_by.__name__
    elif isinstance(made_by, nn.Module):
        fits, name = False, f"{type(made_by).__name__}(...)"
    else:
        fits, name = callable(made_by), repr(made_by)
    if not fits:
        raise ValueError(
            f"cell {name} makes no cells; a class derived from {Cell.__module__}.Cell does, "
            "model.cell._target_=nnzoo.layers.cells.gru.GRU for example"
        )


def constructor(cell: type[Cell]) -> Callable[..., None]:
    """Return a constructor of a network that takes the settings of its cell beside those of `RecurrentNetwork`.

    It has the signature that one written out would have: all settings by name, with types and defaults.
    """
    own = [
        p.replace(kind=Parameter.KEYWORD_ONLY) for p in signature(cell).parameters.values() if p.name != "in_features"
    ]
    shared = [p for p in signature(RecurrentNetwork).parameters.values() if p.name != "cell"]
    taken = Signature([Parameter("self", Parameter.POSITIONAL_OR_KEYWORD), *own, *shared])

    def __init__(self: RecurrentNetwork, **settings: Any) -> None:  # noqa: N807
        taken.bind(self, **settings)  # raises TypeError for names that are not there or lack
        of_cell = {p.name: settings.pop(p.name) for p in own if p.name in settings}
        RecurrentNetwork.__init__(self, cell=partial(cell, **of_cell), **settings)

    __init__.__signature__ = taken  # type: ignore[attr-defined]
    return __init__
