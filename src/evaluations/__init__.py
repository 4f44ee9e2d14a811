"""Evaluations: further metrics of a trained network, from its codes or reconstructions and the classes of the data."""

from .base import Evaluation
from .nearest_neighbours import NearestNeighbours
from .outlier_auc import OutlierAUC
from .ranking import Ranking
from .shifted_images import ShiftedImages

__all__ = ["Evaluation", "NearestNeighbours", "OutlierAUC", "Ranking", "ShiftedImages"]
