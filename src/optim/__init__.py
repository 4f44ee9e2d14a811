"""Optimizers and schedules that `torch.optim` does not have."""

from .exponentiated_gradient import ExponentiatedGradient
from .linear_decay import LinearDecay

__all__ = [
    "ExponentiatedGradient",
    "LinearDecay",
]
