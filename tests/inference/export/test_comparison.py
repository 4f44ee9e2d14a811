"""When an exported file counts as different from the network."""

import math
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from nnzoo.errors import UserError
from nnzoo.inference.export.comparison import TOLERANCE, compare_outputs, compare_tensors, difference
from torch import Tensor


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        ([1.0, -2.0], [1.5, -2.75], 0.75),
        ([math.inf, -math.inf, math.nan, 1.0], [math.inf, -math.inf, math.nan, 1.0], 0),
        ([math.inf], [-math.inf], math.inf),
        ([math.inf], [1.0], math.inf),
    ],
)
def test_difference(a: list[float], b: list[float], expected: float) -> None:
    assert difference(torch.tensor(a), torch.tensor(b)) == expected


def test_nan_in_one_of_two_is_a_difference() -> None:
    assert math.isnan(difference(torch.tensor([math.nan]), torch.tensor([1.0])))


WEIGHT = torch.tensor([[1.0, math.nan], [math.inf, -0.5]])


@pytest.mark.parametrize(
    "other",
    [
        WEIGHT.double(),
        WEIGHT[None],
        WEIGHT.nan_to_num(nan=0.0, posinf=math.inf),
        WEIGHT.nan_to_num(nan=math.nan),  # the largest number in place of infinity
        torch.tensor([[1.0, math.nan], [math.inf, math.nextafter(-0.5, 0.0)]], dtype=torch.float64).float() + 1e-7,
    ],
    ids=["type", "shape", "nan", "infinity", "last bit"],
)
def test_other_tensors(other: Tensor) -> None:
    compare_tensors({"w": WEIGHT, "n": torch.tensor(3)}, {"n": torch.tensor(3), "w": WEIGHT.clone()})
    with pytest.raises(UserError, match=r"^the exported tensor w differs from that of the network$"):
        compare_tensors({"w": WEIGHT}, {"w": other})


def test_other_names() -> None:
    with pytest.raises(
        UserError, match=r"^the exported tensors are \['b', 'c'\]; those of the network are \['a', 'b'\]"
    ):
        compare_tensors({"b": WEIGHT, "a": WEIGHT}, {"c": WEIGHT, "b": WEIGHT})


def graph(*outputs: Tensor, mask: Tensor | None = None) -> Any:
    """Return a graph with one input of each size of its outputs."""
    checks = [((torch.zeros(2, 3), torch.zeros(2)), (output,), mask) for output in outputs]
    return SimpleNamespace(outputs=("output",), checks=lambda: iter(checks))


def compare(expected: Tensor, found: Tensor, mask: Tensor | None = None) -> float:
    return compare_outputs(graph(expected, mask=mask), lambda _: (found,))


def test_the_tolerance_is_relative_to_the_largest_output() -> None:
    small, large = torch.tensor([0.5, 0.0]), torch.tensor([200.0, 0.0])
    gap = torch.tensor([0.0, 0.9 * TOLERANCE])
    assert compare(small, small + gap) == pytest.approx(0.9 * TOLERANCE)
    assert compare(large, large + 200 * gap) == pytest.approx(180 * TOLERANCE)
    for output, factor in ((small, 2), (large, 400)):
        with pytest.raises(
            UserError, match=r"^the exported output for inputs of \(2, 3\) and \(2,\) differs from that"
        ):
            compare(output, output + factor * gap)
    infinite = torch.tensor([math.inf, 0.0])
    with pytest.raises(UserError, match="differs from that of the network by"):
        compare(infinite, infinite + 2 * gap)
    with pytest.raises(UserError, match="differs from that of the network by nan"):
        compare(small, small + math.nan)


def test_the_largest_of_all_differences() -> None:
    outputs = iter([torch.full((2,), gap) for gap in (1e-5, 4e-5, 2e-5)])
    assert compare_outputs(graph(*[torch.zeros(2)] * 3), lambda _: (next(outputs),)) == pytest.approx(4e-5)


def test_outputs_at_padding_do_not_count() -> None:
    mask = torch.tensor([[True, False]])
    assert compare(torch.zeros(1, 2, 3), torch.tensor([[[0.0], [9.0]]]).expand(1, 2, 3), mask) == 0
    with pytest.raises(UserError, match="differs"):
        compare(torch.zeros(1, 2, 3), torch.tensor([[[9.0], [0.0]]]).expand(1, 2, 3), mask)


@pytest.mark.parametrize(
    ("other", "text"),
    [(torch.zeros(2, 1), r"is \(2, 1\) of torch.float32"), (torch.zeros(2).double(), r"is \(2,\) of torch.float64")],
)
def test_other_shapes_and_types(other: Tensor, text: str) -> None:
    head = r"^the exported output for inputs of \(2, 3\) and \(2,\)"
    message = rf"{head} {text}; that of the network is \(2,\) of torch.float32$"
    with pytest.raises(UserError, match=message):
        compare(torch.zeros(2), other)
