"""The event files of a run, whatever other loggers it has."""

from collections.abc import Mapping

import pytorch_lightning as pl
from pytorch_lightning.loggers import TensorBoardLogger
from tensorboard.compat.proto.summary_pb2 import Summary
from torch.utils.tensorboard import SummaryWriter


def writers(trainer: pl.Trainer) -> list[SummaryWriter]:
    """Return the TensorBoard writers of a trainer, usually one."""
    return [logger.experiment for logger in trainer.loggers if isinstance(logger, TensorBoardLogger)]


def write_scalars(trainer: pl.Trainer, values: Mapping[str, float], epoch: int) -> None:
    """Write scalars of an epoch in one record."""
    for writer in writers(trainer):
        add_scalars(writer, values, epoch)


def add_scalars(writer: SummaryWriter, values: Mapping[str, float], epoch: int | None) -> None:
    """Write scalars of an epoch in one record to an event file."""
    summary = Summary(value=[Summary.Value(tag=tag, simple_value=float(value)) for tag, value in values.items()])
    writer._get_file_writer().add_summary(summary, epoch)
