"""Transforms of inputs between preprocessing and network: random in training, or part of the trained network."""

from .base import Fitted, FittedTransform, RandomTransform, Transform
from .center import Center
from .chain import Transforms
from .color_jitter import ColorJitter
from .crop import Crop
from .flip import Flip
from .global_contrast import GlobalContrast
from .local_contrast import LocalContrast
from .pca_noise import PCANoise
from .rescale import Rescale
from .rotate import Rotate
from .shift import Shift
from .standardize import Standardize
from .unit_interval import UnitInterval
from .whiten import Whiten

__all__ = [
    "Center",
    "ColorJitter",
    "Crop",
    "Fitted",
    "FittedTransform",
    "Flip",
    "GlobalContrast",
    "LocalContrast",
    "PCANoise",
    "RandomTransform",
    "Rescale",
    "Rotate",
    "Shift",
    "Standardize",
    "Transform",
    "Transforms",
    "UnitInterval",
    "Whiten",
]
