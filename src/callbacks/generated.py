"""How generated points became like the real ones.

Shapes: N points.
"""

import pytorch_lightning as pl
from matplotlib.figure import Figure
from torch import Tensor

from ..analysis.energy_distance import energy_distance
from ..figures.points.generated import plot_generated
from ..figures.style import add_source
from ..tasks.base import Task
from .pictures.generated import generated, in_plane
from .snapshots import POINTS, Snapshots, examples
from .undisturbed import undisturbed


class Generated(Snapshots):
    """Draw generated points before training, after epochs 1, 2, 4, 8, 16 ... and in the end, side by side.

    To TensorBoard and as `figures/generated.png`, 500 of them over as many training examples, always of the same noise.
    Only of networks that generate points in the plane. Checkpoints have the points so far, and a resumed run goes on
    with them. dpi: dots per inch, of a figure that is 4.5 inches wide.
    """

    name = "generated"

    def applies(self, task: Task) -> bool:
        """Tell whether points of two numbers are generated."""
        return in_plane(task.spec)

    def look(self, trainer: pl.Trainer, task: Task) -> Tensor:
        """Return generated points, (N, 2)."""
        with undisturbed(task):
            return generated(task, POINTS).cpu()

    def draw(self, trainer: pl.Trainer, task: Task, seen: dict[str, Tensor]) -> Figure:
        """Draw points (N, 2) by the names of the times, with their distance from the training examples."""
        real = examples(trainer, task).first(POINTS).x.cpu()
        named = {f"{time}:\ndistance {energy_distance(points, real):.2g}": points for time, points in seen.items()}
        figure = plot_generated(real, named)
        add_source(figure, f"training, {len(real)} examples")
        return figure
