"""Learning rules that are not the gradient of a loss."""

from .base import Rule
from .contrastive_divergence import ContrastiveDivergence, EnergyBased
from .local import LocalRule
from .margin_perceptron import MarginPerceptron
from .perceptron import Perceptron
from .widrow_hoff import WidrowHoff

__all__ = [
    "ContrastiveDivergence",
    "EnergyBased",
    "LocalRule",
    "MarginPerceptron",
    "Perceptron",
    "Rule",
    "WidrowHoff",
]
