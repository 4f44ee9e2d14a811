"""Pictures of networks that generate points, and of the game in which they learn it.

Shapes: N points, R points of a grid along each axis.
"""

from typing import Any

import torch
from matplotlib.figure import Figure
from torch import Tensor

from ...figures.classes.boundary import grid
from ...figures.images.samples import plot_samples
from ...figures.points.generated import plot_points
from ...figures.values.curves import plot_learning_curves
from ...spec import DataSpec
from ...tasks.base import Task
from .base import Picture
from .classes import plane
from .examples import Examples

POINTS = 1000
IMAGES = 32
CURVES = {
    "loss": {"generator_loss": "generator's loss", "discriminator_loss": "discriminator's loss"},
    "accuracy": {"accuracy_on_real": "on real points", "accuracy_on_generated": "on generated points"},
}


def in_plane(spec: DataSpec) -> bool:
    """Tell whether points of two numbers are generated."""
    return spec.target == "none" and spec.form == "vector" and spec.shape == (2,)


def are_images(examples: Examples) -> bool:
    """Tell whether images are generated."""
    return examples.spec.target == "none" and examples.spec.form == "image"


def is_game(examples: Examples) -> bool:
    """Tell whether at least two epochs of a generator against a discriminator were logged."""
    return len(examples.logged.get("train/discriminator_loss", ())) > 1


def generated(task: Task, n: int) -> Tensor:
    """Return points (n, F) of the same noise every time; it must not matter to training what is drawn."""
    model: Any = task.net.model
    torch.manual_seed(0)
    points: Tensor = model.sample(n)
    return points


def draw_points(examples: Examples) -> Figure:
    """Draw as many generated points as there are examples, at most 1000, over what the discriminator says."""
    real, axes = examples.first(POINTS).x, plane(examples.task)
    places = grid(real.cpu())
    probability = examples.predict(places.reshape(-1, 2).to(real)).view(places.shape[:2])
    made = generated(examples.task, len(real)).cpu()
    points = axes.in_units(real.cpu()), axes.in_units(made)
    return plot_points(*points, axes.in_units(places), probability.float().cpu(), axes.names)


def draw_images(examples: Examples) -> Figure:
    """Draw generated images."""
    images = generated(examples.task, IMAGES).view(-1, *examples.spec.shape)
    return plot_samples(examples.restored(images).float().cpu(), "generated images")


def draw_game(examples: Examples) -> Figure:
    """Draw the losses of both networks and the accuracy of the discriminator, epoch by epoch."""
    curves = {
        metric: {name: examples.logged[f"train/{note}"] for note, name in notes.items()}
        for metric, notes in CURVES.items()
    }
    figure = plot_learning_curves(curves)
    figure.suptitle("generator against discriminator, training")
    return figure


POINTS_IN_PLANE = Picture("points", lambda examples: in_plane(examples.spec), draw_points)
GENERATED_IMAGES = Picture("generated", are_images, draw_images, "weights")
GAME = Picture("game", is_game, draw_game, "run")
