"""Pictures of classifiers: confusion, and decision regions in the plane."""

from typing import NamedTuple

import torch
from matplotlib.figure import Figure
from torch import Tensor

from ...figures.classes.boundary import AXES, CLASSES, grid, plot_boundary
from ...figures.classes.confusion import plot_confusion
from ...figures.fonts import shown
from ...spec import DataSpec
from ...tasks.base import Task
from .base import Picture
from .examples import Examples

POINTS = 2000  # examples in the plane


class Plane(NamedTuple):
    """The axes of two inputs in their own units: names, and the mean and scale by which a table was standardized."""

    names: tuple[str, str]
    mean: Tensor
    scale: Tensor

    def in_units(self, x: Tensor) -> Tensor:
        """Return inputs (*n, 2) in their own units."""
        return x * self.scale.to(x) + self.mean.to(x)


def plane(task: Task) -> Plane:
    """Return the axes of two inputs; those of a table have the names of its columns."""
    record = task.record() if task.record is not None else {}
    recorded = {} if record.get("transforms") else record.get("preprocessing", {})  # else the axes are not the columns
    names, means, scales = list(AXES), [0.0, 0.0], [1.0, 1.0]
    if recorded.get("kind") == "table":
        from ...preprocessing.columns import NumberColumn  # pandas takes a while, and has been imported for a table
        from ...preprocessing.restore import restore
        from ...preprocessing.tables import TablePreprocessing

        table = restore(recorded)
        assert isinstance(table, TablePreprocessing)
        numbers = [column for column in table.columns if isinstance(column, NumberColumn)]
        if len(numbers) == len(names):
            names = [shown(column.name) for column in numbers]
            means = [column.mean for column in numbers]
            scales = [column.scale for column in numbers]
    return Plane((names[0], names[1]), torch.tensor(means), torch.tensor(scales))


def has_classes(examples: Examples) -> bool:
    """Tell whether the network predicts classes."""
    return examples.spec.target == "classes"


def in_plane(spec: DataSpec) -> bool:
    """Tell whether there are two inputs, and classes that have room in a legend."""
    vectors = spec.form == "vector" and spec.shape == (2,)
    return vectors and spec.target == "classes" and spec.target_size <= CLASSES


def draw_confusion(examples: Examples) -> Figure:
    """Draw how often each class is predicted as each class."""
    return plot_confusion(*examples.predicted, examples.spec.target_size, examples.spec.labels)


def draw_boundary(examples: Examples) -> Figure:
    """Draw the decision regions under at most 2000 examples."""
    batch, spec = examples.first(POINTS), examples.spec
    places, axes = grid(batch.x.cpu()), plane(examples.task)
    predicted = examples.predict(places.reshape(-1, 2).to(batch.x)).view(places.shape[:2])
    points, places = axes.in_units(batch.x.cpu()), axes.in_units(places)
    return plot_boundary(points, batch.y.cpu(), places, predicted, spec.target_size, spec.labels, axes.names)


CONFUSION = Picture("confusion", has_classes, draw_confusion)
BOUNDARY = Picture("boundary", lambda examples: in_plane(examples.spec), draw_boundary)
