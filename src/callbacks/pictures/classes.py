"""Pictures of classifiers: confusion matrix, errors by class, and decision regions of two features."""

from typing import NamedTuple

import torch
from matplotlib.figure import Figure
from torch import Tensor

from ...figures.classes.boundary import DEFAULT_AXES, MAX_CLASSES, grid, plot_boundary
from ...figures.classes.confusion import plot_confusion
from ...figures.classes.errors import plot_class_errors
from ...figures.fonts import display_label
from ...spec import DataSpec
from ...tasks.base import Task
from .base import Picture
from .examples import Examples

POINTS = 2000  # maximum number of examples


class Plane(NamedTuple):
    """The axes of two features in the user's units: their names, and the mean and scale used to standardize them."""

    names: tuple[str, str]
    mean: Tensor
    scale: Tensor

    def in_units(self, x: Tensor) -> Tensor:
        """Return inputs (*n, 2) in the user's units."""
        return x * self.scale.to(x) + self.mean.to(x)


def plane(task: Task) -> Plane:
    """Return the axes of two features, named by the columns of a table if there is one."""
    record = task.record() if task.record is not None else {}
    recorded = {} if record.get("transforms") else record.get("preprocessing", {})  # transformed axes are not columns
    names, means, scales = list(DEFAULT_AXES), [0.0, 0.0], [1.0, 1.0]
    if recorded.get("kind") == "table":
        # imported late: pandas is slow to import, but already loaded for a table
        from ...preprocessing.columns import NumberColumn
        from ...preprocessing.restore import restore
        from ...preprocessing.tables import TablePreprocessing

        table = restore(recorded)
        assert isinstance(table, TablePreprocessing)
        numbers = [column for column in table.columns if isinstance(column, NumberColumn)]
        if len(numbers) == len(names):
            names = [display_label(column.name) for column in numbers]
            means = [column.mean for column in numbers]
            scales = [column.scale for column in numbers]
    return Plane((names[0], names[1]), torch.tensor(means), torch.tensor(scales))


def has_classes(examples: Examples) -> bool:
    """Return whether the network predicts classes."""
    return examples.spec.target == "classes"


def classifies_points(spec: DataSpec) -> bool:
    """Return whether there are two features and few enough classes for a legend."""
    two_features = spec.form == "vector" and spec.shape == (2,)
    return two_features and spec.target == "classes" and spec.target_size <= MAX_CLASSES


def draw_confusion(examples: Examples) -> Figure:
    """Draw the confusion matrix."""
    return plot_confusion(*examples.predicted, examples.spec.target_size, examples.spec.labels)


def has_classes_of_images(examples: Examples) -> bool:
    """Return whether the network predicts three or more classes of images."""
    return has_classes(examples) and examples.spec.form == "image" and examples.spec.target_size > 2


def draw_class_errors(examples: Examples) -> Figure:
    """Draw the share of wrong predictions among the examples of each class."""
    return plot_class_errors(*examples.predicted, examples.spec.target_size, examples.spec.labels)


def draw_boundary(examples: Examples) -> Figure:
    """Draw the decision regions and at most 2000 examples."""
    batch, spec = examples.first(POINTS), examples.spec
    positions, axes = grid(batch.x.cpu()), plane(examples.task)
    predicted = examples.predict(positions.reshape(-1, 2).to(batch.x)).view(positions.shape[:2])
    points, positions = axes.in_units(batch.x.cpu()), axes.in_units(positions)
    return plot_boundary(points, batch.y.cpu(), positions, predicted, spec.target_size, spec.labels, axes.names)


CONFUSION = Picture("confusion", has_classes, draw_confusion)
CLASS_ERRORS = Picture("class_errors", has_classes_of_images, draw_class_errors)
BOUNDARY = Picture("boundary", lambda examples: classifies_points(examples.spec), draw_boundary)
