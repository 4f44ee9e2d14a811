"""Penalties: terms that are added to the loss in training, on activations or weights."""

from .activation import ActivationPenalty
from .base import Penalty
from .parameters import WeightPenalty

__all__ = ["ActivationPenalty", "Penalty", "WeightPenalty"]
