"""Hierarchical softmax: classes as the leaves of a binary tree. Shapes as in `losses.base`, here K - 1 outputs.

F inputs of the layer that gives them.
"""

from collections.abc import Sequence
from typing import ClassVar, Literal

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from ..base import Loss
from ..domain import check_classes
from . import trees

F = nn.functional

BLOCK = 1 << 18  # outputs that are gone through at once: what is made of them stays in the cache


class HierarchicalSoftmax(Loss):
    """-log of the probability of the way from the root to the right class, each turn a logistic decision.

    An inner node has one output, z: right (1) has probability sigmoid(z), left (0) the rest. codes: a given tree, as
    the turns to each class, ("0", "10", "11") say; frequencies: of the classes, for the Huffman tree, in a config also
    "data", those of the training targets; neither: a balanced tree over the classes in random order, by seed. Only
    the outputs on the way to the right class get a gradient; `on_the_way` computes no others.
    Raises ValueError for both, for a tree with a side that leads nowhere, and for other numbers of classes.
    Aggarwal 2.3.4, 2.6.2.
    """

    targets: ClassVar[tuple[str, ...]] = ("classes", "next_token")

    def __init__(
        self,
        *,
        codes: Sequence[str] | None = None,
        frequencies: Sequence[float] | Literal["data"] | None = None,
        seed: int = 0,
    ) -> None:
        super().__init__()
        if codes is not None and frequencies is not None:
            raise ValueError("codes are a tree already; frequencies are to make one")
        if isinstance(frequencies, str):
            raise ValueError(f"frequencies are '{frequencies}', which a config may say; here they are numbers")
        if codes is not None:
            trees.check(codes)
        self.codes = (
            tuple(codes) if codes is not None else trees.huffman(frequencies) if frequencies is not None else None
        )
        self.seed = seed
        self.ways: trees.Ways | None = None

    def out_features(self, target_size: int) -> int:
        """Return the number of inner nodes, one less than the classes; raises ValueError if the tree has others."""
        if target_size < 2:
            raise ValueError(f"there must be at least 2 classes to tell apart, got {target_size}")
        if self.codes is not None and len(self.codes) != target_size:
            raise ValueError(f"the tree has {len(self.codes)} leaves; there are {target_size} classes")
        return target_size - 1

    def tree(self, classes: int, device: torch.device) -> trees.Ways:
        """Return the tree over so many classes, which is made once."""
        if self.ways is None or len(self.ways.nodes) != classes:
            self.ways = trees.Ways.of(trees.drawn(classes, self.seed) if self.codes is None else self.codes)
        self.ways = self.ways.to(device)
        return self.ways

    def scores(self, output: Tensor) -> Tensor:
        """Return the log-probabilities of the classes: (*n, K - 1) -> (*n, K)."""
        inner = output.shape[-1]
        tree = self.tree(inner + 1, output.device)
        parts = output.reshape(-1, inner).split(max(1, BLOCK // inner))
        return torch.cat([reached(part, tree) for part in parts]).view(*output.shape[:-1], inner + 1)

    def probabilities(self, output: Float[Tensor, "*n K1"]) -> Float[Tensor, "*n K"]:
        """Return the products of the decisions on the way to each class."""
        return self.scores(output).exp()

    def forward(self, output: Float[Tensor, "*n K1"], target: Int[Tensor, "*n"]) -> Float[Tensor, "*n"]:
        """Return the loss for classes 0 to K-1."""
        check_classes(target, output.shape[-1] + 1)
        tree = self.tree(output.shape[-1] + 1, output.device)
        turns = tree.turns[target]
        return (F.softplus(-turns * output.gather(-1, tree.nodes[target])) * turns.abs()).sum(-1)

    def on_the_way(
        self,
        inputs: Float[Tensor, "*n F"],
        weight: Float[Tensor, "K1 F"],
        bias: Float[Tensor, " K1"] | None,
        target: Int[Tensor, "*n"],
        *,
        sparse: bool = False,
    ) -> Float[Tensor, "*n"]:
        """Return the loss of the outputs inputs W' + b, of which only those on the way to the right class are computed.

        sparse: the gradient of W is a sparse tensor, of the rows that were used.
        """
        check_classes(target, len(weight) + 1)
        tree = self.tree(len(weight) + 1, weight.device)
        turns = tree.turns[target].flatten(0, -2)
        example, depth = turns.nonzero(as_tuple=True)  # (L,) turns of all ways; some are much longer than others
        node = tree.nodes[target].flatten(0, -2)[example, depth]
        rows = F.embedding(node, weight, sparse=sparse)
        output = (inputs.flatten(0, -2).index_select(0, example) * rows).sum(-1)
        if bias is not None:
            output = output + bias[node]
        losses = F.softplus(-turns[example, depth] * output)
        return losses.new_zeros(target.numel()).index_add(0, example, losses).view(target.shape)


def reached(output: Float[Tensor, "N K1"], tree: trees.Ways) -> Float[Tensor, "N K"]:
    """Return the log-probabilities of the classes, level by level: each inner node is gone through once."""
    above, ends = output.new_zeros(len(output), 1), []  # the root is reached with probability 1
    for level in tree.levels:
        z = output.index_select(1, level.nodes)
        below = torch.cat([above + F.logsigmoid(-z), above + F.logsigmoid(z)], 1)
        above = below.index_select(1, level.inner)
        ends.append(below.index_select(1, level.leaves))
    return torch.cat(ends, 1).index_select(1, tree.places)
