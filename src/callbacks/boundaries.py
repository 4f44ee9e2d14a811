"""How decision regions of two features came about.

Shapes: R points of a grid along each axis.
"""

import pytorch_lightning as pl
from matplotlib.figure import Figure
from torch import Tensor

from ..figures.boundaries import plot_boundaries
from ..figures.boundary import grid
from ..figures.style import add_source
from ..tasks.base import Task
from .figures import checked, show
from .pictures.classes import in_plane
from .pictures.examples import Examples
from .undisturbed import undisturbed

RESOLUTION = 100
POINTS = 500


class Boundaries(pl.Callback):
    """Draw the decisions before training, after epochs 1, 2, 4, 8, 16 ... and in the end, side by side.

    To TensorBoard and as `figures/boundaries.png`, under at most 500 training examples. Only of two features and
    at most 25 classes. Checkpoints have the decisions so far, and a resumed run goes on with them. dpi: dots per inch,
    of a figure that is 4.5 inches wide.
    """

    def __init__(self, *, dpi: int = 150) -> None:
        self.dpi = checked(dpi)
        self.seen: dict[int, Tensor] = {}  # decisions (R, R) by epochs done
        self.epoch = 0  # epochs done

    def on_train_start(self, trainer: pl.Trainer, task: Task) -> None:  # type: ignore[override]
        """Look at the network before it has learned, unless a run is resumed."""
        self.epoch = trainer.current_epoch
        if trainer.global_step == 0 and in_plane(task.spec):
            self.seen[0] = decisions(trainer, task)

    def on_train_epoch_end(self, trainer: pl.Trainer, task: Task) -> None:  # type: ignore[override]
        """Look at the network after some epochs."""
        if task.stream is None or not task.stream.finished:
            return
        self.epoch = trainer.current_epoch + 1
        if self.epoch & (self.epoch - 1) == 0 and in_plane(task.spec):
            self.seen[self.epoch] = decisions(trainer, task)

    def on_train_end(self, trainer: pl.Trainer, task: Task) -> None:  # type: ignore[override]
        """Draw what was seen, and the end."""
        if not trainer.is_global_zero or not in_plane(task.spec):
            return
        assert task.stream is not None
        end = f"epoch {self.epoch}" if task.stream.finished else "end"  # which may be amid an epoch
        named = {f"epoch {epoch}": each for epoch, each in sorted(self.seen.items())}
        named[end] = decisions(trainer, task)
        batch, spec = examples(trainer, task).first(POINTS), task.spec
        x, y = batch.x.cpu(), batch.y.cpu()

        def draw() -> Figure:
            figure = plot_boundaries(x, y, grid(x, RESOLUTION), named, spec.target_size, spec.labels)
            add_source(figure, f"training, {len(x)} examples")
            return figure

        show(trainer, "boundaries", draw, max(self.epoch - 1, 0), self.dpi)

    def state_dict(self) -> dict[str, Tensor]:
        """Return the decisions so far, by epoch as a string."""
        return {str(epoch): each for epoch, each in self.seen.items()}

    def load_state_dict(self, state_dict: dict[str, Tensor]) -> None:
        """Go on from there."""
        self.seen = {int(epoch): each for epoch, each in state_dict.items()}


def examples(trainer: pl.Trainer, task: Task) -> Examples:
    """Return the training examples."""
    assert task.stream is not None
    return Examples(trainer, task, task.stream.loader)


def decisions(trainer: pl.Trainer, task: Task) -> Tensor:
    """Return what the network decides on a grid around the training examples, (R, R)."""
    found = examples(trainer, task)
    x = found.first(POINTS).x
    places = grid(x.cpu(), RESOLUTION)
    with undisturbed(task):
        return found.predict(places.reshape(-1, 2).to(x)).view(places.shape[:2]).short().cpu()
