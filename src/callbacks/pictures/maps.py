"""Picture of codes in two dimensions.

Shapes: N examples.
"""

from typing import NamedTuple

from matplotlib.figure import Figure
from torch import Tensor

from ...analysis.codes.maps import principal_components, tsne
from ...analysis.codes.neighbours import NEIGHBOURS, leave_one_out
from ...figures.points.maps import plot_maps
from ...spec import DataSpec
from .base import Picture
from .codes import encode, encodes, evenly_spaced
from .examples import Examples

FEWEST = 10  # examples
MANY = 50  # examples, from which a vote of several neighbours makes sense


class Target(NamedTuple):
    """What is known about examples: classes (N,) or real numbers (N,), with the names of the classes or the number."""

    values: Tensor
    names: tuple[str, ...]


def known_target(examples: Examples, y: Tensor) -> Target | None:
    """Return the classes or the real numbers of examples, also if the target of the network is the input, or None."""
    spec: DataSpec | None = examples.loader.original_spec
    if spec is None or spec.per_step:
        return None
    if spec.target == "classes":
        return Target(y.cpu(), spec.labels)
    if spec.target == "real" and spec.target_size == 1 and not spec.partial:
        return Target(spec.in_units(y)[:, 0].float().cpu(), spec.labels)
    return None


def has_maps(examples: Examples) -> bool:
    """Return whether the network encodes examples, and enough of them, with at least two inputs and code units."""
    if not encodes(examples.task) or len(examples.loader.split) < FEWEST:
        return False
    x = examples.first(1).x
    return x.numel() > 1 and encode(examples, x).numel() > 1


def draw_maps(examples: Examples) -> Figure:
    """Draw the codes beside principal components and t-SNE of the inputs, at most 1000 examples.

    Titles state how well the five nearest neighbours in the map, with fewer than 50 examples the nearest one, predict
    the class or the number of an example.
    """
    batch = examples.rows(evenly_spaced(examples))
    codes, x = encode(examples, batch.x), batch.x.flatten(1).float().cpu()
    size = codes.shape[1]
    first, points = ("code", codes) if size == 2 else (f"code of {size}, 2 components", principal_components(codes))
    maps = {first: points, "PCA": principal_components(x), "t-SNE": tsne(x)}
    target = known_target(examples, batch.y)
    if target is None:
        figure = plot_maps(maps)
    else:
        neighbours = NEIGHBOURS if len(x) >= MANY else 1
        score = "r2" if target.values.is_floating_point() else "accuracy"
        named = {
            f"{name}\n{neighbours}-NN {score} {leave_one_out(points, target.values, neighbours):.3f}": points
            for name, points in maps.items()
        }
        figure = plot_maps(named, *target)
    figure.suptitle(f"{len(x)} examples in two dimensions")
    return figure


MAPS = Picture("maps", has_maps, draw_maps, slow=True)
