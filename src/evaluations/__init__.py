"""Evaluations: further metrics of a trained network, from its codes, scores or reconstructions."""

from .base import Evaluation
from .nearest_neighbours import NearestNeighbours
from .ranking import Ranking

__all__ = ["Evaluation", "NearestNeighbours", "Ranking"]
