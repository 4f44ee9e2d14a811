"""Losses: functions of raw outputs and targets."""

from .adversarial.base import AdversarialLoss
from .adversarial.minimax import Minimax
from .adversarial.non_saturating import NonSaturating
from .base import Loss, LossWithDerivative
from .bce import BinaryCrossEntropy
from .brier import Brier
from .context import ContextLoss, NeededOutputs, SelectiveLoss
from .counts.base import PairLoss
from .counts.glove import GloVe
from .counts.weighted_logistic import WeightedLogistic
from .counts.weighted_squared import WeightedSquared
from .function import FunctionLoss
from .localization import Localization
from .margin.base import MarginLoss, MarginLossWithSlope
from .margin.hinge import Hinge
from .margin.least_absolute import LeastAbsolute
from .margin.logistic import Logistic
from .margin.perceptron import PerceptronCriterion
from .margin.sign_squared import SignSquared
from .margin.squared_hinge import SquaredHinge
from .margin.widrow_hoff import WidrowHoff
from .margin.zero_one import ZeroOne
from .multiclass.cross_entropy import CrossEntropy
from .multiclass.hierarchical_softmax import HierarchicalSoftmax
from .multiclass.negative_sampling import NegativeSampling
from .multiclass.perceptron import MulticlassPerceptron
from .multiclass.weston_watkins import WestonWatkins
from .multinomial import Multinomial
from .regression.absolute import Absolute
from .regression.huber import Huber
from .regression.squared import Squared
from .weighted import Weighted

__all__ = [
    "Absolute",
    "AdversarialLoss",
    "BinaryCrossEntropy",
    "Brier",
    "ContextLoss",
    "CrossEntropy",
    "FunctionLoss",
    "GloVe",
    "HierarchicalSoftmax",
    "Hinge",
    "Huber",
    "LeastAbsolute",
    "Localization",
    "Logistic",
    "Loss",
    "LossWithDerivative",
    "MarginLoss",
    "MarginLossWithSlope",
    "Minimax",
    "MulticlassPerceptron",
    "Multinomial",
    "NeededOutputs",
    "NegativeSampling",
    "NonSaturating",
    "PairLoss",
    "PerceptronCriterion",
    "SelectiveLoss",
    "SignSquared",
    "Squared",
    "SquaredHinge",
    "Weighted",
    "WeightedLogistic",
    "WeightedSquared",
    "WestonWatkins",
    "WidrowHoff",
    "ZeroOne",
]
