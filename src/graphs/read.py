"""Reading of graphs from files of all formats."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import get_args

import numpy as np

from ..errors import UserError, join_names, unknown
from ..files.paths import existing_file, expand_path
from .edge_lists import read_classes, read_edges, read_nodes
from .graph import Edges, Graph, SelfLoops, make_graph, with_classes

EDGE_LISTS = (".csv", ".edges", ".tsv", ".txt")
ADJACENCY, GRAPHML = ".npz", ".graphml"


def read_graph(
    path: str | Path,
    *,
    labels: str | None = None,
    nodes: str | Path | None = None,
    directed: bool | None = None,
    weighted: bool | None = None,
    self_loops: SelfLoops = "drop",
    header: bool | None = None,
) -> Graph:
    """Return the graph of an edge list (.txt, .csv, .tsv, .edges), adjacency matrix (.npz) or GraphML file (.graphml).

    labels: an attribute of the nodes of a GraphML file, or a file with the class of each node; nodes: a file with the
    names of all nodes, one a line. Nodes are in the order of `nodes`, else of `labels`, followed by the others in the
    order in which they occur. Nodes without an edge keep their place.
    directed: None for what the file says; an edge list is then undirected. weighted: whether edges have the weights
    of the file, None if it has weights; False sets all weights to 1. self_loops: drop or keep edges from a node to
    itself. header: of an edge list, see `read_edges`.
    Raises UserError, with file and line, for files that cannot be used.
    """
    if self_loops not in get_args(SelfLoops):
        raise unknown("data.self_loops", self_loops, get_args(SelfLoops))
    path = existing_file(path)
    suffix = path.suffix.lower()
    if header is not None and suffix not in EDGE_LISTS:
        raise UserError(f"data.header={str(header).lower()} has no effect; it is for edge lists")
    classes: Mapping[str, str | None] | None = None
    has_weights = True
    if suffix in EDGE_LISTS:
        names, edges, has_weights = read_edges(path, header=header)
        directed = bool(directed)
    elif suffix == ADJACENCY:
        from .adjacency_files import read_adjacency

        names, edges, directed = read_adjacency(path, directed=directed)
    elif suffix == GRAPHML:
        from .graphml import read_graphml

        found = read_graphml(path)
        names, edges, has_weights = found.names, found.edges, found.has_weights
        directed = found.directed if directed is None else directed
        is_attribute = any(labels in each for each in found.attributes)
        if labels is not None and (is_attribute or not expand_path(labels).exists()):
            classes, labels = dict(zip(names, found.labels(labels), strict=True)), None
    else:
        raise UserError(
            f"{path}: graphs are read from {join_names([*EDGE_LISTS, ADJACENCY, GRAPHML])}, not '{path.suffix}'"
        )
    if weighted and not has_weights:
        raise UserError(f"data.weighted=true needs weights; {path} has none")
    if labels is not None:
        classes = read_classes(existing_file(labels))
    first = [*classes] if classes is not None else []
    if nodes is not None:
        first = read_nodes(existing_file(nodes), used={*names, *(classes or ())})
    if nodes is not None and (others := missing([*names, *(classes or ())], first)):
        raise UserError(f"{nodes} lacks node '{others[0]}', which has an edge or a class")
    names, edges = reordered(first, names, edges)
    graph = make_graph(
        names,
        edges,
        directed=directed,
        weighted=weighted is not False,
        self_loops=self_loops,
        source=str(path),
    )
    return graph if classes is None else with_classes(graph, [classes.get(name) for name in names])


def reordered(first: Sequence[str], names: Sequence[str], edges: Edges) -> tuple[list[str], Edges]:
    """Return the names in `first` followed by the others, and the edges with their numbers in this order."""
    place = {name: number for number, name in enumerate(dict.fromkeys([*first, *names]))}
    number = np.array([place[name] for name in names], dtype=np.int64)
    return [*place], edges._replace(source=number[edges.source], target=number[edges.target])


def missing(names: Sequence[str], known: Sequence[str]) -> list[str]:
    """Return the names that are not among the known ones, in their order."""
    every = set(known)
    return [name for name in names if name not in every]
