"""The range of inputs of a loss and a network, and what is said of inputs outside of it."""

from math import inf
from types import SimpleNamespace
from typing import Any

import pytest
from nnzoo.builders.ranges import with_input_range, with_place
from nnzoo.losses.bce import BinaryCrossEntropy
from nnzoo.losses.regression.squared import Squared
from nnzoo.preprocessing.numbers import NumberPreprocessing
from nnzoo.spec import DataSpec
from nnzoo.transforms import Standardize, Transforms


class Signs(Squared):
    input_range = (-1.0, 1.0)


VECTORS = DataSpec("real", (4,), "input", 4)


def data(spec: DataSpec = VECTORS, found: str | None = None, transforms: Transforms | None = None) -> Any:
    asked: list[tuple[float, float]] = []

    def describe(low: float, high: float) -> str | None:
        asked.append((low, high))
        return found

    return SimpleNamespace(
        spec=spec, transforms=transforms or Transforms(), describe_out_of_range=describe, asked=asked
    )


SCALES = "; transforms=unit_interval scales them to [0, 1]"


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (None, "too large"),
        (data(), f"too large{SCALES}"),
        (data(found="column 2"), f"too large: column 2{SCALES}"),
        (
            data(transforms=Transforms({"a": Standardize(), "b": Standardize()})),
            "too large: transforms=a, b changes them",
        ),
        (data(DataSpec("real", (4,), "input", 4, partial=True), "column 2"), "too large: column 2"),
        (
            data(DataSpec("real", (4,), "input", 4, sequence=True, per_step=True, seq_len=3)),
            "too large; use data=digits, for example",
        ),
    ],
)
def test_where_inputs_are_out_of_range(source: Any, expected: str) -> None:
    assert with_place("too large", source, 0.0, 2.0) == expected
    if source is not None and not source.transforms.fixed:
        assert source.asked == [(0.0, 2.0)]


@pytest.mark.parametrize(
    ("model", "loss", "target", "limits"),
    [
        ("mlp.MLP", Squared(), "input", (-inf, inf)),
        ("mlp.MLP", BinaryCrossEntropy(), "input", (0, 1)),
        ("mlp.MLP", BinaryCrossEntropy(), "multilabel", (-inf, inf)),  # the range of what is not the input
        ("nmf.NMF", Squared(), "input", (0, inf)),
        ("nmf.NMF", Signs(), "input", (0, 1)),
        ("nmf.NMF", BinaryCrossEntropy(), "input", (0, 1)),
    ],
)
def test_inputs_are_those_that_loss_and_network_take(
    model: str, loss: Any, target: Any, limits: tuple[float, float]
) -> None:
    spec = DataSpec("real", (4,), target, 4)
    config = {"model": {"_target_": f"nnzoo.models.{model}"}, "allow": []}
    whole = NumberPreprocessing(shape=(4,))
    found: Any = with_input_range(whole, config, spec, loss, Transforms())
    assert (found.low, found.high) == limits
    assert with_input_range(whole, config, spec, loss, Transforms({"x": Standardize()})) is whole
