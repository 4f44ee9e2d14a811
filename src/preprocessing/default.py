"""The preprocessing of data sets to which nothing is fitted: it follows from the spec alone."""

from ..spec import DataSpec
from .base import Preprocessing
from .numbers import NumberPreprocessing


def default(spec: DataSpec) -> Preprocessing:
    """Return how raw examples of this kind become a network's inputs."""
    if spec.form == "image":
        from .images import ImagePreprocessing

        return ImagePreprocessing(shape=spec.shape, numbers="unit" if (spec.low, spec.high) == (0, 1) else "any")
    if spec.form == "tokens":
        from .tokens import TokenPreprocessing

        return TokenPreprocessing.of(spec)
    return NumberPreprocessing(
        shape=spec.shape, sequence=spec.sequence, seq_len=spec.seq_len, low=spec.low, high=spec.high
    )
