"""Optimizers that `torch.optim` does not have."""

from .exponentiated_gradient import ExponentiatedGradient

__all__ = [
    "ExponentiatedGradient",
]
