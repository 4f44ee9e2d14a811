"""The user's own graph, from a file."""

from typing import Literal

from ...files.contents import of_files
from ...files.paths import digest_of, existing_file, expand_path
from ...graphs.read import read_graph
from .base import GraphData, pair_settings, walk_settings


class OwnGraph(GraphData):
    """Your own graph: an edge list (.txt, .csv, .tsv, .edges), adjacency matrix (.npz) or GraphML file (.graphml).

    path: the file. A line of an edge list has two nodes and, in a third column, the weight of the edge; names of nodes
    are used as written. An .npz has a sparse matrix of SciPy or an array `adjacency` (n, n), with `names` (n,) if you
    like. labels: a file with the class of each node, one node and class a line, or an attribute of the nodes in a
    GraphML file. nodes: a file with the names of all nodes, one a line; nodes of this file or of `labels` without edges
    keep their row. directed: null for what the file says; edge lists are then undirected. weighted: null to use weights
    if there are any, true to require them, false to set all to 1. Weights of an edge that is given several times add
    up. self_loops: drop or keep edges from a node to itself. header: whether an edge list has a header, null to detect.
    layout: an example is a pair of nodes with a label (pairs), an edge as node and neighbour (edges), a node of a
    random walk with its neighbours (walks), a node by id with its row of the adjacency matrix (index), or such a row
    with the class of the node (rows). negatives, negatives_from, power: of the pairs; walks, length, p, q, window,
    random_window: of the walks; affinity, beta: weights of the training pairs. val, test: fractions of the edges or,
    with layout=rows, of the nodes; the test split does not depend on `seed`.
    Raises UserError, with file and line, for data that cannot be used.
    """

    def __init__(
        self,
        *,
        path: str,
        labels: str | None = None,
        nodes: str | None = None,
        directed: bool | None = None,
        weighted: bool | None = None,
        self_loops: Literal["drop", "keep"] = "drop",
        header: bool | None = None,
        layout: Literal["pairs", "edges", "walks", "index", "rows"] = "pairs",
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
        file = existing_file(path)
        graph = read_graph(
            file,
            labels=labels,
            nodes=nodes,
            directed=directed,
            weighted=weighted,
            self_loops=self_loops,
            header=header,
        )
        others = [expand_path(name) for name in (labels, nodes) if name is not None]
        files = [file, *(other for other in others if other.is_file())]
        self.digest, self.contents = digest_of(files), of_files(files)
        super().__init__(
            graph,
            source=file.name,
            layout=layout,
            pairs=pair_settings(negatives, negatives_from, power),
            walks=walk_settings(walks, length, p, q, window, random_window),
            affinity=affinity,
            beta=beta,
            val=val,
            test=test,
            seed=seed,
        )
