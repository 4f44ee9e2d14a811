"""Evaluations: further metrics of a trained network, from its codes, reconstructions or word vectors."""

from .analogies import Analogies
from .base import Evaluation
from .code_copies import CodeCopies
from .code_shift import CodeShift
from .code_zeros import CodeZeros
from .nearest_neighbours import NearestNeighbours
from .outlier_auc import OutlierAUC
from .ranking import Ranking
from .removed_layers import RemovedLayers
from .retrieval import Retrieval
from .samples import DecodedSamples
from .shifted_images import ShiftedImages
from .top_k import TopKError
from .word_similarity import WordSimilarity

__all__ = [
    "Analogies",
    "CodeCopies",
    "CodeShift",
    "CodeZeros",
    "DecodedSamples",
    "Evaluation",
    "NearestNeighbours",
    "OutlierAUC",
    "Ranking",
    "RemovedLayers",
    "Retrieval",
    "ShiftedImages",
    "TopKError",
    "WordSimilarity",
]
