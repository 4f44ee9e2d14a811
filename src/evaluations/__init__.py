"""Evaluations: further metrics of a trained network, from its codes or reconstructions and the classes of the data."""

from .base import Evaluation
from .nearest_neighbours import NearestNeighbours

__all__ = ["Evaluation", "NearestNeighbours"]
