"""The event files of a run, whatever other loggers it has."""

import pytorch_lightning as pl
from pytorch_lightning.loggers import TensorBoardLogger
from torch.utils.tensorboard import SummaryWriter


def writers(trainer: pl.Trainer) -> list[SummaryWriter]:
    """Return the TensorBoard writers of a trainer, usually one."""
    return [logger.experiment for logger in trainer.loggers if isinstance(logger, TensorBoardLogger)]
