"""Multilayer perceptron over a sliding window of a sequence.

Shapes: B sequences, T steps, F features per step, S = 2 * window + 1 steps of a window, O outputs.
"""

from collections.abc import Sequence

import torch
from jaxtyping import Bool, Float, Shaped
from torch import Tensor, nn

from ..card import Traits
from ..layers.embeddings.steps import embed_steps
from .mlp import MLP


class WindowMLP(nn.Module):
    """One MLP that is applied at every step to the step and its neighbors: a baseline for recurrent networks.

    in_features: F, or vocab_size: number of tokens (exactly one of the two); window: neighbors on each side, where a
    learned vector pads the sequence at both ends; embedding: size of token vectors. hidden, activation, dropout: see
    `MLP`. Raises ValueError for values out of range, and for per_step=False, since the network has an output at every
    step. Aggarwal 7.1: the output does not depend on steps outside the window.
    """

    traits = Traits(
        inputs=("tokens", "sequence"), causal=("window", 0), needs={"activation": ("hidden",), "dropout": ("hidden",)}
    )

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
        if not per_step:
            raise ValueError(
                "the window network has an output at every step; the data has one target for each example: use "
                "model=gru, for example"
            )
        if window < 0:
            raise ValueError(f"window is {window}; it must be at least 0")
        self.window = window
        self.embedding, width = embed_steps(in_features, vocab_size, embedding)
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
        """Return the input of the head: the last hidden layer of the MLP (U units)."""
        return self.mlp.forward_features(self.windows(x, mask))

    def forward(self, x: Shaped[Tensor, "B T *F"], mask: Bool[Tensor, "B T"] | None = None) -> Float[Tensor, "B T O"]:
        """Return the raw outputs."""
        output: Tensor = self.mlp(self.windows(x, mask))
        return output

    def windows(self, x: Shaped[Tensor, "B T *F"], mask: Bool[Tensor, "B T"] | None) -> Float[Tensor, "B T W"]:
        """Return each step with its neighbors, W = S * F numbers (for tokens F is the embedding size)."""
        steps = self.embedding(x)
        if self.border is not None:
            if mask is not None:
                steps = torch.where(mask.unsqueeze(-1), steps, self.border)
            padding = self.border.expand(steps.shape[0], self.window, -1)
            steps = torch.cat([padding, steps, padding], 1)
            steps = steps.unfold(1, 2 * self.window + 1, 1).transpose(2, 3).flatten(2)  # (B, T, S * F)
        return steps
