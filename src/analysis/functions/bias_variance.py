"""Bias and variance of a learning method, estimated from many samples of the data.

Shapes: N examples in the pool, R samples, Q query points.
"""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

Fit = Callable[[Tensor, Tensor], Callable[[Tensor], Tensor]]


@dataclass(frozen=True)
class BiasVariance:
    """Decomposition of the mean squared error at each query point, (Q,) each.

    bias2: squared error of the mean prediction; variance: of the predictions around their mean; noise: variance of the
    targets around the true function. error: the sum of the three.
    """

    bias2: Tensor
    variance: Tensor
    noise: float

    @property
    def error(self) -> Tensor:
        """The expected squared error at each query point, (Q,)."""
        return self.bias2 + self.variance + self.noise


def resample_predictions(
    fit: Fit, x: Tensor, y: Tensor, at: Tensor, *, size: int, samples: int, seed: int = 0
) -> Tensor:
    """Return predictions (R, Q) at `at` (Q, ...) after fitting each of R random samples of x (N, ...), y (N,).

    fit: a function that fits a sample and returns a prediction function; size: examples per sample, drawn without
    replacement. Raises ValueError for a size outside 1 to N. Aggarwal 1.4.1, 4.2.
    """
    if not 1 <= size <= len(x):
        raise ValueError(f"size is {size}; it must be from 1 to {len(x)}, the number of examples")
    generator = torch.Generator().manual_seed(seed)
    found = []
    for _ in range(samples):
        rows = torch.randperm(len(x), generator=generator)[:size]
        found.append(fit(x[rows], y[rows])(at).detach())
    return torch.stack(found)


def decompose_error(predictions: Tensor, truth: Tensor, noise: float = 0.0) -> BiasVariance:
    """Return bias^2 and variance of predictions (R, Q) for true values (Q,); noise: variance of the targets.

    Aggarwal 4.2.1, where the error is their sum.
    """
    mean = predictions.mean(0)
    return BiasVariance((mean - truth).square(), (predictions - mean).square().mean(0), noise)
