"""Classification of nodes from their vectors.

Shapes: n nodes with a class, d numbers of a vector.
"""

import math
import warnings
from typing import ClassVar, Literal, get_args

import numpy as np

from ..card import VectorKind
from ..data.base import Data
from ..data.graphs.base import GraphData
from ..errors import UserError, unknown
from ..graphs.graph import Floats, Ints
from ..tasks.base import Task
from .base import Evaluation
from .node_vectors import graph_of, node_vectors

SEED = 0  # of the divisions, which are the same for every run


class NodeClasses(Evaluation):
    """Scores of a logistic regression from the vectors of nodes to their classes: macro_f1 and micro_f1.

    macro_f1 is the mean of the F1 scores of all classes, micro_f1 the share of nodes with the right class. A regression
    learns from a random share of the nodes of each class and is measured on the others; the scores are means over
    `divisions` random divisions. They do not depend on the split. Nodes without a known class are left out.
    share: of the nodes with known class from which it learns, at least one of each class; vectors: which vectors of the
    network. Each feature is scaled to standard deviation 1 over the nodes from which the regression learns, and C, the
    inverse of its L2 penalty, is 1.
    Raises UserError for values out of range, data that is not a graph with classes, classes of one node, and networks
    without vectors.
    Source: Perozzi et al., DeepWalk, 2014, section 5; Aggarwal 2.7.3.
    """

    names: ClassVar[tuple[str, ...]] = ("macro_f1", "micro_f1")

    def __init__(
        self,
        *,
        share: float = 0.1,
        divisions: int = 10,
        vectors: Literal["input", "output", "sum", "both"] = "input",
    ) -> None:
        if not 0 < share < 1:
            raise UserError(f"evaluations.node_classes.share is {share}; it must be above 0 and below 1")
        if divisions < 1:
            raise UserError(f"evaluations.node_classes.divisions is {divisions}; it must be at least 1")
        if vectors not in get_args(VectorKind):
            raise unknown("evaluations.node_classes.vectors", vectors, get_args(VectorKind))
        self.share = share
        self.divisions = divisions
        self.vectors: VectorKind = vectors

    def check(self, task: Task, data: Data) -> None:
        """Raise UserError for data without classes of nodes, and networks without vectors."""
        graph = graph_of(data, "node_classes")
        if graph.classes is None:
            raise UserError("node_classes needs classes of the nodes; the graph has none; set data.labels")
        counts = np.bincount(graph.classes[graph.classes >= 0], minlength=len(graph.class_names))
        if len(counts) < 2 or counts.min() < 2:
            small = graph.class_names[int(counts.argmin())]
            raise UserError(f"node_classes needs two classes of at least two nodes; '{small}' has {counts.min()}")
        assert isinstance(data, GraphData)
        node_vectors(task, data, self.vectors)

    def compute(self, task: Task, data: Data, split: str) -> dict[str, float]:
        """Return macro_f1 and micro_f1."""
        del split
        assert isinstance(data, GraphData)
        classes = data.graph.classes
        assert classes is not None
        known = classes >= 0
        vectors = node_vectors(task, data, self.vectors)[known]
        found = [self.scores(vectors, classes[known], number) for number in range(self.divisions)]
        macro, micro = np.mean(found, axis=0).tolist()
        return {"macro_f1": macro, "micro_f1": micro}

    def scores(self, vectors: Floats, classes: Ints, number: int) -> tuple[float, float]:
        """Return macro and micro F1 of one division; vectors: (n, d); classes: (n,)."""
        from sklearn.linear_model import LogisticRegression
        from sklearn.metrics import f1_score
        from sklearn.pipeline import make_pipeline
        from sklearn.preprocessing import StandardScaler

        learns = divide(classes, self.share, np.random.default_rng([SEED, number]))
        regression = make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000))
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message=".*failed to converge")
            regression.fit(vectors[learns], classes[learns])
        predicted, true = regression.predict(vectors[~learns]), classes[~learns]
        return float(f1_score(true, predicted, average="macro")), float(f1_score(true, predicted, average="micro"))


def divide(classes: Ints, share: float, generator: np.random.Generator) -> np.ndarray:
    """Return a mask of a random share of each class, at least one node and not all: (n,)."""
    chosen = np.zeros(len(classes), dtype=np.bool_)
    for number in np.unique(classes):
        nodes = np.flatnonzero(classes == number)
        count = min(max(1, math.floor(share * len(nodes) + 0.5)), len(nodes) - 1)
        chosen[generator.permutation(nodes)[:count]] = True
    return chosen
