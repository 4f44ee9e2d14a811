"""Features on one scale.

Shapes: N examples, F features.
"""

from .base import Splits


def standardized(splits: Splits) -> Splits:
    """Return splits of vectors (N, F) with mean 0 and standard deviation 1 on the training split; constants get 0."""
    x = splits["train"].x
    mean, deviation = x.mean(0), x.std(0, correction=0)
    deviation[x.amin(0) == x.amax(0)] = 1  # not the rounding error of a constant feature
    return {name: part._replace(x=(part.x - mean) / deviation) for name, part in splits.items()}
