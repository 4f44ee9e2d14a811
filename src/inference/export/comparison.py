"""Comparison of an exported file with the network."""

from collections.abc import Callable

from torch import Tensor

from ...errors import UserError
from .graph import Graph
from .weight_files import Tensors

TOLERANCE = 1e-4  # difference of an output divided by the largest output, or by 1 if that is larger


def compare_outputs(graph: Graph, run: Callable[[tuple[Tensor, ...]], tuple[Tensor, ...]]) -> float:
    """Return the largest difference between outputs of an exported graph and of the network on random inputs.

    run: the exported graph. Raises UserError if shapes or values differ.
    """
    largest = 0.0
    for inputs, expected, mask in graph.checks():
        found = run(inputs)
        for name, mine, other in zip(graph.outputs, expected, found, strict=True):
            sizes = " and ".join(str(tuple(each.shape)) for each in inputs)
            if mine.shape != other.shape or mine.dtype != other.dtype:
                raise UserError(
                    f"the exported {name} for inputs of {sizes} is {tuple(other.shape)} of {other.dtype}; that of the "
                    f"network is {tuple(mine.shape)} of {mine.dtype}"
                )
            if mask is not None:
                mine, other = mine[mask], other[mask]
            gap = difference(mine, other)
            if not gap <= TOLERANCE * max(1.0, float(mine.nan_to_num(0, 0, 0).abs().max())):
                raise UserError(
                    f"the exported {name} for inputs of {sizes} differs from that of the network by {gap:g}"
                )
            largest = max(largest, gap)
    return largest


def same(a: Tensor, b: Tensor) -> Tensor:
    """Return where two tensors have the same value, NaN included."""
    return (a == b) | (a.isnan() & b.isnan())


def difference(a: Tensor, b: Tensor) -> float:
    """Return the largest absolute difference of two tensors; equal infinities, and NaN in both, are no difference."""
    return float((a - b).abs().masked_fill(same(a, b), 0).max())


def compare_tensors(expected: Tensors, found: Tensors) -> None:
    """Raise UserError unless both have the same tensors, to the last bit."""
    if expected.keys() != found.keys():
        raise UserError(f"the exported tensors are {sorted(found)}; those of the network are {sorted(expected)}")
    for name, tensor in expected.items():
        other = found[name]
        if tensor.dtype != other.dtype or tensor.shape != other.shape or not same(tensor, other).all():
            raise UserError(f"the exported tensor {name} differs from that of the network")
