"""Hierarchical softmax: classes as the leaves of a binary tree. Shapes as in `base`, here K - 1 outputs.

D is the greatest depth of a leaf.
"""

from collections.abc import Sequence
from functools import cache
from typing import ClassVar

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from . import trees
from .base import Loss
from .domain import check_classes


class HierarchicalSoftmax(Loss):
    """-log of the probability of the way from the root to the right class, each turn a logistic decision.

    An inner node has one output, z: right (1) has probability sigmoid(z), left (0) the rest. codes: a given tree, as
    the turns to each class, ("0", "10", "11") say; frequencies: of the classes, for the Huffman tree; neither: a
    balanced tree over the classes in random order, by seed. Only the outputs on the way to the right class get a
    gradient.
    Raises ValueError for both, for a tree with a side that leads nowhere, and for other numbers of classes.
    Aggarwal 2.3.4, 2.6.2.
    """

    targets: ClassVar[tuple[str, ...]] = ("classes",)

    def __init__(
        self, *, codes: Sequence[str] | None = None, frequencies: Sequence[float] | None = None, seed: int = 0
    ) -> None:
        super().__init__()
        if codes is not None and frequencies is not None:
            raise ValueError("codes are a tree already; frequencies are to make one")
        if frequencies is not None:
            codes = trees.huffman(frequencies)
        if codes is not None:
            trees.check(codes)
        self.codes = None if codes is None else tuple(codes)
        self.seed = seed

    def out_features(self, target_size: int) -> int:
        """Return the number of inner nodes, one less than the classes; raises ValueError if the tree has others."""
        if target_size < 2:
            raise ValueError(f"there must be at least 2 classes to tell apart, got {target_size}")
        if self.codes is not None and len(self.codes) != target_size:
            raise ValueError(f"the tree has {len(self.codes)} leaves; there are {target_size} classes")
        return target_size - 1

    def tree(self, output: Tensor) -> tuple[Tensor, Tensor]:
        """Return the nodes on the way to each class, (K, D), and the turns there: +1, -1, and 0 after its end."""
        classes = output.shape[-1] + 1
        nodes, turns = paths(trees.drawn(classes, self.seed) if self.codes is None else self.codes)
        return nodes.to(output.device), turns.to(output)

    def scores(self, output: Tensor) -> Tensor:
        """Return the log-probabilities of the classes: (*n, K - 1) -> (*n, K)."""
        nodes, turns = self.tree(output)
        return (nn.functional.logsigmoid(turns * output[..., nodes]) * turns.abs()).sum(-1)

    def forward(self, output: Float[Tensor, "*n K1"], target: Int[Tensor, "*n"]) -> Float[Tensor, "*n"]:
        """Return the loss for classes 0 to K-1."""
        check_classes(target, output.shape[-1] + 1)
        nodes, turns = self.tree(output)
        way = turns[target]
        return (nn.functional.softplus(-way * output.gather(-1, nodes[target])) * way.abs()).sum(-1)


@cache
def paths(codes: trees.Codes) -> tuple[Tensor, Tensor]:
    """Return the ways to the leaves of a tree as in `HierarchicalSoftmax.tree`; nodes are numbered by their codes."""
    numbers = {node: i for i, node in enumerate(sorted({code[:d] for code in codes for d in range(len(code))}))}
    nodes = torch.zeros(len(codes), max(map(len, codes)), dtype=torch.long)
    turns = torch.zeros(nodes.shape)
    for i, code in enumerate(codes):
        nodes[i, : len(code)] = torch.tensor([numbers[code[:d]] for d in range(len(code))])
        turns[i, : len(code)] = torch.tensor([1.0 if turn == "1" else -1.0 for turn in code])
    return nodes, turns
