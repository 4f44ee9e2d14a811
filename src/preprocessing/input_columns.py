"""The columns behind the inputs of a network. Shapes: C channels, H height, W width of images, D inputs."""

from collections.abc import Sequence
from itertools import product
from math import prod

from ..transforms import Standardize, Transforms
from .base import Preprocessing


def input_columns(preprocessing: Preprocessing, transforms: Transforms, shape: Sequence[int]) -> tuple[str, ...]:
    """Return the name of the column behind each of the D inputs; categories of one column share its name.

    Pixels are called by row and column, "3,5", after the channel if there are several. Inputs without a name, or mixed
    by a transform, are numbered from 1.
    """
    if len(shape) == 3:
        places = product(*(range(size) for size in (shape if shape[0] > 1 else shape[1:])))
        return tuple(",".join(map(str, place)) for place in places)
    names = preprocessing.columns_of_features
    size = prod(shape)
    mixed = any(not isinstance(each, Standardize) for each in transforms.fixed.values())
    return names if len(names) == size and not mixed else tuple(map(str, range(1, size + 1)))
