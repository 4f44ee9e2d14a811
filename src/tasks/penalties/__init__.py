"""Terms of the training loss beside the loss: on activations, on weights."""

from .activation import ActivationPenalty
from .base import Penalty
from .parameters import WeightPenalty

__all__ = ["ActivationPenalty", "Penalty", "WeightPenalty"]
