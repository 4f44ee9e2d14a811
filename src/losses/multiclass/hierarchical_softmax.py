"""Hierarchical softmax over a binary tree whose leaves are the classes.

Shapes as in `losses.base`, but with K - 1 outputs for K classes; F inputs of the output layer.
"""

from collections.abc import Sequence
from typing import ClassVar, Literal

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from ..context import NeededOutputs, SelectiveLoss
from ..domain import check_classes
from . import trees

F = nn.functional

BLOCK = 1 << 18  # outputs processed at once, so that intermediate results stay in the processor's cache


class HierarchicalSoftmax(SelectiveLoss):
    """Negative log-probability of the path from the root to the right class; each branch is a logistic decision.

    An inner node has one output z: the right branch (1) has probability sigmoid(z), the left branch (0) has
    1 - sigmoid(z). codes: the tree as one code word per class, for example ("0", "10", "11"); frequencies: class
    frequencies for a Huffman tree, or "data" in a config for the frequencies of the training targets; with neither, the
    tree is balanced over the classes in random order (seed). Only the outputs on the path to the right class get a
    gradient; `path_loss` computes only those.
    Raises ValueError for codes together with frequencies, for a tree with an empty branch, and for another number of
    classes. Aggarwal 2.3.4, 2.6.2.
    """

    targets: ClassVar[tuple[str, ...]] = ("classes", "next_token", "context")

    def __init__(
        self,
        *,
        codes: Sequence[str] | None = None,
        frequencies: Sequence[float] | Literal["data"] | None = None,
        seed: int = 0,
    ) -> None:
        super().__init__()
        if codes is not None and frequencies is not None:
            raise ValueError("codes and frequencies both define the tree; give only one of them")
        if isinstance(frequencies, str):
            raise ValueError(f"frequencies is '{frequencies}', which only a config may contain; pass numbers")
        if codes is not None:
            trees.check_codes(codes)
        self.codes = (
            tuple(codes) if codes is not None else trees.huffman_tree(frequencies) if frequencies is not None else None
        )
        self.seed = seed
        self.paths: trees.TreePaths | None = None

    def out_features(self, target_size: int) -> int:
        """Return the number of inner nodes, K - 1. Raises ValueError if the tree has another number of classes."""
        if target_size < 2:
            raise ValueError(f"hierarchical softmax needs at least 2 classes, got {target_size}")
        if self.codes is not None and len(self.codes) != target_size:
            raise ValueError(f"the tree has {len(self.codes)} leaves; there are {target_size} classes")
        return target_size - 1

    def tree(self, classes: int, device: torch.device) -> trees.TreePaths:
        """Return the tree over `classes` classes; it is built once."""
        if self.paths is None or len(self.paths.nodes) != classes:
            codes = trees.random_tree(classes, self.seed) if self.codes is None else self.codes
            self.paths = trees.TreePaths.from_codes(codes)
        self.paths = self.paths.to(device)
        return self.paths

    def scores(self, output: Tensor) -> Tensor:
        """Return the log-probabilities of the classes: (*n, K - 1) -> (*n, K)."""
        inner = output.shape[-1]
        tree = self.tree(inner + 1, output.device)
        rows, size = output.reshape(-1, inner), max(1, BLOCK // inner)
        if rows.shape[0] <= size:  # also in an exported network, in which the number of parts would be a constant
            return leaf_log_probabilities(rows, tree).view(*output.shape[:-1], inner + 1)
        parts = [leaf_log_probabilities(part, tree) for part in rows.split(size)]
        return torch.cat(parts).view(*output.shape[:-1], inner + 1)

    def probabilities(self, output: Float[Tensor, "*n K1"]) -> Float[Tensor, "*n K"]:
        """Return the probability of each class: the product of the branch probabilities on its path."""
        return self.scores(output).exp()

    def forward(self, output: Float[Tensor, "*n K1"], target: Int[Tensor, "*n"]) -> Float[Tensor, "*n"]:
        """Return the loss for classes 0 to K-1."""
        check_classes(target, output.shape[-1] + 1)
        tree = self.tree(output.shape[-1] + 1, output.device)
        signs = tree.signs[target]
        return (F.softplus(-signs * output.gather(-1, tree.nodes[target])) * signs.abs()).sum(-1)

    def context_losses(self, output: Float[Tensor, "B K1"], target: Int[Tensor, "B C"]) -> Float[Tensor, "B C"]:
        """Return the loss of each of C neighbours."""
        return -self.scores(output).gather(1, target.clamp(min=0))

    def path_loss(
        self,
        inputs: Float[Tensor, "*n F"],
        weight: Float[Tensor, "K1 F"],
        bias: Float[Tensor, " K1"] | None,
        target: Int[Tensor, "*n"],
        *,
        sparse: bool = False,
    ) -> Float[Tensor, "*n"]:
        """Return the loss for the outputs inputs W' + b; only the outputs on the path to the right class are computed.

        sparse: make the gradient of W a sparse tensor with the rows that were used.
        """
        check_classes(target, len(weight) + 1)
        tree = self.tree(len(weight) + 1, weight.device)
        signs = tree.signs[target].flatten(0, -2)
        example, depth = signs.nonzero(as_tuple=True)  # (L,) branches of all paths, since path lengths differ widely
        node = tree.nodes[target].flatten(0, -2)[example, depth]
        rows = F.embedding(node, weight, sparse=sparse)
        output = (inputs.flatten(0, -2).index_select(0, example) * rows).sum(-1)
        if bias is not None:
            output = output + bias[node]
        losses = F.softplus(-signs[example, depth] * output)
        return losses.new_zeros(target.numel()).index_add(0, example, losses).view(target.shape)

    def needed_outputs(
        self, target: Int[Tensor, "B C"], size: int, step: int, generator: torch.Generator | None
    ) -> NeededOutputs:
        """Return the outputs on the paths to the neighbours, with weight 1 for the right branch and -1 for the left."""
        del generator
        tree = self.tree(size + 1, target.device)
        known = target.clamp(min=0)
        weights = (tree.signs[known] * (target >= 0)[..., None]).float()
        return NeededOutputs.of_examples(tree.nodes[known].flatten(1), weights.flatten(1), step)


def leaf_log_probabilities(output: Float[Tensor, "N K1"], tree: trees.TreePaths) -> Float[Tensor, "N K"]:
    """Return the log-probabilities of the classes; the tree is traversed once, level by level."""
    above, leaves = torch.zeros_like(output[:, :1]), []  # the root has probability 1
    for level in tree.levels:
        z = output.index_select(1, level.nodes)
        below = torch.cat([above + F.logsigmoid(-z), above + F.logsigmoid(z)], 1)
        above = below.index_select(1, level.inner)
        leaves.append(below.index_select(1, level.leaves))
    return torch.cat(leaves, 1).index_select(1, tree.leaf_index)
