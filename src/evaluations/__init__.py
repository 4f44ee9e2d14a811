"""Evaluations: further metrics of a trained network, from its codes or reconstructions and the classes of the data."""

from .base import Evaluation
from .code_copies import CodeCopies
from .code_shift import CodeShift
from .code_zeros import CodeZeros
from .nearest_neighbours import NearestNeighbours
from .outlier_auc import OutlierAUC
from .ranking import Ranking
from .samples import DecodedSamples
from .shifted_images import ShiftedImages

__all__ = [
    "CodeCopies",
    "CodeShift",
    "CodeZeros",
    "DecodedSamples",
    "Evaluation",
    "NearestNeighbours",
    "OutlierAUC",
    "Ranking",
    "ShiftedImages",
]
