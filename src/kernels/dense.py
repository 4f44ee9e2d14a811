"""Steps of gradient descent on a chain of dense layers, many of them in one call.

Shapes: N examples, F inputs, K outputs, L layers, P weights of all layers together.
"""

from functools import cache
from importlib.util import find_spec
from typing import NamedTuple

import torch
from torch import Tensor

ACTIVATIONS = ("identity", "relu", "tanh", "sigmoid")
LOSSES = (
    "softmax",
    "squared",
    "bits",
    "logistic",
    "hinge",
    "squared_hinge",
    "perceptron",
    "widrow_hoff",
    "least_absolute",
)
"""Losses of the outputs z of an example, summed over the outputs.

softmax: cross-entropy of the class; squared: (z - t)^2; bits: binary cross-entropy of sigmoid(z). The others are
functions of the margins m = y z, with y = 1 at the output of the class, else -1, where a single output is that of class
1: log(1 + e^-m), max(0, a - m), max(0, 1 - m)^2, max(0, -m) with the slope of an error at 0, (1 - m)^2, and |1 - m|.
"""


class Layers(NamedTuple):
    """Dense layers. sizes: F and the units of each layer, (L + 1); biased: whether it has biases; activations: names.

    Their weights are one vector: of each layer the weights (units, inputs) and then the biases.
    """

    sizes: tuple[int, ...]
    biased: tuple[bool, ...]
    activations: tuple[str, ...]


class Descent(NamedTuple):
    """What a step minimizes, and how.

    loss: a name of `LOSSES`; bound: the a of the hinge loss; scale: factor of the losses in what is minimized; mean:
    whether it is the mean over the examples of a step, else their sum; size: examples of a step.
    """

    loss: str
    bound: float
    scale: float
    mean: bool
    size: int
    lr: float
    weight_decay: float = 0.0
    momentum: float = 0.0


def is_installed() -> bool:
    """Return whether the steps can be compiled."""
    return find_spec("numba") is not None


@cache
def compiled() -> "object":
    """Return the module of the compiled steps; numba is slow to import."""
    from . import dense_compiled

    return dense_compiled


def take_steps(
    x: Tensor, target: Tensor, weights: Tensor, velocity: Tensor, layers: Layers, descent: Descent
) -> tuple[Tensor, Tensor]:
    """Take a step for each `size` examples; return the outputs (N, K) and the losses (N,) before the steps.

    x: (N, F), float32; target: classes (N,), int64, or numbers (N, K), float32; weights, velocity: (P,), float32,
    changed in place; without momentum, the velocity is empty. The last step may have fewer examples.
    """
    outputs = torch.empty(len(x), layers.sizes[-1])
    losses = torch.empty(len(x))
    classes = target.ndim == 1
    compiled().steps(  # type: ignore[attr-defined]
        x.numpy(),
        target.numpy() if classes else torch.empty(0, dtype=torch.int64).numpy(),
        torch.empty(0, 0).numpy() if classes else target.numpy(),
        weights.numpy(),
        velocity.numpy(),
        layers,
        descent,
        outputs.numpy(),
        losses.numpy(),
    )
    return outputs, losses
