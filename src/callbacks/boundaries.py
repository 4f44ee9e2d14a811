"""Decision regions of two features during training.

Shapes: R grid points along each axis.
"""

import pytorch_lightning as pl
from matplotlib.figure import Figure
from torch import Tensor

from ..figures.classes.boundaries import plot_boundaries
from ..figures.classes.boundary import grid
from ..figures.style import add_source
from ..tasks.base import Task
from .evaluation import isolated_evaluation
from .pictures.classes import classifies_points
from .snapshots import POINTS, Snapshots, examples

RESOLUTION = 100


class Boundaries(Snapshots):
    """Draw the decision regions before training, after epochs 1, 2, 4, 8, 16 ... and after training, side by side.

    The figure, with at most 500 training examples, goes to TensorBoard and to `figures/boundaries.png`. It is drawn
    only for two features and at most 25 classes. Checkpoints store the predictions so far, and a resumed run continues
    with them. dpi: dots per inch of a figure 4.5 inches wide.
    """

    name = "boundaries"

    def applies(self, task: Task) -> bool:
        """Return whether the network classifies examples of two features."""
        return classifies_points(task.spec)

    def capture(self, trainer: pl.Trainer, task: Task) -> Tensor:
        """Return the predicted classes (R, R) on a grid around the training examples."""
        found = examples(trainer, task)
        x = found.first(POINTS).x
        positions = grid(x.cpu(), RESOLUTION)
        with isolated_evaluation(task):
            return found.predict(positions.reshape(-1, 2).to(x)).view(positions.shape[:2]).short().cpu()

    def draw(self, trainer: pl.Trainer, task: Task, captured: dict[str, Tensor]) -> Figure:
        """Draw the predictions (R, R) of each epoch."""
        batch, spec = examples(trainer, task).first(POINTS), task.spec
        x, y = batch.x.cpu(), batch.y.cpu()
        figure = plot_boundaries(x, y, grid(x, RESOLUTION), captured, spec.target_size, spec.labels)
        add_source(figure, f"training, {len(x)} examples")
        return figure
