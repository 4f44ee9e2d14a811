"""Modules with a hand-written backward pass, for sequential networks without automatic differentiation.

MIT 6.5.3: for input u and output v of a module, `forward` maps u to v, `backward` maps dL/dv to dL/du, and
`weight_gradient` maps it to dL/dW. Aggarwal 3.2.6, table 3.1, has the same formulas.

Shapes: m inputs and n outputs of a module, B examples in columns.
"""

from abc import ABC, abstractmethod

import numpy as np
from jaxtyping import Float

Array = np.ndarray


class Module(ABC):
    """A function of columns; weights: arrays by name, updated in place in training."""

    def __init__(self) -> None:
        self.weights: dict[str, Array] = {}

    @abstractmethod
    def forward(self, u: Float[Array, "m B"]) -> Float[Array, "n B"]:
        """Return v."""

    @abstractmethod
    def backward(self, u: Float[Array, "m B"], v: Float[Array, "n B"], dv: Float[Array, "n B"]) -> Float[Array, "m B"]:
        """Return dL/du, given dL/dv."""

    def weight_gradient(self, u: Float[Array, "m B"], dv: Float[Array, "n B"]) -> dict[str, Array]:
        """Return dL/dW for each weight array by name, summed over the examples."""
        return {}


class Linear(Module):
    """Z = W^T A + W_0, with W (m, n) and W_0 (n, 1).

    W is initialized from N(0, 1/m), that is with standard deviation 1/sqrt(m), and W_0 from N(0, 1). MIT 6.6.
    """

    def __init__(self, *, inputs: int, outputs: int, rng: np.random.Generator) -> None:
        super().__init__()
        self.weights["W"] = rng.normal(0, inputs**-0.5, (inputs, outputs))
        self.weights["W0"] = rng.normal(0, 1, (outputs, 1))

    def forward(self, u: Float[Array, "m B"]) -> Float[Array, "n B"]:
        """Return the pre-activations."""
        return self.weights["W"].T @ u + self.weights["W0"]

    def backward(self, u: Float[Array, "m B"], v: Float[Array, "n B"], dv: Float[Array, "n B"]) -> Float[Array, "m B"]:
        """Return W dL/dZ."""
        return self.weights["W"] @ dv

    def weight_gradient(self, u: Float[Array, "m B"], dv: Float[Array, "n B"]) -> dict[str, Array]:
        """Return A (dL/dZ)^T and the sum of dL/dZ over the examples."""
        return {"W": u @ dv.T, "W0": dv.sum(1, keepdims=True)}


class Identity(Module):
    """v = u."""

    def forward(self, u: Float[Array, "*m"]) -> Float[Array, "*m"]:
        """Return u."""
        return u

    def backward(self, u: Float[Array, "*m"], v: Float[Array, "*m"], dv: Float[Array, "*m"]) -> Float[Array, "*m"]:
        """Return dL/dv."""
        return dv


class Sigmoid(Module):
    """v = 1 / (1 + exp(-u)); dv/du = v (1 - v)."""

    def forward(self, u: Float[Array, "*m"]) -> Float[Array, "*m"]:
        """Return numbers in (0, 1)."""
        return 0.5 * (1 + np.tanh(u / 2))  # does not overflow

    def backward(self, u: Float[Array, "*m"], v: Float[Array, "*m"], dv: Float[Array, "*m"]) -> Float[Array, "*m"]:
        """Return dL/dv v (1 - v)."""
        return dv * v * (1 - v)


class Tanh(Module):
    """v = tanh(u); dv/du = 1 - v^2."""

    def forward(self, u: Float[Array, "*m"]) -> Float[Array, "*m"]:
        """Return numbers in (-1, 1)."""
        return np.tanh(u)

    def backward(self, u: Float[Array, "*m"], v: Float[Array, "*m"], dv: Float[Array, "*m"]) -> Float[Array, "*m"]:
        """Return dL/dv (1 - v^2)."""
        return dv * (1 - v * v)


class ReLU(Module):
    """v = max(u, 0); dv/du = 1 where u > 0, else 0. Aggarwal table 3.1; 1.2.1.6 has 1 at u = 0."""

    def forward(self, u: Float[Array, "*m"]) -> Float[Array, "*m"]:
        """Return nonnegative numbers."""
        return np.maximum(u, 0)

    def backward(self, u: Float[Array, "*m"], v: Float[Array, "*m"], dv: Float[Array, "*m"]) -> Float[Array, "*m"]:
        """Return dL/dv where u > 0."""
        return dv * (u > 0)


class HardTanh(Module):
    """v = max(-1, min(1, u)); dv/du = 1 where -1 < u < 1, else 0. Aggarwal 3.2.5; 1.2.1.6 has 1 at -1 and 1."""

    def forward(self, u: Float[Array, "*m"]) -> Float[Array, "*m"]:
        """Return numbers in [-1, 1]."""
        return np.clip(u, -1, 1)

    def backward(self, u: Float[Array, "*m"], v: Float[Array, "*m"], dv: Float[Array, "*m"]) -> Float[Array, "*m"]:
        """Return dL/dv where -1 < u < 1."""
        return dv * (np.abs(u) < 1)


class SoftMax(Module):
    """v_i = exp(u_i) / sum_j exp(u_j) in each column; dv_i/du_j = v_i (1 - v_i) if i = j, else -v_i v_j."""

    def forward(self, u: Float[Array, "m B"]) -> Float[Array, "m B"]:
        """Return probabilities; each column sums to 1."""
        exponentials = np.exp(u - u.max(0))
        return exponentials / exponentials.sum(0)

    def backward(self, u: Float[Array, "m B"], v: Float[Array, "m B"], dv: Float[Array, "m B"]) -> Float[Array, "m B"]:
        """Return v (dL/dv - sum_j v_j dL/dv_j), the product with the Jacobian, without computing the Jacobian."""
        return v * (dv - (v * dv).sum(0))


class Maximum(Module):
    """The maximum of each column; its derivative is 1 for the first largest number, else 0. Aggarwal table 3.1."""

    def forward(self, u: Float[Array, "m B"]) -> Float[Array, "1 B"]:
        """Return one number for each example."""
        return u.max(0, keepdims=True)

    def backward(self, u: Float[Array, "m B"], v: Float[Array, "1 B"], dv: Float[Array, "1 B"]) -> Float[Array, "m B"]:
        """Return dL/dv at the first largest number, else 0."""
        return dv * (np.arange(len(u))[:, None] == u.argmax(0))
