"""How decision regions of two features came about.

Shapes: R points of a grid along each axis.
"""

import pytorch_lightning as pl
from matplotlib.figure import Figure
from torch import Tensor

from ..figures.classes.boundaries import plot_boundaries
from ..figures.classes.boundary import grid
from ..figures.style import add_source
from ..tasks.base import Task
from .pictures.classes import in_plane
from .snapshots import POINTS, Snapshots, examples
from .undisturbed import undisturbed

RESOLUTION = 100


class Boundaries(Snapshots):
    """Draw the decisions before training, after epochs 1, 2, 4, 8, 16 ... and in the end, side by side.

    To TensorBoard and as `figures/boundaries.png`, under at most 500 training examples. Only of two features and
    at most 25 classes. Checkpoints have the decisions so far, and a resumed run goes on with them. dpi: dots per inch,
    of a figure that is 4.5 inches wide.
    """

    name = "boundaries"

    def applies(self, task: Task) -> bool:
        """Tell whether two features are classified."""
        return in_plane(task.spec)

    def look(self, trainer: pl.Trainer, task: Task) -> Tensor:
        """Return what the network decides on a grid around the training examples, (R, R)."""
        found = examples(trainer, task)
        x = found.first(POINTS).x
        places = grid(x.cpu(), RESOLUTION)
        with undisturbed(task):
            return found.predict(places.reshape(-1, 2).to(x)).view(places.shape[:2]).short().cpu()

    def draw(self, trainer: pl.Trainer, task: Task, seen: dict[str, Tensor]) -> Figure:
        """Draw decisions (R, R) by the names of the times."""
        batch, spec = examples(trainer, task).first(POINTS), task.spec
        x, y = batch.x.cpu(), batch.y.cpu()
        figure = plot_boundaries(x, y, grid(x, RESOLUTION), seen, spec.target_size, spec.labels)
        add_source(figure, f"training, {len(x)} examples")
        return figure
