"""Pictures of what a network does, in TensorBoard and in the run's directory."""

import logging
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytorch_lightning as pl
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image

from ..errors import UserError
from ..figures.fonts import add_fonts, without_glyph_warnings
from ..figures.style import DPI
from ..tasks.base import Task
from .average import AveragedWeights
from .pictures import PICTURES
from .pictures.examples import Examples
from .undisturbed import undisturbed
from .writers import writers

LEAST, MOST = 20, 1000  # dots per inch
SPLITS = {"train": "training", "val": "validation", "test": "test"}  # in words

log = logging.getLogger(__name__)


class Figures(pl.Callback):
    """Draw the validation examples: to TensorBoard under `figures/`, and as PNG into the run directory.

    every_n_epochs: None = only at the end of training; images: how many are shown with their predictions, wrong ones
    first; dpi: dots per inch, of figures that are 4.5 inches wide.
    Without a validation split, the first test is drawn. A figure that fails is a warning, no end of the run.
    """

    def __init__(self, *, every_n_epochs: int | None = None, images: int = 16, dpi: int = 150) -> None:
        self.every_n_epochs = every_n_epochs
        self.images = images
        self.dpi = checked(dpi)
        self.epoch = 0  # the last one that was trained, counted from 1
        self.drawn: int | None = None  # the last one that was drawn

    def on_train_epoch_end(self, trainer: pl.Trainer, task: Task) -> None:  # type: ignore[override]
        """Draw every n epochs."""
        self.epoch = trainer.current_epoch + 1
        if self.every_n_epochs and self.epoch % self.every_n_epochs == 0 and trainer.val_dataloaders:
            self._draw(trainer, task, trainer.val_dataloaders, "val", f"weights after epoch {self.epoch}")

    def on_train_end(self, trainer: pl.Trainer, task: Task) -> None:  # type: ignore[override]
        """Draw the end of training."""
        if self.drawn != self.epoch and trainer.val_dataloaders:
            self._draw(trainer, task, trainer.val_dataloaders, "val", "last weights")

    def on_test_end(self, trainer: pl.Trainer, task: Task) -> None:  # type: ignore[override]
        """Draw, if nothing was drawn in training."""
        if self.drawn is None:
            self._draw(trainer, task, trainer.test_dataloaders, task.split, "last weights")

    def _draw(self, trainer: pl.Trainer, task: Task, loader: Any, split: str, weights: str) -> None:
        self.drawn = self.epoch
        if not trainer.is_global_zero:
            return
        if any(isinstance(each, AveragedWeights) and each.averaged for each in trainer.callbacks):  # type: ignore[attr-defined]
            weights = f"average of the {weights}" if weights == "last weights" else f"averaged {weights}"
        examples = Examples(trainer, task, loader, split=SPLITS[split], weights=weights, images=self.images)
        with undisturbed(task):
            for picture in PICTURES:
                if picture.applies(examples):
                    show(trainer, picture.name, partial(picture.figure, examples), self.epoch, self.dpi)


def checked(dpi: int) -> int:
    """Return a resolution. Raises UserError for one at which there is nothing to see, or no memory for it."""
    if not LEAST <= dpi <= MOST:
        raise UserError(f"dpi is {dpi}; it must be from {LEAST} to {MOST}")
    return dpi


def show(trainer: pl.Trainer, name: str, draw: Callable[[], Figure], epoch: int, dpi: int = DPI) -> None:
    """Draw a figure to TensorBoard and into the run directory; one that fails is a warning."""
    folder = Path(trainer.default_root_dir) / "figures"
    folder.mkdir(parents=True, exist_ok=True)
    try:
        pixels = rendered(draw(), folder / f"{name}.png", dpi)
    except Exception as error:
        log.warning("no figure '%s': %s: %s", name, type(error).__name__, error)
        return
    for writer in writers(trainer):
        writer.add_image(f"figures/{name}", pixels, epoch, dataformats="HWC")


def rendered(figure: Figure, path: Path, dpi: int = DPI) -> np.ndarray:
    """Save a figure as PNG and return its pixels (H, W, 3) in [0, 255]. It is laid out and drawn once for both."""
    figure.set_dpi(dpi)
    canvas = FigureCanvasAgg(figure)
    with without_glyph_warnings():
        canvas.draw()
        if add_fonts(figure):
            canvas.draw()
    pixels = np.asarray(canvas.buffer_rgba())[..., :3]
    Image.fromarray(pixels).save(path, compress_level=1)  # twice as fast, a tenth larger
    return pixels
