"""The numbers of one training step.

Shapes: B examples, 1 if the numbers are not those of single examples; ... the numbers of one example.
"""

from dataclasses import dataclass
from math import prod
from typing import Any, NamedTuple

import numpy as np


class LayerValues(NamedTuple):
    """The outputs of a layer (B, ...), and the gradient of the loss with respect to them, None if there is none.

    name: in the network; kind: its class; weighted: whether the layer has weights, so that its outputs are
    pre-activations.
    """

    name: str
    kind: str
    weighted: bool
    output: np.ndarray
    gradient: np.ndarray | None


class WeightValues(NamedTuple):
    """A parameter before and after a step, and its gradient, None if it has none.

    state: what the optimizer keeps of it after the step, by name, such as momentum_buffer.
    """

    name: str
    before: np.ndarray
    gradient: np.ndarray | None
    state: dict[str, np.ndarray]
    after: np.ndarray

    @property
    def update(self) -> np.ndarray:
        """The change of the parameter."""
        return self.after - self.before

    def columns(self) -> dict[str, np.ndarray]:
        """Return all numbers by name, in the order in which a step computes them."""
        gradient = {} if self.gradient is None else {"gradient": self.gradient}
        return {"before": self.before, **gradient, **self.state, "update": self.update, "after": self.after}


@dataclass(frozen=True)
class TracedStep:
    """All numbers of one training step.

    step, epoch: counted from 1; lr: the learning rate, None if the optimizer has none; examples: index of each example
    in the training set; inputs (B, ...); layers: in the order of the calls; target, prediction: of each example, as the
    names of the classes if they have some, empty if there are none; losses: of the examples (B,), None if the loss is
    not a mean over examples; loss: of the batch; rule: whether the negative errors of a rule replace the gradient of
    the loss.
    """

    step: int
    epoch: int
    lr: float | None
    examples: list[int]
    inputs: np.ndarray
    layers: list[LayerValues]
    target: list[Any]
    prediction: list[Any]
    losses: np.ndarray | None
    loss: float
    weights: list[WeightValues]
    rule: bool

    @property
    def symbol(self) -> str:
        """What the gradients of the layers are: dL/d, or -error."""
        return "-error" if self.rule else "dL/d"

    @property
    def size(self) -> int:
        """How many numbers it has."""
        layers = sum(layer.output.size * (1 + (layer.gradient is not None)) for layer in self.layers)
        weights = sum(values.size for weight in self.weights for values in weight.columns().values())
        return self.inputs.size + layers + weights + 2 * len(self.examples)

    def weight(self, name: str) -> WeightValues:
        """Return the parameter with a name."""
        return next(weight for weight in self.weights if weight.name == name)


def places(shape: tuple[int, ...]) -> list[str]:
    """Return the index of each number of an array as Python writes it, such as "[0,1]"; "" for a single number."""
    if not shape:
        return [""]
    return [f"[{','.join(map(str, np.unravel_index(k, shape)))}]" for k in range(prod(shape))]
