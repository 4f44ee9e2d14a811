"""The preprocessing of data sets that need no fitting, derived from their spec."""

from ..spec import DataSpec
from .base import Preprocessing
from .numbers import NumberPreprocessing


def default(spec: DataSpec) -> Preprocessing:
    """Return the preprocessing for raw examples of this spec."""
    if spec.form == "image":
        from .images import ImagePreprocessing

        return ImagePreprocessing(shape=spec.shape, numbers="unit" if (spec.low, spec.high) == (0, 1) else "any")
    if spec.form == "tokens":
        from .tokens import TokenPreprocessing

        return TokenPreprocessing.of(spec)
    return NumberPreprocessing(
        shape=spec.shape, sequence=spec.sequence, seq_len=spec.seq_len, low=spec.low, high=spec.high
    )
