"""Recurrent encoder-decoder.

Shapes: B sequences, T input steps, F features per input step, U output symbols, K symbols of the output vocabulary, W
outputs of a recurrent layer per step.
"""

from collections.abc import Callable

import torch
from jaxtyping import Bool, Float, Int, Shaped
from torch import Tensor, nn

from ...card import Traits
from ...layers.cells.base import Cell, State
from ...layers.embeddings.steps import embed_steps
from ...layers.embeddings.tokens import TokenEmbedding
from ...layers.recurrent import Recurrent
from ...spec import END_SYMBOL
from ..components import check_component


class Seq2Seq(nn.Module):
    """A recurrent encoder whose final output is the code of a sequence, and a recurrent decoder.

    The initial state of the decoder is a linear function of the code. At the first step the decoder reads the end
    symbol, then the previous symbol: that of the given sequence (teacher forcing), or its own most probable one (free
    running).
    cell: a function from the number of inputs to a cell, for example `functools.partial(GRU, hidden=8)`; in_features:
    F, or vocab_size: number of tokens (exactly one of the two); out_features: K; target_len: steps of free running;
    layers, dropout: of encoder and decoder, see `Recurrent`; bidirectional: of the encoder; embedding: size of the
    vectors of tokens and symbols.
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
        if target_len < 1:
            raise ValueError(f"target_len is {target_len}; it must be at least 1")
        check_component("cell", cell, Cell, "nnzoo.layers.cells.gru.GRU")
        self.target_len = target_len
        self.embedding, inputs = embed_steps(in_features, vocab_size, embedding)
        self.encoder = Recurrent(cell, inputs, layers=layers, bidirectional=bidirectional, dropout=dropout)
        self.symbols = TokenEmbedding(out_features, embedding)
        self.decoder = Recurrent(cell, embedding, layers=layers, dropout=dropout)
        self.state_sizes: list[tuple[int, ...]] = [each.state_sizes for each in self.decoder.cells]  # type: ignore[misc]
        self.link = nn.Linear(self.encoder.output_size, sum(map(sum, self.state_sizes)))
        self.readout = nn.Linear(self.decoder.output_size, out_features)

    def forward(
        self,
        x: Shaped[Tensor, "B T *F"],
        mask: Bool[Tensor, "B T"] | None = None,
        given: Int[Tensor, "B U"] | None = None,
    ) -> Float[Tensor, "B U K"]:
        """Return the raw outputs of U steps with teacher forcing, or of target_len steps of free running.

        given: target sequences for teacher forcing, -1 after their end. The outputs of a step do not depend on the
        given symbols of this and later steps.
        """
        return self.readout(self.forward_features(x, mask, given))

    def forward_features(
        self,
        x: Shaped[Tensor, "B T *F"],
        mask: Bool[Tensor, "B T"] | None = None,
        given: Int[Tensor, "B U"] | None = None,
    ) -> Float[Tensor, "B U W"]:
        """Return the input of the readout: the outputs of the decoder's last layer."""
        state = self.initial_state(self.encode(x, mask))
        end = torch.full((x.shape[0], 1), END_SYMBOL, device=x.device)
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
        """Return the code: the output of the encoder after the whole sequence, of both directions."""
        return self.encoder.final_outputs(self.encoder(self.embedding(x), mask)[0], mask)

    def initial_state(self, code: Float[Tensor, "B W"]) -> list[State]:
        """Return the initial states of the decoder's cells."""
        parts = iter(self.link(code).split([size for each in self.state_sizes for size in each], 1))
        return [tuple(next(parts).contiguous() for _ in each) for each in self.state_sizes]
