"""Bias and variance of a method, by learning from many samples of the data.

Shapes: N examples to draw from, R samples, Q places of prediction.
"""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

Fit = Callable[[Tensor, Tensor], Callable[[Tensor], Tensor]]


@dataclass(frozen=True)
class BiasVariance:
    """Parts of the mean squared error at each place, (Q,) each.

    bias2: of the mean prediction, squared; variance: of the predictions about their mean; noise: of the values
    predicted about the truth. error: their sum.
    """

    bias2: Tensor
    variance: Tensor
    noise: float

    @property
    def error(self) -> Tensor:
        """The expected squared error at each place, (Q,)."""
        return self.bias2 + self.variance + self.noise


def resampled(fit: Fit, x: Tensor, y: Tensor, at: Tensor, *, size: int, samples: int, seed: int = 0) -> Tensor:
    """Return what is predicted at (Q, ...) after learning from each of R random samples of x (N, ...), y (N,): (R, Q).

    fit: learns from a sample and returns what predicts; size: examples in a sample, drawn without replacement.
    Raises ValueError for a size that the data do not have. Aggarwal 1.4.1, 4.2.
    """
    if not 1 <= size <= len(x):
        raise ValueError(f"size is {size}; it must be from 1 to {len(x)}, the number of examples")
    generator = torch.Generator().manual_seed(seed)
    found = []
    for _ in range(samples):
        rows = torch.randperm(len(x), generator=generator)[:size]
        found.append(fit(x[rows], y[rows])(at).detach())
    return torch.stack(found)


def decompose(predictions: Tensor, truth: Tensor, noise: float = 0.0) -> BiasVariance:
    """Return bias^2 and variance of predictions (R, Q) of true values (Q,); noise: variance of what is measured.

    Aggarwal 4.2.1, where the error is their sum.
    """
    mean = predictions.mean(0)
    return BiasVariance((mean - truth).square(), (predictions - mean).square().mean(0), noise)
