"""Which inputs each output of a layer sees: a table with a row of inputs for every output."""

from collections.abc import Sequence

import torch
from torch import Tensor

Table = Sequence[Sequence[int]]


def flat_index(table: Table, inputs: int) -> Tensor:
    """Return the places of the connections in a full table of outputs by inputs, row after row: (N,).

    Raises ValueError if a row is empty, or names an input that is not there, or twice.
    """
    for row in table:
        if not row or len(set(row)) < len(row) or not set(row) <= set(range(inputs)):
            raise ValueError(f"a row of the table is {list(row)}; allowed: inputs 0 to {inputs - 1}, each once")
    return torch.tensor([out * inputs + i for out, row in enumerate(table) for i in row])


def random_table(inputs: int, outputs: int, connections: int) -> Table:
    """Return for each output that many random inputs, all of them if there are fewer. MMDS 13.1.2."""
    return [torch.randperm(inputs)[:connections].sort().values.tolist() for _ in range(outputs)]


def pooled_table(inputs: int, cluster: int) -> Table:
    """Return one output for each cluster of that many inputs, which lie side by side. MMDS 13.1.2."""
    return [range(first, min(first + cluster, inputs)) for first in range(0, inputs, cluster)]
