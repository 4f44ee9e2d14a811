"""What callbacks, loggers and a task read of Lightning's trainer, for a run whose steps other code takes."""

from collections.abc import Callable, Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytorch_lightning as pl
import torch
from lightning_fabric.plugins.io import CheckpointIO
from pytorch_lightning.callbacks import Checkpoint, EarlyStopping
from pytorch_lightning.loggers import Logger
from pytorch_lightning.trainer.states import TrainerFn
from torch import Tensor
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler

from ...callbacks.tensorboard import TensorBoard
from ...config.schema import Trainer as Settings
from ...runs.directory import RunDirectory
from ...tasks.metrics.log import MetricLog
from ..loggers import build_logger
from ..plan import Plan
from ..trainers import build_callbacks
from .compatibility import shown_by_members


class MemberTrainer:
    """The state of a training with Lightning's names; building Lightning's own trainer takes longer than small runs.

    from_epoch: the epoch from which the run is resumed; device: Lightning's trainer of one member, whose precision and
    device are those of all; save: stores a checkpoint; files: writes and removes them.
    """

    fast_dev_run = sanity_checking = False
    is_global_zero = enable_validation = True
    global_rank, world_size = 0, 1
    val_check_interval = 1.0
    ckpt_path = val_dataloaders = None

    def __init__(
        self,
        plan: Plan,
        directory: RunDirectory,
        *,
        from_epoch: int | None,
        device: pl.Trainer,
        save: Callable[..., None],
        files: CheckpointIO,
    ) -> None:
        settings: Settings = plan.trainer
        self.default_root_dir = str(directory.path)
        self.max_epochs, self.max_steps = plan.max_epochs, settings.max_steps
        self.check_val_every_n_epoch = settings.check_val_every_n_epoch
        self.precision_plugin = device.precision_plugin
        self.save_checkpoint = save
        self.strategy = OneProcessStrategy(device.strategy.root_device, files)
        self.state = SimpleNamespace(fn=TrainerFn.FITTING)
        validation = plan.validation()
        self.num_val_batches = [len(validation) if validation else 0]
        self.fit_loop = SimpleNamespace(
            epoch_loop=SimpleNamespace(
                val_loop=SimpleNamespace(_has_run=False), batch_progress=SimpleNamespace(is_last_batch=False)
            )
        )
        self.current_epoch = self.global_step = 0
        self.should_stop = False
        self.metrics: dict[str, float] = {}
        self.tensors: dict[str, Tensor] | None = None  # of the metrics, for callbacks
        self.optimizers: list[Optimizer] = []
        self.lr_scheduler_configs: list[SimpleNamespace] = []
        shown = shown_by_members(plan.config["callbacks"])
        made = build_callbacks(shown, plan, directory)
        self.callbacks = sorted(made, key=lambda each: isinstance(each, Checkpoint))  # as Lightning
        nodes = filter(None, plan.config["logger"].values())
        self.loggers: list[Logger] = [build_logger(node, plan.config, directory, from_epoch) for node in nodes]
        for logger in self.loggers:
            if isinstance(logger, TensorBoard):
                logger.buffer()

    def set_optimizers(self, optimizers: list[Optimizer], schedules: list[LRScheduler]) -> None:
        """Take the optimizers and the schedules of the run."""
        self.optimizers = optimizers
        self.lr_scheduler_configs = [SimpleNamespace(scheduler=schedule) for schedule in schedules]
        for optimizer in optimizers:  # their steps are computed elsewhere, and schedules warn if they see none
            optimizer._opt_called = True  # type: ignore[attr-defined]

    @property
    def checkpoint_callbacks(self) -> list[Checkpoint]:
        """The callbacks that save checkpoints."""
        return [each for each in self.callbacks if isinstance(each, Checkpoint)]

    @property
    def early_stopping_callbacks(self) -> list[EarlyStopping]:
        """The callbacks that stop the run."""
        return [each for each in self.callbacks if isinstance(each, EarlyStopping)]

    @property
    def callback_metrics(self) -> dict[str, Tensor]:
        """The latest metrics as Lightning has them."""
        if self.tensors is None:
            numbers = torch.tensor([*self.metrics.values()], dtype=torch.float64).unbind()
            self.tensors = dict(zip(self.metrics, numbers, strict=True))
        return self.tensors

    def publish(self, metrics: Mapping[str, float]) -> None:
        """Take new metrics."""
        self.metrics.update(metrics)
        self.tensors = None


class OneProcessStrategy:
    """What callbacks use of a Lightning strategy."""

    def __init__(self, root_device: torch.device, files: CheckpointIO) -> None:
        self.root_device = root_device
        self.files = files

    def broadcast(self, value: Any) -> Any:
        """Return the value."""
        return value

    def reduce_boolean_decision(self, decision: bool, all: bool = True) -> bool:
        """Return the decision."""
        del all
        return decision

    def barrier(self, name: str | None = None) -> None:
        """Do nothing."""

    def remove_checkpoint(self, path: str | Path) -> None:
        """Remove a checkpoint."""
        self.files.remove_checkpoint(path)


class MemberLog(MetricLog):
    """Holds all metrics until they are written, which the group decides."""

    def publish(self, values: Mapping[str, float], further: Mapping[str, float], epoch: int, trainer: Any) -> None:
        """See `MetricLog`."""
        trainer.publish(values)
        logged = {**values, **further}
        self.latest |= logged
        self.unwritten.append((logged, epoch))
