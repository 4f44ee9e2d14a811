"""A sequential network trained by backpropagation and stochastic gradient descent. MIT 6.5-6.6.

Shapes: m inputs, n outputs, B examples in columns.
"""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float

from .losses import Loss
from .modules import Module

Array = np.ndarray


class Sequential:
    """A sequence of modules, and a loss on the output of the last one."""

    def __init__(self, modules: Sequence[Module], loss: Loss) -> None:
        self.modules = list(modules)
        self.loss = loss

    def activations(self, x: Float[Array, "m B"]) -> list[Array]:
        """Return the input and the output of every module: the forward pass."""
        activations = [x]
        for module in self.modules:
            activations.append(module.forward(activations[-1]))
        return activations

    def predict(self, x: Float[Array, "m B"]) -> Float[Array, "n B"]:
        """Return the outputs of the last module."""
        return self.activations(x)[-1]

    def objective(self, x: Float[Array, "m B"], y: Float[Array, "n B"]) -> float:
        """Return the loss, summed over the examples."""
        return self.loss.forward(self.predict(x), y)

    def gradients(self, x: Float[Array, "m B"], y: Float[Array, "n B"]) -> list[dict[str, Array]]:
        """Return the gradients of the loss with respect to the weights of each module: the backward pass."""
        activations = self.activations(x)
        dv = self.loss.backward(activations[-1], y)
        gradients: list[dict[str, Array]] = []
        for module, u, v in zip(self.modules[::-1], activations[-2::-1], activations[:0:-1], strict=True):
            gradients.append(module.weight_gradient(u, dv))
            dv = module.backward(u, v, dv)
        return gradients[::-1]

    def sgd(
        self,
        x: Float[Array, "m B"],
        y: Float[Array, "n B"],
        *,
        steps: int,
        step_size: float,
        rng: np.random.Generator,
    ) -> list[float]:
        """Train with one random example per step; return the loss before each step. MIT 6.6, SGD-NEURAL-NET."""
        losses = []
        for _ in range(steps):
            i = rng.integers(x.shape[1])
            example, target = x[:, i : i + 1], y[:, i : i + 1]
            losses.append(self.objective(example, target))
            for module, gradients in zip(self.modules, self.gradients(example, target), strict=True):
                for name, gradient in gradients.items():
                    module.weights[name] -= step_size * gradient
        return losses
