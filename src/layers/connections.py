"""Connection tables: for each output of a layer, a row with the inputs that it is connected to."""

from collections.abc import Sequence

import torch
from torch import Tensor

Table = Sequence[Sequence[int]]


def flat_index(table: Table, inputs: int) -> Tensor:
    """Return the indices of the connections in a flattened matrix (outputs, inputs): (N,).

    Raises ValueError if a row is empty, contains an input twice, or an input that does not exist.
    """
    for row in table:
        if not row or len(set(row)) < len(row) or not set(row) <= set(range(inputs)):
            raise ValueError(
                f"a row of the table is {list(row)}; it must contain inputs 0 to {inputs - 1}, each at most once"
            )
    return torch.tensor([out * inputs + i for out, row in enumerate(table) for i in row])


def random_table(inputs: int, outputs: int, connections: int) -> Table:
    """Return a table with `connections` random inputs per output, or all inputs if there are fewer. MMDS 13.1.2."""
    return [torch.randperm(inputs)[:connections].sort().values.tolist() for _ in range(outputs)]


def pooled_table(inputs: int, cluster: int) -> Table:
    """Return a table with one output for each cluster of `cluster` adjacent inputs. MMDS 13.1.2."""
    return [range(first, min(first + cluster, inputs)) for first in range(0, inputs, cluster)]
