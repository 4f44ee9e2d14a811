"""TensorBoard logger that writes all metrics of an epoch in one record."""

from collections.abc import Mapping

from pytorch_lightning.loggers import TensorBoardLogger
from pytorch_lightning.utilities import rank_zero_only

from .writers import add_scalars

CURVES = "curves/"
"""Prefix of the metrics of an epoch. TensorBoard sorts tags by name: `best/`, `curves/`, `figures/`."""


class TensorBoard(TensorBoardLogger):
    """Write event files into the run directory itself.

    Epochs count from 1. from_epoch: the epoch from which a run is resumed; events of later epochs
    are hidden, since these epochs are repeated.
    """

    def __init__(self, *, save_dir: str, from_epoch: int | None = None) -> None:
        purge = None if from_epoch is None else from_epoch + 1
        super().__init__(save_dir, name="", version="", default_hp_metric=False, purge_step=purge)

    @rank_zero_only
    def save(self) -> None:
        """Flush the events. Lightning would also write hyperparameters, which are in `config.yaml`."""
        self.experiment.flush()

    @rank_zero_only
    def log_metrics(self, metrics: Mapping[str, float], step: int | None = None) -> None:
        """Write metrics of an epoch, which is passed as `step`, under `curves/`."""
        add_scalars(self.experiment, {CURVES + name: value for name, value in metrics.items()}, step)
