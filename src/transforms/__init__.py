"""Transforms of inputs between preprocessing and network: random in training, or fitted to the training split."""

from .base import FittedTransform, RandomTransform, Transform
from .chain import Transforms
from .flip import Flip
from .shift import Shift
from .standardize import Standardize
from .unit_interval import UnitInterval
from .whiten import Whiten

__all__ = [
    "FittedTransform",
    "Flip",
    "RandomTransform",
    "Shift",
    "Standardize",
    "Transform",
    "Transforms",
    "UnitInterval",
    "Whiten",
]
