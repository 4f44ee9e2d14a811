"""TensorBoard's event file, with all figures of an epoch in one record."""

from collections.abc import Mapping

from pytorch_lightning.loggers import TensorBoardLogger
from pytorch_lightning.utilities import rank_zero_only
from tensorboard.compat.proto.summary_pb2 import Summary


class TensorBoard(TensorBoardLogger):
    """Write events straight into the run directory.

    Lightning writes a record a figure, and each wakes the writer's thread: for tiny networks that would cost as much
    as an epoch. Epochs count from 1. from_epoch: how many a run had done that is resumed; what was logged of later ones
    is hidden, since it comes again.
    """

    def __init__(self, *, save_dir: str, from_epoch: int | None = None) -> None:
        purge = None if from_epoch is None else from_epoch + 1
        super().__init__(save_dir, name="", version="", default_hp_metric=False, purge_step=purge)

    @rank_zero_only
    def save(self) -> None:
        """Write out what there is; Lightning would add a file of hyperparameters, which `config.yaml` holds."""
        self.experiment.flush()

    @rank_zero_only
    def log_metrics(self, metrics: Mapping[str, float], step: int | None = None) -> None:
        """Write figures against a step, which is the epoch."""
        values = [Summary.Value(tag=name, simple_value=float(value)) for name, value in metrics.items()]
        self.experiment._get_file_writer().add_summary(Summary(value=values), step)
