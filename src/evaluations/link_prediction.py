"""Prediction of held-out edges from the vectors of nodes.

Shapes: M pairs of nodes, n nodes, d numbers of a vector.
"""

from typing import ClassVar, Literal, get_args

import numpy as np

from ..data.base import Data
from ..data.graphs.base import GraphData
from ..data.graphs.layouts import LinkLayout
from ..errors import UserError, unknown
from ..graphs.graph import Floats, Ints
from ..tasks.base import Task
from .base import Evaluation
from .node_vectors import graph_of, node_vectors

Score = Literal["dot", "cosine"]


class LinkPrediction(Evaluation):
    """How much higher edges score than random pairs of nodes without an edge.

    link_auc: area under the ROC curve, the probability that an edge scores higher than a pair without an edge, in the
    whole graph; link_ap: average precision. There are as many pairs without an edge as edges in the split, or as many
    as the graph has; they are the same for every seed. In the training split the edges are those of training.
    score: dot: u_i . v_j of the input vector of the first and the output vector of the second node; cosine: the cosine
    of the angle between two input vectors.
    Raises UserError for an unknown score, data that is not a graph with held-out edges, and networks without vectors.
    Aggarwal 2.7.
    """

    names: ClassVar[tuple[str, ...]] = ("link_auc", "link_ap")

    def __init__(self, *, score: Literal["dot", "cosine"] = "dot") -> None:
        if score not in get_args(Score):
            raise unknown("evaluations.link_prediction.score", score, get_args(Score))
        self.score = score

    def check(self, task: Task, data: Data) -> None:
        """Raise UserError for data without held-out edges, and networks without vectors."""
        graph_of(data, "link_prediction")
        assert isinstance(data, GraphData)
        if not isinstance(data.layout, LinkLayout):
            raise UserError(
                "link_prediction needs held-out edges; data.layout=rows holds out nodes; set another layout"
            )
        self.vectors(task, data)

    def compute(self, task: Task, data: Data, split: str) -> dict[str, float]:
        """Return link_auc and link_ap."""
        from sklearn.metrics import average_precision_score, roc_auc_score  # here, since the import takes a second

        assert isinstance(data, GraphData)
        assert data.division is not None
        edges, others = data.division.pairs(split), data.division.other_pairs(split)
        first, second = self.vectors(task, data)
        scores = scores_of(first, second, np.concatenate([edges, others]))
        true = np.arange(len(scores)) < len(edges)
        return {
            "link_auc": float(roc_auc_score(true, scores)),
            "link_ap": float(average_precision_score(true, scores)),
        }

    def vectors(self, task: Task, data: GraphData) -> tuple[Floats, Floats]:
        """Return the vectors of first and of second nodes: (n, d) each. Raises UserError if there are none."""
        first = node_vectors(task, data, "input")
        if self.score == "dot":
            try:
                return first, node_vectors(task, data, "output")
            except UserError as error:
                raise UserError(f"{error}; set evaluations.link_prediction.score=cosine") from None
        lengths = np.linalg.norm(first, axis=1, keepdims=True)
        unit = first / np.where(lengths > 0, lengths, 1)
        return unit, unit


def scores_of(first: Floats, second: Floats, pairs: Ints) -> Floats:
    """Return the dot products of the vectors of pairs (M, 2): (M,)."""
    found: Floats = np.einsum("md,md->m", first[pairs[:, 0]], second[pairs[:, 1]])
    return found
