"""Generated points during training.

Shapes: N points.
"""

import pytorch_lightning as pl
from matplotlib.figure import Figure
from torch import Tensor

from ..analysis.energy_distance import energy_distance
from ..figures.points.generated import plot_generated
from ..figures.style import add_source
from ..tasks.base import Task
from .evaluation import isolated_evaluation
from .pictures.generated import generate, generates_points
from .snapshots import POINTS, Snapshots, examples


class Generated(Snapshots):
    """Draw generated points before training, after epochs 1, 2, 4, 8, 16 ... and after training, side by side.

    The figure goes to TensorBoard and to `figures/generated.png`. It shows 500 generated points, from the same noise
    every time, over 500 training examples. It is drawn only for networks that generate points in the plane. Checkpoints
    store the points so far, and a resumed run continues with them. dpi: dots per inch of a figure 4.5 inches wide.
    """

    name = "generated"

    def applies(self, task: Task) -> bool:
        """Return whether the network generates points in the plane."""
        return generates_points(task.spec)

    def capture(self, trainer: pl.Trainer, task: Task) -> Tensor:
        """Return generated points (N, 2)."""
        with isolated_evaluation(task):
            return generate(task, POINTS).cpu()

    def draw(self, trainer: pl.Trainer, task: Task, captured: dict[str, Tensor]) -> Figure:
        """Draw the points (N, 2) of each epoch with their energy distance from the training examples."""
        real = examples(trainer, task).first(POINTS).x.cpu()
        named = {f"{time}:\ndistance {energy_distance(points, real):.2g}": points for time, points in captured.items()}
        figure = plot_generated(real, named)
        add_source(figure, f"training, {len(real)} examples")
        return figure
