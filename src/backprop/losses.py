"""Losses of a sequential network, summed over the examples, and their gradients. MIT 6.4.

Shapes: n outputs, B examples in columns.
"""

from abc import ABC, abstractmethod

import numpy as np
from jaxtyping import Float

Array = np.ndarray


class Loss(ABC):
    """A function of outputs a and targets y."""

    @abstractmethod
    def forward(self, a: Float[Array, "n B"], y: Float[Array, "n B"]) -> float:
        """Return the sum of the losses."""

    @abstractmethod
    def backward(self, a: Float[Array, "n B"], y: Float[Array, "n B"]) -> Float[Array, "n B"]:
        """Return dL/da."""


class Squared(Loss):
    """(a - y)^2, for real y."""

    def forward(self, a: Float[Array, "n B"], y: Float[Array, "n B"]) -> float:
        """Return the sum of the losses."""
        return float(np.square(a - y).sum())

    def backward(self, a: Float[Array, "n B"], y: Float[Array, "n B"]) -> Float[Array, "n B"]:
        """Return 2 (a - y)."""
        return 2 * (a - y)


class NLL(Loss):
    """-(y log a + (1 - y) log(1 - a)), for y in {0, 1} and a in (0, 1): the outputs of `Sigmoid`."""

    def forward(self, a: Float[Array, "n B"], y: Float[Array, "n B"]) -> float:
        """Return the sum of the losses."""
        return float(-(y * np.log(a) + (1 - y) * np.log(1 - a)).sum())

    def backward(self, a: Float[Array, "n B"], y: Float[Array, "n B"]) -> Float[Array, "n B"]:
        """Return (a - y) / (a (1 - a)); after a sigmoid this gives a - y."""
        return (a - y) / (a * (1 - a))


class NLLM(Loss):
    """-sum_k y_k log a_k, for one-hot y and probabilities a: the outputs of `SoftMax`."""

    def forward(self, a: Float[Array, "n B"], y: Float[Array, "n B"]) -> float:
        """Return the sum of the losses."""
        return float(-(y * np.log(a)).sum())

    def backward(self, a: Float[Array, "n B"], y: Float[Array, "n B"]) -> Float[Array, "n B"]:
        """Return -y / a; after a softmax this gives a - y."""
        return -y / a


class Hinge(Loss):
    """max(0, 1 - y a), for y in {-1, +1}. Aggarwal 1.2.1.5."""

    def forward(self, a: Float[Array, "n B"], y: Float[Array, "n B"]) -> float:
        """Return the sum of the losses."""
        return float(np.maximum(0, 1 - y * a).sum())

    def backward(self, a: Float[Array, "n B"], y: Float[Array, "n B"]) -> Float[Array, "n B"]:
        """Return -y where y a < 1, else 0."""
        return -y * (y * a < 1)
