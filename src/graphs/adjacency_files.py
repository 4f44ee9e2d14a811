"""Reading of adjacency matrices (.npz), sparse or dense. Shapes: n nodes."""

from pathlib import Path
from typing import NamedTuple

import numpy as np
from scipy.sparse import coo_array, load_npz

from ..errors import UserError, join_names
from ..files.arrays import load_numpy
from .edge_lists import check_weight
from .graph import Edges


class Adjacency(NamedTuple):
    """Names of the nodes, and the entries of the matrix as edges, those of a symmetric matrix once."""

    names: list[str]
    edges: Edges
    directed: bool


def read_adjacency(path: Path, *, directed: bool | None = None) -> Adjacency:
    """Return the graph of an adjacency matrix (n, n): of `scipy.sparse.save_npz`, or an array `adjacency`.

    A dense matrix may be accompanied by an array `names` (n,); otherwise nodes are named 0 to n - 1. directed: None for
    a symmetric matrix as an undirected graph, and others as a directed one.
    Raises UserError for other files, matrices that are not square, weights that are not finite numbers of at least 0,
    and with directed=False for a matrix that is not symmetric.
    """
    table, names = load_matrix(path)
    if table.ndim != 2 or table.shape[0] != table.shape[1]:
        raise UserError(f"{path}: the adjacency matrix is {' x '.join(map(str, table.shape))}; it must be square")
    if len(names) != table.shape[0] or len(set(names)) != len(names):
        raise UserError(f"{path}: names has {len(set(names))} different names; the matrix has {table.shape[0]} rows")
    source, target = (ends.astype(np.int64) for ends in table.coords)
    weight = table.data.astype(np.float64)
    bad = ~((weight > 0) & np.isfinite(weight))
    if bad.any():
        k = int(bad.argmax())
        check_weight(float(weight[k]), f"{path}, row {source[k] + 1}, column {target[k] + 1}")
    edges = Edges(source, target, weight)
    odd = asymmetric(table)
    if odd is not None and directed is False:
        i, j = odd
        raise UserError(
            f"{path} is not symmetric: row {i + 1}, column {j + 1} differs from row {j + 1}, column {i + 1}; set "
            "data.directed=true"
        )
    directed = odd is not None if directed is None else directed
    if not directed:
        edges = edges.subset(source <= target)
    return Adjacency(names, edges, directed)


def load_matrix(path: Path) -> tuple[coo_array, list[str]]:
    """Return the matrix of a file without zeros, and the names of its nodes. Raises UserError for other files."""
    arrays = load_numpy(path)
    names = None
    if {"format", "shape", "data"} <= set(arrays):
        try:
            table = coo_array(load_npz(path))
        except (KeyError, ValueError) as error:
            raise UserError(f"{path} cannot be read: {error}") from None
        check_numeric(path, table)
    elif "adjacency" in arrays or len(arrays) == 1:
        values = arrays.get("adjacency", next(iter(arrays.values())))
        check_numeric(path, values)
        table = coo_array(values)
        names = arrays.get("names")
    else:
        raise UserError(f"{path} contains {join_names(arrays)}; it needs an array 'adjacency' (n, n)")
    table.sum_duplicates()
    table.eliminate_zeros()
    return table, [str(name) for name in (range(table.shape[0]) if names is None else names.ravel().tolist())]


def check_numeric(path: Path, values: np.ndarray | coo_array) -> None:
    """Raise UserError for a matrix of text or complex numbers, and for other dimensions."""
    if values.dtype.kind not in "biuf" or values.ndim != 2:
        raise UserError(
            f"{path}: the adjacency matrix has shape {values.shape} of {values.dtype}; it must be (n, n) of real "
            "numbers"
        )


def asymmetric(table: coo_array) -> tuple[int, int] | None:
    """Return the row and column of an entry that differs from its mirror image, None if there is none."""
    rows, columns = (table - table.T).nonzero()
    return (int(rows[0]), int(columns[0])) if len(rows) else None
