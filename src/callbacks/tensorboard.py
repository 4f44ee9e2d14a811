"""TensorBoard logger that writes all metrics of an epoch in one record, and the graph of the network."""

import io
import time
import warnings
from collections.abc import Iterable, Mapping, Sequence
from contextlib import redirect_stdout

import torch
from pytorch_lightning.loggers import Logger, TensorBoardLogger
from pytorch_lightning.utilities import rank_zero_only

from ..errors import DataWarning
from ..tasks.base import Task
from .buffered_events import BufferedWriter, EventWriter, flush_together, scalar_events
from .evaluation import isolated_evaluation

FLUSH_SECONDS = 5.0
CURVES = "curves/"
"""Prefix of the metrics of an epoch. TensorBoard sorts tags by name: `best/`, `curves/`, `figures/`."""


class TensorBoard(TensorBoardLogger):
    """Write event files into the run directory itself.

    Epochs count from 1. The events are written with every checkpoint, and after an epoch if the last time is five
    seconds ago. from_epoch: the epoch from which a run is resumed; events of later epochs are hidden, since they are
    repeated. graph: write the graph of the network before the first epoch; a note is printed if it cannot be traced.
    """

    def __init__(self, *, save_dir: str, from_epoch: int | None = None, graph: bool = False) -> None:
        super().__init__(save_dir, name="", version="", default_hp_metric=False)
        self._first_step = 0 if from_epoch is None else from_epoch + 1
        self._experiment: EventWriter = EventWriter(self.log_dir, first_step=self._first_step)
        self._flush_at = 0.0
        self._graph = graph and from_epoch is None

    @property
    def log_dir(self) -> str:
        """The run directory. Lightning would expand variables and ~ in its path, and so write to another place."""
        return self.save_dir

    @rank_zero_only
    def save(self) -> None:
        """Flush the events. Lightning would also write hyperparameters, which are in `config.yaml`."""
        self.experiment.flush()

    @rank_zero_only
    def log_metrics(self, metrics: Mapping[str, float], step: int | None = None) -> None:
        """Write metrics of an epoch, which is passed as `step`, under `curves/`."""
        self.log_rows([(metrics, step or 0)])

    @rank_zero_only
    def log_rows(self, rows: Sequence[tuple[Mapping[str, float], int]]) -> None:
        """Write metrics of several epochs, see `log_metrics`."""
        self.experiment._get_file_writer().event_writer.add(scalar_events(rows, CURVES, time.time()))
        if time.monotonic() >= self._flush_at:
            self.experiment.flush()
            self._flush_at = time.monotonic() + FLUSH_SECONDS

    def buffer(self) -> None:
        """Hold all events until `write_events`. Call it before the first event."""
        self._experiment = BufferedWriter(self.log_dir, first_step=self._first_step)

    @rank_zero_only
    def log_graph(self, model: Task, input_array: object = None) -> None:  # type: ignore[override]
        """Write the graph of a task's network, traced on two random examples, if it was requested."""
        if not self._graph:
            return
        self._graph = False  # Lightning asks again before every evaluation
        batch = model.spec.fake_batch(2, torch.Generator().manual_seed(0)).to(model.device)
        inputs = batch.x if batch.mask is None else (batch.x, batch.mask)
        try:
            with isolated_evaluation(model), warnings.catch_warnings(), redirect_stdout(io.StringIO()):
                warnings.simplefilter("ignore")  # torch.jit.trace is deprecated, and warns of branches that it misses
                self.experiment.add_graph(model.net, inputs)
        except Exception as error:  # whatever the network does with tracers
            reason = f"{type(error).__name__}: {str(error).strip().partition(chr(10))[0]}"
            warnings.warn(f"no graph of the network, since it cannot be traced: {reason}", DataWarning, stacklevel=2)


def write_events(loggers: Iterable[Logger]) -> None:
    """Write the events that loggers hold, of many files together."""
    flush_together(
        [each.experiment._get_file_writer().event_writer for each in loggers if isinstance(each, TensorBoard)]
    )
