"""Layouts of graphs: what an example is.

Shapes: n nodes, M examples.
"""

from abc import ABC, abstractmethod
from dataclasses import replace
from typing import ClassVar, Literal

import numpy as np
import torch
from torch import Tensor

from ...errors import UserError
from ...graphs.graph import Graph
from ...preprocessing.base import Preprocessing
from ...preprocessing.default import default
from ...preprocessing.ids import IdPreprocessing
from ...spec import Batch, DataSpec
from ..base import Splits
from ..loader import Loader
from ..sampled_loader import SampledLoader
from ..splits import Split
from .division import Division
from .sampling import EdgeSampler, PairOptions, PairSampler, codes

LayoutName = Literal["pairs", "edges", "walks", "index", "rows"]
MAX_TABLE_SIZE = 1 << 28  # numbers in an adjacency matrix: 1 GB
ENDS = ("source", "target")  # columns of a table of pairs
NODE = ("node",)


class Layout(ABC):
    """The examples of a graph."""

    spec: DataSpec
    preprocessing: Preprocessing

    @abstractmethod
    def splits(self) -> Splits:
        """Return the examples of each split."""

    def train_loader(self, evaluated: Split, batch_size: int) -> Loader | None:
        """Return the training batches if they differ between epochs, else None.

        evaluated: the training examples that are evaluated.
        """
        del evaluated, batch_size
        return None

    def predict_context(self) -> None:
        """Make a node the input and its neighbours the target. Raises UserError if the layout has no neighbours."""
        raise UserError("head=context predicts the neighbours of nodes; set data.layout=walks or data.layout=edges")

    def target_counts(self) -> tuple[float, ...] | None:
        """Return the number of times that each node is a target, None to count the targets of the training split."""
        return None


class LinkLayout(Layout):
    """Examples from edges, some of which are held out; inputs are codes of nodes, 0 for unknown nodes.

    division: the edges of each split; seed: of the training examples; encoding: of the names of nodes.
    """

    ends: ClassVar[tuple[str, ...]] = NODE

    def __init__(self, division: Division, *, seed: int) -> None:
        self.division = division
        self.seed = seed
        self.names = names = division.graph.names
        self.encoding = IdPreprocessing(
            columns=self.ends, names=self.ends, ids=(names,) * len(self.ends), unseen="refuse"
        )
        self.preprocessing = self.encoding


class PairLayout(LinkLayout):
    """An example is a pair of nodes: x (2,) their codes, y (1,): 1 for an edge and 0 for a sampled negative.

    Training edges and their negatives are drawn anew for each epoch, see `PairSampler`.
    Held-out edges are compared with equally many pairs of nodes without an edge.
    """

    ends: ClassVar[tuple[str, ...]] = ENDS

    def __init__(self, division: Division, *, seed: int, options: PairOptions) -> None:
        super().__init__(division, seed=seed)
        self.sampler = PairSampler(division.train, options)
        self.spec = DataSpec(
            "ids", (2,), "multilabel", 1, sizes=self.encoding.sizes, labels=("edge",), vocabulary=self.names
        )

    def train_loader(self, evaluated: Split, batch_size: int) -> Loader:
        """Return the training batches."""
        return SampledLoader(self.sampler, evaluated, batch_size=batch_size, seed=self.seed)

    def splits(self) -> Splits:
        """Return the examples of the first epoch, and the held-out edges and other pairs."""
        found: Splits = {"train": self.sampler.examples(self.seed, 0)}
        for split in self.division.edges.keys() - {"train"}:
            edges, others = self.division.pairs(split), self.division.other_pairs(split)
            y = torch.cat([torch.ones(len(edges), 1), torch.zeros(len(others), 1)])
            found[split] = Batch(codes(np.concatenate([edges, others])), y)
        return found


class EdgeLayout(LinkLayout):
    """An example is an edge: x (1,) the code of a node, y () the number of a node to which it has an edge, a class.

    After `predict_context`, y is (1,), the only neighbour. Training edges are drawn in proportion to their weights,
    anew for each epoch. Aggarwal 2.7.1, 2.7.2.
    """

    def __init__(self, division: Division, *, seed: int) -> None:
        super().__init__(division, seed=seed)
        names = self.names
        self.spec = DataSpec(
            "ids", (1,), "classes", len(names), sizes=self.encoding.sizes, labels=names, vocabulary=names
        )

    @property
    def sampler(self) -> EdgeSampler:
        """The sampler of the training edges."""
        return EdgeSampler(self.division.train, as_context=self.spec.target == "context")

    def predict_context(self) -> None:
        """Make the second node of an edge the only neighbour of the first."""
        self.spec = replace(self.spec, target="context")

    def target_counts(self) -> tuple[float, ...] | None:
        """Return the sum of the weights of the training edges to each node, if they are neighbours. Aggarwal 2.7.1."""
        return tuple(self.division.train.in_weights.tolist()) if self.spec.target == "context" else None

    def train_loader(self, evaluated: Split, batch_size: int) -> Loader:
        """Return the training batches."""
        return SampledLoader(self.sampler, evaluated, batch_size=batch_size, seed=self.seed)

    def splits(self) -> Splits:
        """Return the examples of the first epoch, and the held-out edges."""
        found: Splits = {"train": self.sampler.examples(self.seed, 0)}
        for split in self.division.edges.keys() - {"train"}:
            found[split] = self.sampler.of(self.division.pairs(split))
        return found


class IndexLayout(LinkLayout):
    """An example is a node: x (1,) its code, y (n,) its row of the adjacency matrix.

    The training rows are those of the training edges. In other splits the entries of training edges are unknown, NaN,
    and a row has at least one held-out edge. The rows are labels if all weights are 1, else real numbers.
    """

    def __init__(self, division: Division, *, seed: int) -> None:
        super().__init__(division, seed=seed)
        check_size(division.graph)
        self.spec = DataSpec(
            "ids",
            (1,),
            "real" if division.graph.is_weighted else "multilabel",
            len(self.names),
            sizes=self.encoding.sizes,
            labels=self.names,
            vocabulary=self.names,
            partial=True,
        )

    def splits(self) -> Splits:
        """Return the rows of each split."""
        graph, train = self.division.graph, self.division.train
        nodes = np.arange(graph.num_nodes)
        known = as_table(train)
        found: Splits = {"train": Batch(codes(nodes[:, None]), known)}
        for split, edges in self.division.edges.items():
            if split != "train":
                table = as_table(graph.with_edges(edges))
                rows = table.any(1)
                table = table.where((known == 0) | (table > 0), torch.nan)
                found[split] = Batch(codes(nodes[rows.numpy(), None]), table[rows])
        return found


class RowLayout(Layout):
    """An example is a node: x (n,) its row of the adjacency matrix, y () its class, if the graph has classes.

    Nodes are held out, not edges: each row has all edges of its node. Nodes without a known class are left out.
    rows: the nodes of each split. Raises UserError if all nodes have the same class, and if the matrix is too large.
    """

    def __init__(self, graph: Graph, rows: dict[str, Tensor]) -> None:
        check_size(graph)
        self.graph = graph
        self.rows = rows
        high = float(graph.adjacency.data.max())
        kind: Literal["real", "binary"] = "real" if graph.is_weighted else "binary"
        size = (graph.num_nodes,)
        if graph.classes is None:
            self.spec = DataSpec(kind, size, "none", 0, low=0.0, high=high)
        elif len(names := graph.class_names) < 2:
            raise UserError(f"all classes are '{names[0]}'; data.layout=rows needs at least two, or no data.labels")
        else:
            self.spec = DataSpec(kind, size, "classes", len(names), low=0.0, high=high, labels=names)
        self.preprocessing = default(self.spec)

    def splits(self) -> Splits:
        """Return the rows of the nodes of each split."""
        classes = torch.zeros(self.graph.num_nodes) if self.graph.classes is None else torch.tensor(self.graph.classes)
        base = Batch(as_table(self.graph), classes)
        return {split: Split(base, rows) for split, rows in self.rows.items()}


def as_table(graph: Graph) -> Tensor:
    """Return the adjacency matrix, float32 (n, n)."""
    return torch.from_numpy(graph.adjacency.astype(np.float32).toarray())


def check_size(graph: Graph) -> None:
    """Raise UserError if the adjacency matrix is too large."""
    if graph.num_nodes**2 > MAX_TABLE_SIZE:
        raise UserError(f"an adjacency matrix of {graph.num_nodes} nodes is too large; set data.layout=pairs")
