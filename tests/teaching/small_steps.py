"""Steps of small networks, worked by hand."""

from dataclasses import replace
from typing import Any

import numpy as np
from nnzoo.teaching.steps import LayerValues, TracedStep, WeightValues


def array(*rows: Any) -> np.ndarray:
    return np.array(rows, dtype=np.float64)


HIDDEN, RECTIFIED = array([2, 1.25], [2.5, -3.75]), array([2, 1.25], [2.5, 0])
LAYERS = [
    LayerValues("layers.0", "Linear", True, HIDDEN, array([0.5, -0.25], [0.125, 0])),
    LayerValues("layers.1", "ReLU", False, RECTIFIED, None),
    LayerValues("layers.2", "Linear", True, array([2.75], [5]), array([0.25], [-0.5])),
]
WEIGHTS = [
    WeightValues(
        "layers.0.weight",
        array([1, 0.5], [-1, 1]),
        array([1, 2], [3, 4]),
        {"momentum_buffer": array([5, 6], [7, 8])},
        array([0.5, 0.5], [-2, 3]),
    ),
    WeightValues("layers.0.bias", array(0, 0.25), None, {}, array(1, 0.25)),
    WeightValues("layers.2.weight", array([2, -1]), array([0.75, 9]), {}, array([2.5, -1])),
]
STEP = TracedStep(
    step=3,
    epoch=2,
    lr=0.05,
    examples=[7, 4],
    inputs=array([1, 2], [3, -1]),
    layers=LAYERS,
    target=["yes", "no"],
    prediction=["no", "no"],
    losses=array(0.5, 1.5),
    loss=1.0,
    weights=WEIGHTS,
    rule=False,
)


def repeated(times: int) -> TracedStep:
    """Return the step with the first example alone, several times, in a batch of its own."""
    layers = [
        each._replace(
            output=each.output[:1].repeat(times, 0),
            gradient=None if each.gradient is None else each.gradient[:1].repeat(times, 0),
        )
        for each in LAYERS
    ]
    return replace(
        STEP,
        examples=list(range(times)),
        inputs=STEP.inputs[:1].repeat(times, 0),
        layers=layers,
        target=["yes"] * times,
        prediction=["no"] * times,
        losses=array(*[0.5] * times),
    )
