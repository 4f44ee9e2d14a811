"""Figures of a network and its predictions, in TensorBoard and in the run directory."""

import logging
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytorch_lightning as pl
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image

from ..data.loader import Loader
from ..errors import UserError
from ..figures.fonts import add_fonts, without_glyph_warnings
from ..figures.style import DPI
from ..tasks.base import Task
from .average import AveragedWeights
from .evaluation import isolated_evaluation
from .pictures import PICTURES, Picture
from .pictures.examples import Examples
from .writers import writers

MIN_DPI, MAX_DPI = 20, 1000  # dots per inch
PICTURE = "nnzoo.callbacks.pictures.Picture"
SPLITS = {"train": "training", "val": "validation", "test": "test"}  # in words

log = logging.getLogger(__name__)


class Figures(pl.Callback):
    """Draw figures of the validation set: to TensorBoard under `figures/`, and as PNG files in the run directory.

    every_n_epochs: None = only at the end of training; slow figures are drawn only then. images: number of images drawn
    with their predictions, wrong predictions first; dpi: dots per inch of figures 4.5 inches wide; pictures: further
    pictures by name. Without a validation set, the figures show the first split that is tested. If a figure cannot be
    drawn, the run continues with a warning. Raises UserError for numbers out of range, and for other objects than
    pictures with names of their own.
    """

    def __init__(
        self,
        *,
        every_n_epochs: int | None = None,
        images: int = 16,
        dpi: int = 150,
        pictures: dict[str, Any] | None = None,
    ) -> None:
        if every_n_epochs is not None and every_n_epochs < 1:
            raise UserError(f"every_n_epochs is {every_n_epochs}; it must be at least 1, or null")
        if images < 1:
            raise UserError(f"images is {images}; it must be at least 1")
        self.every_n_epochs = every_n_epochs
        self.images = images
        self.dpi = validated_dpi(dpi)
        self.pictures = with_further(pictures or {})
        self.epoch = 0  # the last trained epoch, counted from 1
        self.drawn_epoch: int | None = None  # the last epoch with figures

    def on_train_epoch_end(self, trainer: pl.Trainer, task: Task) -> None:  # type: ignore[override]
        """Draw figures every `every_n_epochs` epochs."""
        self.epoch = trainer.current_epoch + 1
        if self.every_n_epochs and self.epoch % self.every_n_epochs == 0 and trainer.val_dataloaders:
            weights = f"weights after epoch {self.epoch}"
            self._draw(trainer, task, *self._validation(trainer, task), weights, is_slow=(False,))

    def on_train_end(self, trainer: pl.Trainer, task: Task) -> None:  # type: ignore[override]
        """Draw figures at the end of training."""
        if trainer.val_dataloaders:
            missing = (False, True) if self.drawn_epoch != self.epoch else (True,)
            self._draw(trainer, task, *self._validation(trainer, task), "last weights", is_slow=missing)

    def on_test_end(self, trainer: pl.Trainer, task: Task) -> None:  # type: ignore[override]
        """Draw figures if none were drawn during training."""
        if self.drawn_epoch is None:
            self._draw(trainer, task, trainer.test_dataloaders, task.split, "last weights")

    def _validation(self, trainer: pl.Trainer, task: Task) -> tuple[Any, str]:
        """Return the loader of the validation examples; that of training if only its first batches are validated."""
        if isinstance(trainer.val_dataloaders, Loader):
            return trainer.val_dataloaders, "val"
        assert task.cursor is not None
        return task.cursor.loader, "train"

    def _draw(
        self,
        trainer: pl.Trainer,
        task: Task,
        loader: Any,
        split: str,
        weights: str,
        *,
        is_slow: Sequence[bool] = (False, True),
    ) -> None:
        self.drawn_epoch = self.epoch
        if not trainer.is_global_zero:
            return
        if any(isinstance(each, AveragedWeights) and each.averaged for each in trainer.callbacks):  # type: ignore[attr-defined]
            weights = f"average of the {weights}" if weights == "last weights" else f"averaged {weights}"
        examples = Examples(trainer, task, loader, split=SPLITS[split], weights=weights, images=self.images)
        with isolated_evaluation(task):
            for picture in self.pictures:
                if picture.slow in is_slow and applies(picture, examples):
                    save_figure(trainer, picture.name, partial(picture.figure, examples), self.epoch, self.dpi)


def with_further(pictures: dict[str, Any]) -> tuple[Picture, ...]:
    """Return all pictures and further ones. Raises UserError for other objects, and for a name that is taken."""
    names = {picture.name for picture in PICTURES}
    for key, picture in pictures.items():
        if not isinstance(picture, Picture):
            raise UserError(f"pictures.{key} is {type(picture).__name__}; it must be derived from {PICTURE}")
        if picture.name in names:
            raise UserError(f"pictures.{key} has the name '{picture.name}' of another picture; give it another name")
        names.add(picture.name)
    return (*PICTURES, *pictures.values())


def applies(picture: Picture, examples: Examples) -> bool:
    """Return whether a picture applies. Warns if that cannot be decided."""
    try:
        return picture.applies(examples)
    except Exception as error:
        warn_of(picture.name, error)
        return False


def warn_of(name: str, error: Exception) -> None:
    """Log why a figure could not be drawn."""
    log.warning("figure '%s' could not be drawn: %s: %s", name, type(error).__name__, error)


def validated_dpi(dpi: int) -> int:
    """Return a resolution. Raises UserError if it is too low to see anything, or too high for the memory."""
    if not MIN_DPI <= dpi <= MAX_DPI:
        raise UserError(f"dpi is {dpi}; it must be from {MIN_DPI} to {MAX_DPI}")
    return dpi


def save_figure(trainer: pl.Trainer, name: str, draw: Callable[[], Figure], epoch: int, dpi: int = DPI) -> None:
    """Draw a figure to TensorBoard and into the run directory. Warns if it cannot be drawn."""
    folder = Path(trainer.default_root_dir) / "figures"
    folder.mkdir(exist_ok=True)
    try:
        pixels = render(draw(), folder / f"{name}.png", dpi)
    except Exception as error:
        warn_of(name, error)
        return
    for writer in writers(trainer):
        writer.add_image(f"figures/{name}", pixels, epoch, dataformats="HWC")


def render(figure: Figure, path: Path, dpi: int = DPI) -> np.ndarray:
    """Save a figure as PNG and return its pixels (H, W, 3) in [0, 255]. The figure is rendered once for both."""
    figure.set_dpi(dpi)
    canvas = FigureCanvasAgg(figure)
    with without_glyph_warnings():
        canvas.draw()
        if add_fonts(figure):
            canvas.draw()
    pixels = np.asarray(canvas.buffer_rgba())[..., :3]
    Image.fromarray(pixels).save(path, compress_level=1)  # twice as fast, a tenth larger
    return pixels
