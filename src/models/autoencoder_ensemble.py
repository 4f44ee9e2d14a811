"""An ensemble of autoencoders with randomly dropped connections.

Shapes: *n examples or steps, F inputs, M members, K code units, U units of the last hidden layer.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import Literal

import torch
from jaxtyping import Bool, Float
from torch import Tensor, nn

from ..card import Traits
from ..layers.activations import activation as activation_named
from ..layers.linear.members import MemberLinear


class Combine(nn.Module):
    """The median or mean over the members. For an even number of members, the median is the mean of the middle two."""

    def __init__(self, how: Literal["median", "mean"]) -> None:
        super().__init__()
        self.how = how

    def forward(self, values: Float[Tensor, "*n M F"]) -> Float[Tensor, "*n F"]:
        """Return the combined values."""
        if self.how == "mean":
            return values.mean(-2)
        ordered, members = values.sort(-2).values, values.shape[-2]
        upper = ordered.select(-2, members // 2)
        return upper if members % 2 else torch.lerp(ordered.select(-2, members // 2 - 1), upper, 0.5)


class AutoencoderEnsemble(nn.Module):
    """M autoencoders, each with its own weights and a random part of its connections removed. Aggarwal 4.5.3, 2.5.4.

    The members are computed together; `task=ensemble` trains each of them as if it was alone.
    members: M; dropped: probability with which a connection is removed; hidden: units of each hidden layer of the
    encoder, and reversed of the decoder; code: K; activation: of all hidden layers; code_activation: of the code layer;
    combine: how the outputs and the outlier scores of the members are combined.
    Raises ValueError for a layer without units, fewer than one member, and a probability out of range.
    """

    traits = Traits(inputs=("vector",), targets=("input",), needs={"activation": ("hidden",)})

    def __init__(
        self,
        *,
        in_features: int,
        members: int = 25,
        dropped: float = 0.3,
        hidden: Sequence[int] = (64,),
        code: int = 8,
        activation: str = "relu",
        code_activation: str = "identity",
        combine: Literal["median", "mean"] = "median",
    ) -> None:
        super().__init__()
        if (smallest := min([*hidden, code])) < 1:
            raise ValueError(f"a layer has {smallest} units; each needs at least 1")
        self.members = members
        self.code = code
        sizes = [in_features, *hidden, code, *[*hidden][::-1], in_features]
        layers = [
            MemberLinear(members=members, in_features=n, out_features=m, dropped=dropped) for n, m in pairwise(sizes)
        ]
        depth = len(hidden) + 1
        encoder = [each for layer in layers[:depth] for each in (layer, activation_named(activation))]
        decoder = [each for layer in layers[depth:-1] for each in (layer, activation_named(activation))]
        self.encoder = nn.Sequential(*encoder[:-1], activation_named(code_activation))
        self.decoder = nn.Sequential(*decoder)
        self.head = nn.Sequential(layers[-1], Combine(combine))

    def forward(self, x: Float[Tensor, "*n F"]) -> Float[Tensor, "*n F"]:
        """Return the combined raw reconstructions."""
        return self.head(self.forward_features(x))

    def member_outputs(self, x: Float[Tensor, "*n F"]) -> Float[Tensor, "*n M F"]:
        """Return the raw reconstruction of each member."""
        return self.head[0](self.forward_features(x))

    def combine(self, values: Float[Tensor, "*n M F"]) -> Float[Tensor, "*n F"]:
        """Return values of the members, combined as the outputs are."""
        return self.head[1](values)

    def forward_features(
        self, x: Float[Tensor, "*n F"], mask: Bool[Tensor, "*n"] | None = None
    ) -> Float[Tensor, "*n M U"]:
        """Return the input of the output layer of each member: its last hidden layer, or else its code."""
        return self.decoder(self._codes(x))

    def encode(self, x: Float[Tensor, "*n F"]) -> Float[Tensor, "*n MK"]:
        """Return the codes of all members, one after the other."""
        return self._codes(x).flatten(-2)

    def decode(self, code: Float[Tensor, "*n MK"]) -> Float[Tensor, "*n F"]:
        """Return the combined raw reconstructions from the codes of all members."""
        return self.head(self.decoder(code.unflatten(-1, (self.members, self.code))))

    def _codes(self, x: Float[Tensor, "*n F"]) -> Float[Tensor, "*n M K"]:
        return self.encoder(x.unsqueeze(-2).expand(*x.shape[:-1], self.members, x.shape[-1]))
