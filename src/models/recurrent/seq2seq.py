"""The encoder-decoder of two recurrent networks: one reads a sequence, the other writes one.

Shapes: B sequences, T steps that are read, F inputs of such a step, U symbols that are written, K different symbols, W
numbers that a layer gives out in a step.
"""

from collections.abc import Callable

import torch
from jaxtyping import Bool, Float, Int, Shaped
from torch import Tensor, nn

from ...card import Traits
from ...layers.cells.base import Cell, State
from ...layers.embeddings.tokens import TokenEmbedding
from ...layers.recurrent import Recurrent
from ...spec import END_SYMBOL


class Seq2Seq(nn.Module):
    """A recurrent encoder, whose last output is the code of a sequence, and a decoder that starts from the code.

    The decoder reads the symbol that ends a sequence, then at each step the symbol before: that of the given sequence
    (teacher forcing), or the likeliest one by its own outputs (free running). Its states before the first step are
    linear in the code.
    cell: makes a cell for a number of inputs, `functools.partial(GRU, hidden=8)` say. Just one of in_features, numbers
    of a step, and vocab_size, number of tokens, is given. out_features: K; target_len: steps of free running. layers,
    dropout: see `Recurrent`, of encoder and decoder each; bidirectional: the encoder reads in both directions.
    embedding: size of the vector of a token, and of a symbol.
    Raises ValueError for values out of range. Aggarwal 7.7.2.
    """

    traits = Traits(inputs=("tokens", "sequence"), targets=("sequence",), causal=False)

    def __init__(
        self,
        *,
        cell: Callable[[int], Cell],
        out_features: int,
        target_len: int,
        in_features: int | None = None,
        vocab_size: int | None = None,
        layers: int = 1,
        bidirectional: bool = False,
        dropout: float = 0.0,
        embedding: int = 64,
    ) -> None:
        super().__init__()
        if (in_features is None) == (vocab_size is None):
            raise ValueError(f"one of in_features={in_features} and vocab_size={vocab_size} must be given, not both")
        for name, value in (("embedding", embedding), ("target_len", target_len)):
            if value < 1:
                raise ValueError(f"{name} is {value}; it must be at least 1")
        self.target_len = target_len
        self.embedding = TokenEmbedding(vocab_size, embedding) if vocab_size is not None else nn.Identity()
        inputs = embedding if in_features is None else in_features
        self.encoder = Recurrent(cell, inputs, layers=layers, bidirectional=bidirectional, dropout=dropout)
        self.symbols = TokenEmbedding(out_features, embedding)
        self.decoder = Recurrent(cell, embedding, layers=layers, dropout=dropout)
        self.sizes: list[tuple[int, ...]] = [each.sizes for each in self.decoder.cells]  # type: ignore[misc]
        self.link = nn.Linear(self.encoder.width, sum(map(sum, self.sizes)))
        self.readout = nn.Linear(self.decoder.width, out_features)

    def forward(
        self,
        x: Shaped[Tensor, "B T *F"],
        mask: Bool[Tensor, "B T"] | None = None,
        given: Int[Tensor, "B U"] | None = None,
    ) -> Float[Tensor, "B U K"]:
        """Return the raw outputs: of U steps with `given` sequences, -1 after their ends; else of all `target_len`.

        The outputs of a step do not depend on the given symbol of this step, nor on later ones.
        """
        return self.readout(self.forward_features(x, mask, given))

    def forward_features(
        self,
        x: Shaped[Tensor, "B T *F"],
        mask: Bool[Tensor, "B T"] | None = None,
        given: Int[Tensor, "B U"] | None = None,
    ) -> Float[Tensor, "B U W"]:
        """Return what the readout reads: the outputs of the decoder's last layer."""
        state = self.start(self.encode(x, mask))
        end = torch.full((len(x), 1), END_SYMBOL, device=x.device)
        if given is not None:
            read = torch.cat([end, given[:, :-1]], 1).clamp_min(END_SYMBOL)
            return self.decoder(self.symbols(read), None, state)[0]
        features, symbol = [], end
        for _ in range(self.target_len):
            h, state = self.decoder(self.symbols(symbol), None, state)
            features.append(h)
            symbol = self.readout(h).argmax(-1)
        return torch.cat(features, 1)

    @property
    def head(self) -> nn.Linear:
        """The last layer."""
        return self.readout

    def encode(self, x: Shaped[Tensor, "B T *F"], mask: Bool[Tensor, "B T"] | None = None) -> Float[Tensor, "B W"]:
        """Return the code: what the encoder gives out when it has read everything, of both directions."""
        return self.encoder.ends(self.encoder(self.embedding(x), mask)[0], mask)

    def start(self, code: Float[Tensor, "B W"]) -> list[State]:
        """Return the states of the decoder's cells before the first step."""
        parts = iter(self.link(code).split([size for each in self.sizes for size in each], 1))
        return [tuple(next(parts).contiguous() for _ in each) for each in self.sizes]
