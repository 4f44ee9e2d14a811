"""Small graphs of the literature that are part of NetworkX.

Sources: Zachary, An information flow model for conflict and fission in small groups, 1977; Knuth, The Stanford
GraphBase, 1993.
"""

from typing import ClassVar, Literal

import networkx as nx

from ...graphs.graph import Graph, make_graph, with_classes
from ...graphs.graphml import from_networkx
from .base import GraphData


class Karate(GraphData):
    """Zachary's karate club: 34 members, 78 friendships weighted by common activities, and 2 clubs after the split.

    layout: an example is a pair of members with a label (pairs), an edge as member and neighbour (edges), a member of a
    random walk with its neighbours (walks), a member by id with its row of the adjacency matrix (index), or such a row
    with the club as class (rows). weighted: keep the weights; negatives, negatives_from, power: of the pairs; walks,
    length, p, q, window, random_window: of the walks; affinity, beta: weights of the training pairs. val, test:
    fractions of the edges or, with layout=rows, of the members; the test split does not depend on `seed`. Raises
    UserError for values out of range and settings without effect.
    """

    batch_size: ClassVar[int] = 8  # few edges: more steps an epoch

    def __init__(
        self,
        *,
        layout: Literal["pairs", "edges", "walks", "index", "rows"] = "pairs",
        weighted: bool = True,
        negatives: int | None = None,
        negatives_from: Literal["nodes", "non_edges"] | None = None,
        power: float | None = None,
        walks: int | None = None,
        length: int | None = None,
        p: float | None = None,
        q: float | None = None,
        window: int | None = None,
        random_window: bool | None = None,
        affinity: Literal["edges", "katz", "common_neighbours", "adamic_adar", "jaccard"] = "edges",
        beta: float | None = None,
        val: float = 0.1,
        test: float = 0.2,
        seed: int = 0,
    ) -> None:
        super().__init__(
            karate(weighted=weighted),
            source="karate",
            layout=layout,
            pairs={"negatives": negatives, "negatives_from": negatives_from, "power": power},
            walks={
                "walks": walks,
                "length": length,
                "p": p,
                "q": q,
                "window": window,
                "random_window": random_window,
            },
            affinity=affinity,
            beta=beta,
            val=val,
            test=test,
            seed=seed,
        )


class LesMiserables(GraphData):
    """Characters of Les Miserables: 77 nodes and 254 edges, weighted by the number of common chapters; no classes.

    layout: an example is a pair of characters with a label (pairs), an edge as character and neighbour (edges), a
    character of a random walk with its neighbours (walks), a character by id with its row of the adjacency matrix
    (index), or such a row (rows). weighted: keep the weights; negatives, negatives_from, power: of the pairs; walks,
    length, p, q, window, random_window: of the walks; affinity, beta: weights of the training pairs. val, test:
    fractions of the edges or, with layout=rows, of the characters; the test split does not depend on `seed`. Raises
    UserError for values out of range and settings without effect.
    """

    batch_size: ClassVar[int] = 8  # few edges: more steps an epoch

    def __init__(
        self,
        *,
        layout: Literal["pairs", "edges", "walks", "index", "rows"] = "pairs",
        weighted: bool = True,
        negatives: int | None = None,
        negatives_from: Literal["nodes", "non_edges"] | None = None,
        power: float | None = None,
        walks: int | None = None,
        length: int | None = None,
        p: float | None = None,
        q: float | None = None,
        window: int | None = None,
        random_window: bool | None = None,
        affinity: Literal["edges", "katz", "common_neighbours", "adamic_adar", "jaccard"] = "edges",
        beta: float | None = None,
        val: float = 0.1,
        test: float = 0.2,
        seed: int = 0,
    ) -> None:
        super().__init__(
            les_miserables(weighted=weighted),
            source="les_miserables",
            layout=layout,
            pairs={"negatives": negatives, "negatives_from": negatives_from, "power": power},
            walks={
                "walks": walks,
                "length": length,
                "p": p,
                "q": q,
                "window": window,
                "random_window": random_window,
            },
            affinity=affinity,
            beta=beta,
            val=val,
            test=test,
            seed=seed,
        )


def karate(*, weighted: bool) -> Graph:
    """Return Zachary's karate club; nodes are named 1 to 34, as in the source."""
    found = from_networkx(nx.karate_club_graph(), "karate")
    graph = make_graph([str(int(name) + 1) for name in found.names], found.edges, weighted=weighted)
    return with_classes(graph, found.labels("club"))


def les_miserables(*, weighted: bool) -> Graph:
    """Return the graph of the characters of Les Miserables."""
    found = from_networkx(nx.les_miserables_graph(), "les_miserables")
    return make_graph(found.names, found.edges, weighted=weighted)
