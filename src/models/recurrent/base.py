"""What the recurrent networks share: tokens to vectors, layers of cells, and a readout.

Shapes: B sequences, T steps, F inputs and O outputs of a step.
"""

from collections.abc import Callable

from jaxtyping import Bool, Float, Shaped
from torch import Tensor, nn

from ...layers.cells.base import Cell, State
from ...layers.recurrent import Recurrent
from ...layers.tokens import Tokens


class RecurrentNetwork(nn.Module):
    """Layers of cells over steps x (B, T, F), or over token ids (B, T) of which a vector is looked up first.

    cell: makes a cell for a number of inputs. Just one of in_features, numbers of a step, and vocab_size, number of
    tokens, is given. per_step: outputs at every step, else one when the sequence has been read, of both directions.
    embedding: size of a token's vector. layers, bidirectional, start, dropout: see `Recurrent`.
    Raises ValueError for values out of range.
    """

    def __init__(
        self,
        cell: Callable[[int], Cell],
        *,
        in_features: int | None,
        vocab_size: int | None,
        out_features: int,
        per_step: bool,
        layers: int,
        bidirectional: bool,
        start: str,
        dropout: float,
        embedding: int,
    ) -> None:
        super().__init__()
        if (in_features is None) == (vocab_size is None):
            raise ValueError(f"one of in_features={in_features} and vocab_size={vocab_size} must be given, not both")
        if embedding < 1:
            raise ValueError(f"embedding is {embedding}; a token's vector has at least 1 number")
        self.embedding = Tokens(vocab_size, embedding) if vocab_size is not None else nn.Identity()
        inputs = embedding if in_features is None else in_features
        self.recurrent = Recurrent(
            cell, inputs, layers=layers, bidirectional=bidirectional, start=start, dropout=dropout
        )
        self.readout = nn.Linear(self.recurrent.width, out_features)
        self.per_step = per_step

    def forward(self, x: Shaped[Tensor, "B T *F"], mask: Bool[Tensor, "B T"] | None = None) -> Float[Tensor, "B *T O"]:
        """Return the raw outputs; those of a step do not depend on later ones, unless both directions are read."""
        return self.run(x, mask)[0]

    def run(
        self, x: Shaped[Tensor, "B T *F"], mask: Bool[Tensor, "B T"] | None = None, state: list[State] | None = None
    ) -> tuple[Float[Tensor, "B *T O"], list[State]]:
        """Return the raw outputs and the state to go on from with the next segment of the sequences."""
        h, state = self.recurrent(self.embedding(x), mask, state)
        return self.readout(h if self.per_step else self.recurrent.ends(h, mask)), state
