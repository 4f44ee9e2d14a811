"""Penalties: terms that are added to the loss in training, on activations, weights or the derivatives of a code."""

from .activation import ActivationPenalty
from .base import Penalty
from .contractive import ContractivePenalty
from .parameters import WeightPenalty
from .sharing import SharingPenalty

__all__ = ["ActivationPenalty", "ContractivePenalty", "Penalty", "SharingPenalty", "WeightPenalty"]
