"""TensorBoard logger that writes all metrics of an epoch in one record."""

from collections.abc import Mapping

from pytorch_lightning.loggers import TensorBoardLogger
from pytorch_lightning.utilities import rank_zero_only
from tensorboard.compat.proto.summary_pb2 import Summary


class TensorBoard(TensorBoardLogger):
    """Write event files into the run directory itself.

    Lightning writes one record per metric, and each record wakes the writer thread, which can take as long as an epoch
    of a small network. Epochs count from 1. from_epoch: the epoch from which a run is resumed; events of later epochs
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
        """Write metrics of an epoch, which is passed as `step`."""
        values = [Summary.Value(tag=name, simple_value=float(value)) for name, value in metrics.items()]
        self.experiment._get_file_writer().add_summary(Summary(value=values), step)
