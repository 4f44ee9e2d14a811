"""Cora: citations between papers. Source: McCallum et al., 2000; the version of Sen et al., 2008."""

import hashlib
from typing import Literal

from ...errors import UserError
from ...graphs.graph import Graph
from ...graphs.read import read_graph
from ..folders import data_file
from .base import GraphData, pair_settings, walk_settings

EDGES, LABELS = "graphs/cora.edges", "graphs/cora.labels"
SHA256 = "d7b32f1f6db6ef5765634b96f4a596114e9c181777bdff85c2966b22cce59354"  # of the lines of both files


class Cora(GraphData):
    """Cora: 2708 papers on machine learning in 7 topics, and 5278 citations between them, without direction.

    root: folder with graphs/cora.edges and graphs/cora.labels, else $NNZOO_DATA, else the cache. layout: an example is
    a pair of papers with a label (pairs), an edge as paper and neighbour (edges), a paper of a random walk with its
    neighbours (walks), a paper by id with its row of the adjacency matrix (index), or such a row with the topic as
    class (rows). negatives, negatives_from, power: of the pairs; walks, length, p, q, window, random_window: of the
    walks; affinity, beta: weights of the training pairs. val, test: fractions of the edges or, with layout=rows, of the
    papers; the test split does not depend on `seed`. Raises UserError for values out of range, settings without effect,
    and files that are missing or damaged.
    """

    def __init__(
        self,
        *,
        root: str | None = None,
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
        super().__init__(
            read_cora(root),
            source="cora",
            layout=layout,
            pairs=pair_settings(negatives, negatives_from, power),
            walks=walk_settings(walks, length, p, q, window, random_window),
            affinity=affinity,
            beta=beta,
            val=val,
            test=test,
            seed=seed,
        )


def read_cora(root: str | None) -> Graph:
    """Return Cora. Raises UserError if a file is missing or is not the original one."""
    paths = [data_file(root, name, f"{name.partition('/')[2]} of the graph Cora") for name in (EDGES, LABELS)]
    lines = b"\n".join(b"\n".join(path.read_bytes().splitlines()) for path in paths)
    if hashlib.sha256(lines).hexdigest() != SHA256:
        raise UserError(f"{paths[0]} or {paths[1].name} is not the original file (wrong SHA-256 checksum of its lines)")
    return read_graph(paths[0], labels=str(paths[1]))
