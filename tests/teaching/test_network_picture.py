"""The picture of a step worked by hand, and the networks that have none."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from matplotlib.figure import Figure
from nnzoo.errors import UserError
from nnzoo.figures.values.network import Column
from nnzoo.teaching import network_picture
from nnzoo.teaching.network_picture import dense_groups, draw_step, short
from nnzoo.teaching.steps import LayerValues, TracedStep, WeightValues
from nnzoo.teaching.trace import Trace

from .small_steps import LAYERS, STEP, array


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """A list of what is drawn."""
    found: list[Any] = []
    monkeypatch.setattr(network_picture, "plot_network", lambda *given: found.append(given) or Figure())
    return found


def test_units_have_the_numbers_of_one_example(drawn: list[Any]) -> None:
    draw_step(STEP, 1)
    ((columns, weights, title),) = drawn
    assert columns == [
        Column("input", ["3", "-1"], ["", ""]),
        Column("layers.0, ReLU", ["2.50", "0"], ["a = 2.50\ndL/da = 0.12", "a = -3.75\ndL/da = 0"]),
        Column("output", ["5"], ["dL/da = -0.50"]),
    ]
    assert [weight.tolist() for weight in weights] == [[[1, 0.5], [-1, 1]], [[2, -1]]]
    assert title == "step 3, example 4, target no, loss 1.50"
    Trace([STEP]).plot()
    assert drawn[1][2] == "step 3, example 7, target yes, loss 0.50"
    draw_step(replace(STEP, rule=True, target=[], losses=None), 0)
    assert drawn[2][0][2].notes == ["-error = 0.25"]
    assert drawn[2][2] == "step 3, example 7"


@pytest.mark.parametrize("example", [-1, 2])
def test_examples_outside_the_batch_are_refused(example: int) -> None:
    with pytest.raises(UserError, match=f"example is {example}; the batch has examples 0 to 1"):
        draw_step(STEP, example)


def test_groups_are_dense_layers_with_their_activations() -> None:
    dense, rectified, last = LAYERS
    assert dense_groups(STEP) == [(dense, rectified), (last, None)]


def chain_of(*units: int) -> TracedStep:
    """Return a step of dense layers with weights of 0."""
    layers = [
        LayerValues(str(k), "Linear", True, np.zeros((2, size)), np.zeros((2, size)))
        for k, size in enumerate(units[1:])
    ]
    weights = [
        WeightValues(f"{k}.weight", np.zeros(shape), None, {}, np.zeros(shape))
        for k, shape in enumerate(zip(units[1:], units[:-1], strict=True))
    ]
    return replace(STEP, inputs=np.zeros((2, units[0])), layers=layers, weights=weights)


def test_largest_network_with_a_picture() -> None:
    assert len(dense_groups(chain_of(6, 6, 1, 1, 1))) == 4
    for units in ((7, 6), (6, 7), (1, 1, 1, 1, 1, 1)):
        message = f"at most 4 layers of 6 units; the network has {', '.join(map(str, units))}$"
        with pytest.raises(UserError, match=message):
            dense_groups(chain_of(*units))


def changed(place: int, **parts: Any) -> TracedStep:
    """Return the step with another layer."""
    return replace(STEP, layers=[*LAYERS[:place], LAYERS[place]._replace(**parts), *LAYERS[place + 1 :]])


@pytest.mark.parametrize(
    ("step", "message"),
    [
        (changed(1, weighted=True), "layer layers.1 is ReLU"),
        (changed(1, output=array([2], [2.5])), "layer layers.1 is ReLU"),
        (replace(STEP, layers=LAYERS[1:]), "layer layers.1 is ReLU"),
        (replace(STEP, layers=[]), "for a chain of dense layers"),
        (changed(2, gradient=None), "for a chain of dense layers"),
        (changed(2, output=array([[2.75]], [[5]])), "for a chain of dense layers"),
        (changed(2, output=array([2.75], [5.1])), "for a chain of dense layers"),
        (changed(1, output=array([2, 1.25], [2.5, 0.2])), "for a chain of dense layers"),
        (replace(STEP, weights=STEP.weights[:2]), "for a chain of dense layers"),
        (replace(STEP, inputs=array([1], [3])), "for a chain of dense layers"),
    ],
)
def test_other_networks_are_refused(step: TracedStep, message: str) -> None:
    with pytest.raises(UserError, match=message):
        dense_groups(step)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (3.0, "3"),
        (-0.0, "0"),
        (0.126, "0.13"),
        (0.005, "0.01"),
        (-0.005, "-0.01"),
        (0.0049, "5e-03"),
        (-0.004, "-4e-03"),
    ],
)
def test_short_numbers(value: float, text: str) -> None:
    assert short(value) == text
