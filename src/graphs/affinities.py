"""Affinities of pairs of nodes, which can stand for the weights of edges. Aggarwal 2.7.3.

Shapes: n nodes.
"""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array, eye_array
from scipy.sparse.csgraph import connected_components
from scipy.sparse.linalg import eigs, splu

from ..errors import UserError, unknown
from .graph import Floats, Graph

DENSE = 200  # nodes of a component, up to which all eigenvalues are computed


def katz(graph: Graph, beta: float) -> Floats:
    """Return the Katz measure K = (I - beta A)^-1 - I = sum over l >= 1 of beta^l A^l: (n, n).

    K_ij is the number of walks from i to j with weight beta^l for walks of l edges. Source: Katz, 1953.
    Raises UserError unless 0 < beta < 1 / (spectral radius of A), for which the sum converges.
    """
    radius = spectral_radius(graph)
    bound = 1 / radius if radius else float("inf")
    if not 0 < beta < bound:
        raise UserError(
            f"beta is {beta:g}; it must be above 0 and below {bound:.6g}, 1 / spectral radius of the adjacency matrix"
        )
    n = graph.num_nodes
    solved: Floats = splu((eye_array(n) - beta * graph.adjacency).tocsc()).solve(np.eye(n))
    return (solved - np.eye(n)).clip(0)  # rounding errors below 0


def spectral_radius(graph: Graph) -> float:
    """Return the largest absolute value of the eigenvalues of the adjacency matrix.

    The matrix has no negative entries, so that this is an eigenvalue, and that of a strongly connected component.
    """
    adjacency = graph.adjacency
    count, component = connected_components(adjacency, connection="strong")
    sizes = np.bincount(component, minlength=count)
    largest = float(adjacency.diagonal().max(initial=0))  # of components of one node
    for number in np.flatnonzero(sizes > 1):
        nodes = np.flatnonzero(component == number)
        part = adjacency[nodes][:, nodes]
        if len(nodes) <= DENSE:
            value = np.abs(np.linalg.eigvals(part.toarray())).max()
        else:
            value = eigs(part, k=1, which="LR", v0=np.ones(len(nodes)), return_eigenvectors=False)[0].real
        largest = max(largest, float(value))
    return largest


def num_walks(graph: Graph, length: int) -> csr_array:
    """Return the number of walks of `length` edges from each node to each node, A^length: (n, n).

    With weights, a walk counts as the product of its weights. Raises UserError for fewer than one edge.
    """
    if length < 1:
        raise UserError(f"length is {length}; it must be at least 1")
    found = graph.adjacency
    for _ in range(length - 1):
        found = found @ graph.adjacency
    return csr_array(found)


def common_neighbours(graph: Graph) -> csr_array:
    """Return the number of nodes to which both nodes of a pair have an edge, 0 on the diagonal: (n, n)."""
    links = neighbours(graph)
    return without_diagonal(links @ links.T)


def adamic_adar(graph: Graph) -> csr_array:
    """Return the sum of 1 / log(degree) over the common neighbours of each pair, 0 on the diagonal: (n, n).

    Source: Adamic and Adar, Friends and neighbors on the web, 2003. The degree is that of edges to the neighbour; a
    neighbour of both nodes has at least two.
    """
    links = neighbours(graph)
    degrees = np.asarray(links.sum(0))
    shares = np.where(degrees > 1, 1 / np.log(np.maximum(degrees, 2)), 0.0)
    return without_diagonal((links * shares) @ links.T)


def jaccard(graph: Graph) -> csr_array:
    """Return the share of common neighbours among the neighbours of either node, 0 on the diagonal: (n, n)."""
    links = neighbours(graph)
    common = without_diagonal(links @ links.T).tocoo()
    degrees = np.asarray(links.sum(1))
    row, column = common.coords
    return csr_array((common.data / (degrees[row] + degrees[column] - common.data), (row, column)), shape=common.shape)


def neighbours(graph: Graph) -> csr_array:
    """Return the adjacency matrix with weights 1 and without self-loops: (n, n)."""
    found = graph.adjacency.tocoo()
    row, column = found.coords
    other: NDArray[np.bool_] = row != column
    return csr_array((np.ones(int(other.sum())), (row[other], column[other])), shape=found.shape)


def without_diagonal(table: csr_array) -> csr_array:
    """Return a matrix with zeros on the diagonal."""
    found = table.tocoo()
    row, column = found.coords
    other = row != column
    return csr_array((found.data[other], (row[other], column[other])), shape=table.shape)


AFFINITIES = ("edges", "katz", "common_neighbours", "adamic_adar", "jaccard")
KATZ_SHARE = 0.5  # of the bound of beta, if beta is not given


def with_affinity(graph: Graph, affinity: str, beta: float | None = None) -> Graph:
    """Return the graph of the same nodes whose weights are affinities of pairs of different nodes.

    affinity: one of AFFINITIES; edges are the weights of the graph itself. beta: of katz, None for half of its bound.
    Raises UserError for an unknown name, a beta out of range or without effect, and if no pair has an affinity.
    """
    if affinity not in AFFINITIES:
        raise unknown("data.affinity", affinity, AFFINITIES)
    if beta is not None and affinity != "katz":
        raise UserError(f"data.beta={beta} has no effect; it is for data.affinity=katz")
    match affinity:
        case "edges":
            return graph
        case "katz":
            radius = spectral_radius(graph)
            half = KATZ_SHARE / radius if radius else KATZ_SHARE
            table = without_diagonal(csr_array(katz(graph, half if beta is None else beta)))
        case "common_neighbours":
            table = common_neighbours(graph)
        case "adamic_adar":
            table = adamic_adar(graph)
        case _:
            table = jaccard(graph)
    table.eliminate_zeros()
    if not table.nnz:
        raise UserError(f"data.affinity={affinity} is 0 for all pairs of nodes")
    table.sort_indices()
    return replace(graph, adjacency=table)
