"""A sequential network that is trained by backpropagation and stochastic gradient descent. MIT 6.5-6.6.

Shapes: m inputs, n outputs, B examples, one in each column.
"""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float

from .losses import Loss
from .modules import Module

Array = np.ndarray


class Sequential:
    """Modules one after the other, and a loss of what the last one gives."""

    def __init__(self, modules: Sequence[Module], loss: Loss) -> None:
        self.modules = list(modules)
        self.loss = loss

    def values(self, x: Float[Array, "m B"]) -> list[Array]:
        """Return the input and the output of every module: the forward pass."""
        values = [x]
        for module in self.modules:
            values.append(module.forward(values[-1]))
        return values

    def predict(self, x: Float[Array, "m B"]) -> Float[Array, "n B"]:
        """Return the outputs of the last module."""
        return self.values(x)[-1]

    def objective(self, x: Float[Array, "m B"], y: Float[Array, "n B"]) -> float:
        """Return the loss, summed over the examples."""
        return self.loss.forward(self.predict(x), y)

    def gradients(self, x: Float[Array, "m B"], y: Float[Array, "n B"]) -> list[dict[str, Array]]:
        """Return the gradient of the loss by the weights of each module: the backward pass."""
        values = self.values(x)
        flow = self.loss.backward(values[-1], y)
        found: list[dict[str, Array]] = []
        for module, u, v in zip(self.modules[::-1], values[-2::-1], values[:0:-1], strict=True):
            found.append(module.weight_gradient(u, flow))
            flow = module.backward(u, v, flow)
        return found[::-1]

    def sgd(
        self,
        x: Float[Array, "m B"],
        y: Float[Array, "n B"],
        *,
        steps: int,
        step_size: float,
        rng: np.random.Generator,
    ) -> list[float]:
        """Train, each step on one random example; return its loss before each step. MIT 6.6, SGD-NEURAL-NET."""
        losses = []
        for _ in range(steps):
            i = rng.integers(x.shape[1])
            one, target = x[:, i : i + 1], y[:, i : i + 1]
            losses.append(self.objective(one, target))
            for module, gradients in zip(self.modules, self.gradients(one, target), strict=True):
                for name, gradient in gradients.items():
                    module.weights[name] -= step_size * gradient
        return losses
