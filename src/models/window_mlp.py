"""A multilayer perceptron that slides over a sequence.

Shapes: B sequences, T steps, F numbers of a step, S = 2 * window + 1 steps that are seen at once, O outputs.
"""

from collections.abc import Sequence

import torch
from jaxtyping import Bool, Float, Shaped
from torch import Tensor, nn

from ..card import Traits
from ..layers.embeddings.tokens import TokenEmbedding
from .mlp import MLP


class WindowMLP(nn.Module):
    """The same MLP at every step, of the step and its neighbours: what a network without memory can know of a text.

    Just one of in_features, numbers of a step, and vocab_size, number of tokens, is given. window: steps to each
    side; beyond the borders of a sequence stands a learned vector. embedding: size of a token's vector. hidden,
    activation, dropout: see `MLP`. Raises ValueError for values out of range, and for one output a sequence, which
    an MLP at every step does not give. Aggarwal 7.1: a window of fixed width does not see what lies beyond it.
    """

    traits = Traits(inputs=("tokens", "sequence"), causal=("window", 0))

    def __init__(
        self,
        *,
        out_features: int,
        in_features: int | None = None,
        vocab_size: int | None = None,
        per_step: bool = True,
        window: int = 2,
        hidden: Sequence[int] = (128,),
        activation: str = "relu",
        dropout: float = 0.0,
        embedding: int = 64,
    ) -> None:
        super().__init__()
        if (in_features is None) == (vocab_size is None):
            raise ValueError(f"one of in_features={in_features} and vocab_size={vocab_size} must be given, not both")
        if not per_step:
            raise ValueError("a window gives an output at every step; the data has one target a sequence")
        if window < 0:
            raise ValueError(f"window is {window}; it must be at least 0")
        if embedding < 1:
            raise ValueError(f"embedding is {embedding}; a token's vector has at least 1 number")
        self.window = window
        self.embedding = TokenEmbedding(vocab_size, embedding) if vocab_size is not None else nn.Identity()
        width = embedding if in_features is None else in_features
        self.border = nn.Parameter(torch.zeros(width)) if window else None
        self.mlp = MLP(
            in_features=(2 * window + 1) * width,
            out_features=out_features,
            hidden=hidden,
            activation=activation,
            dropout=dropout,
        )

    @property
    def head(self) -> nn.Module:
        """The output layer of the MLP."""
        return self.mlp.head

    def forward_features(
        self, x: Shaped[Tensor, "B T *F"], mask: Bool[Tensor, "B T"] | None = None
    ) -> Float[Tensor, "B T U"]:
        """Return what the head takes: the last hidden layer of the MLP (U units)."""
        return self.mlp.forward_features(self.windows(x, mask))

    def forward(self, x: Shaped[Tensor, "B T *F"], mask: Bool[Tensor, "B T"] | None = None) -> Float[Tensor, "B T O"]:
        """Return the raw outputs."""
        output: Tensor = self.mlp(self.windows(x, mask))
        return output

    def windows(self, x: Shaped[Tensor, "B T *F"], mask: Bool[Tensor, "B T"] | None) -> Float[Tensor, "B T W"]:
        """Return each step with its neighbours, W = S * F numbers (F of the embedding for tokens)."""
        steps = self.embedding(x)
        if self.border is not None:
            if mask is not None:
                steps = torch.where(mask.unsqueeze(-1), steps, self.border)
            beyond = self.border.expand(len(steps), self.window, -1)
            steps = torch.cat([beyond, steps, beyond], 1)
            steps = steps.unfold(1, 2 * self.window + 1, 1).transpose(2, 3).flatten(2)  # (B, T, S * F)
        return steps
