"""Optimizers beside those of `torch.optim`."""

from .exponentiated_gradient import ExponentiatedGradient

__all__ = [
    "ExponentiatedGradient",
]
