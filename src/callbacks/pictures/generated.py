"""Pictures of networks that generate points or images, and of adversarial training.

Shapes: N points, R grid points along each axis.
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


def generates_points(spec: DataSpec) -> bool:
    """Return whether the network generates points in the plane."""
    return spec.target == "none" and spec.form == "vector" and spec.shape == (2,)


def generates_images(examples: Examples) -> bool:
    """Return whether the network generates images."""
    return examples.spec.target == "none" and examples.spec.form == "image"


def is_adversarial(examples: Examples) -> bool:
    """Return whether at least two epochs of adversarial training were logged."""
    return len(examples.logged.get("train/discriminator_loss", ())) > 1


def generate(task: Task, n: int) -> Tensor:
    """Return generated examples (n, F) from the same noise every time. Call it where random numbers are isolated."""
    model: Any = task.net.model
    torch.manual_seed(0)
    points: Tensor = model.sample(n)
    return points


def draw_points(examples: Examples) -> Figure:
    """Draw equal numbers of real and generated points, at most 1000, over the discriminator's probabilities."""
    real, axes = examples.first(POINTS).x, plane(examples.task)
    positions = grid(real.cpu())
    probability = examples.predict(positions.reshape(-1, 2).to(real)).view(positions.shape[:2])
    fake = generate(examples.task, len(real)).cpu()
    points = axes.in_units(real.cpu()), axes.in_units(fake)
    return plot_points(*points, axes.in_units(positions), probability.float().cpu(), axes.names)


def draw_images(examples: Examples) -> Figure:
    """Draw generated images."""
    images = generate(examples.task, IMAGES).view(-1, *examples.spec.shape)
    return plot_samples(examples.restored(images).float().cpu(), "generated images")


def draw_game(examples: Examples) -> Figure:
    """Draw the losses of both networks and the accuracy of the discriminator over the epochs."""
    curves = {
        metric: {name: examples.logged[f"train/{note}"] for note, name in notes.items()}
        for metric, notes in CURVES.items()
    }
    figure = plot_learning_curves(curves)
    figure.suptitle("generator and discriminator, training")
    return figure


POINTS_IN_PLANE = Picture("points", lambda examples: generates_points(examples.spec), draw_points)
GENERATED_IMAGES = Picture("generated", generates_images, draw_images, "weights")
GAME = Picture("game", is_adversarial, draw_game, "run")
