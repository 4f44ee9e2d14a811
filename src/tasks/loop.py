"""The training loop of a task under Lightning.

Lightning runs the epochs, validations, callbacks and checkpoints. Many optimizer steps run in one Lightning batch,
since for small networks Lightning's overhead per batch is several times the cost of a step.
"""

import math
import warnings
from collections.abc import Callable
from typing import Any, Literal

import torch
from torch import Tensor
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler, ReduceLROnPlateau

from ..errors import DataWarning
from ..optim.linear_decay import LinearDecay
from ..runs.checkpoint import FORMAT, OURS
from ..spec import Batch
from .batch_cursor import BatchCursor
from .captured_steps import CapturedSteps, portable_state
from .components import Components, advance
from .engines.blocks import BlockSteps
from .lightning_internals import as_list, count_steps, drop_loops, end_epoch, set_paths, set_position
from .metrics.accumulator import MetricAccumulator
from .metrics.base import Mode
from .metrics.log import MetricLog
from .random_state import random_state, set_random_state
from .ranks import Ranks, check_processes
from .slice_clock import SliceClock
from .step import Step
from .task_interface import TaskInterface

STEPS_OF_RANKS = 32  # inside one Lightning batch with several processes, whose clocks differ

Split = Literal["train", "val", "test"]


class Diverged(Exception):
    """The loss is not finite."""


class TrainingLoop(TaskInterface):
    """Lightning's hooks: epochs of steps, their metrics, and checkpoints that resume exactly.

    A task defines the steps. accumulators: the metrics of each split, which the task creates; after_step: functions
    that run after each optimizer step.
    """

    accumulators: dict[str, MetricAccumulator]

    def __init__(self, *, components: Components) -> None:
        super().__init__()
        self.automatic_optimization = False
        self.spec = components.spec
        self.config = components.config
        self.record = components.record
        self.data_record: dict[str, Any] | None = None
        self.make_optimizer = components.optimizer
        self.schedule = components.schedule
        self.steps_per_slice = components.steps_per_slice
        self.captures = components.captured
        self.captured: CapturedSteps | None = None  # while the network is trained
        self.split: Split = "test"  # the split that `trainer.test` evaluates
        self.started = False  # whether training has begun, and a resumed run is restored
        self.random_state: dict[str, Any] | None = None
        self.state: Any = None  # of a recurrent network at the end of the last segment
        self.cursor: BatchCursor | None = None
        self.length = {"step": math.inf, "epoch": math.inf}  # of the whole run
        self.lr: float | None = None  # of the last step, if there is a schedule
        self.after_step: list[Callable[[], None]] = []
        self.metric_log = MetricLog()
        self.clock = SliceClock()
        self.ranks: Ranks | None = None  # the processes that train the network together
        self.rank_states: list[dict[str, Any]] | None = None  # of a resumed run of several processes
        self.divergence: str | None = None  # of this process, until all know of it

    # Lightning's hooks

    def configure_optimizers(self) -> tuple[list[Optimizer], list[LRScheduler]]:
        """Return an optimizer, and a schedule if configured, for each group; nothing without trainable parameters."""
        optimizers = self.make_optimizers()
        if self.schedule is None:
            return optimizers, []
        schedules = [self.schedule.make(optimizer) for optimizer in optimizers]
        for schedule in schedules:
            if isinstance(schedule, LinearDecay):
                schedule.over(self.length[self.schedule.interval])
        return optimizers, schedules

    def make_optimizers(self) -> list[Optimizer]:
        """Return an optimizer for each group of parameters."""
        return [self.make_optimizer(parameters) for parameters in self.groups()]

    def optimizer_list(self) -> list[Optimizer]:
        """Return the optimizers, in the order of the groups."""
        return as_list(self.optimizers(use_pl_optimizer=False))

    def schedule_list(self) -> list[LRScheduler]:
        """Return the schedules, in the order of the groups."""
        return as_list(self.lr_schedulers())

    def on_fit_start(self) -> None:
        """Move the data to the device."""
        assert self.cursor is not None
        self.cursor.loader.to(self.device)
        if self.trainer.val_dataloaders is not None:
            self.trainer.val_dataloaders.to(self.device)

    def on_train_start(self) -> None:
        """Restore the random state of a resumed run, and check the length of its schedules."""
        self.started = True
        for each in self.trainer.lr_scheduler_configs:
            self.check_length(each.scheduler)
        if self.random_state is not None:
            set_random_state(self.random_state)
            self.random_state = None
        if self.ranks is not None:
            self.state = self.ranks.restore(self.rank_states)
        if self.captures:
            self.captured = CapturedSteps(self.update, self, self.optimizer_list())

    def on_train_end(self) -> None:
        """Free the memory of captured steps."""
        self.captured = None

    def check_length(self, schedule: Any) -> None:
        """Warn if a linear schedule, which keeps its length in a resumed run, ends before the run."""
        if self.schedule is None or not isinstance(schedule, LinearDecay):
            return
        interval, length = self.schedule.interval, schedule.length
        if length < self.length[interval]:
            warnings.warn(
                f"scheduler=linear ends at {interval} {length:g}, where the run ended before it was resumed; after "
                f"that, up to {interval} {self.length[interval]:g}, the learning rate is {schedule.end_factor:g} times "
                "optimizer.lr",
                DataWarning,
                stacklevel=2,
            )

    def on_train_epoch_start(self) -> None:
        """Go to the first batch of the epoch, or to the position of a resumed run."""
        assert self.cursor is not None
        self.cursor.start_epoch(self.current_epoch)
        self.metric_log.latest = {}
        if self.schedule is not None:
            self.lr = self.schedule_list()[0].optimizer.param_groups[0]["lr"]
        if self.cursor.steps_done == 0:
            self.accumulators["train"].reset()

    def training_step(self, cursor: BatchCursor, _: int) -> None:
        """Take as many steps as fit into the time of a slice, or `steps_per_slice` steps."""
        optimizers = self.optimizer_list()
        schedules = self.schedule_list() if self.schedule and self.schedule.interval == "step" else []
        count = 0
        left = self.trainer.max_steps - self.global_step if self.trainer.max_steps >= 0 else float("inf")
        steps_per_slice = self.steps_per_slice or (STEPS_OF_RANKS if self.ranks is not None else None)
        left = min(left, steps_per_slice or float("inf"))
        self.clock.start(self.device)
        accumulator = self.accumulators["train"]
        if (blocks := self.block_steps(optimizers)) is not None:
            count = self.take_blocks(cursor, blocks, optimizers[0], left)
            count_steps(self.trainer, count)
            self.clock.end(count)
            return
        for batches in cursor.consume():
            batches = [self.trainer.precision_plugin.convert_input(batch) for batch in batches]
            batches, steps = self.take_step(batches, *optimizers)
            for batch, step in zip(batches, steps, strict=True):
                accumulator.add(step, batch.mask)
            if schedules:
                self.lr = optimizers[0].param_groups[0]["lr"]
            for schedule in schedules:
                advance(schedule)
            for action in self.after_step:
                action()
            count += 1
            if count >= left or (not steps_per_slice and self.clock.over(count)):
                break
            if accumulator.is_full:
                self.flush("train")
        count_steps(self.trainer, count)
        self.flush("train")
        if self.ranks is not None:
            self.ranks.copy(self.buffers())  # such as the running statistics of batch normalization
        self.share_divergence()
        self.clock.end(count)

    def take_step(self, batches: list[Batch], *optimizers: Optimizer) -> tuple[list[Batch], list[Step]]:
        """Take one step with the gradient on batches; return those of which this process has computed a part."""
        if self.ranks is not None:
            parts = [self.ranks.part(batch) for batch in batches]
            total = sum(self.count(batch) for batch in batches)
            steps = self.update_together(parts, total, *optimizers)
            return [part for part in parts if part is not None], steps
        if len(batches) > 1:
            return batches, self.accumulate(batches, *optimizers)
        update = self.captured or self.update
        return batches, [update(batches[0], *optimizers)]

    def take_blocks(self, cursor: BatchCursor, blocks: BlockSteps, optimizer: Optimizer, left: float) -> int:
        """Take up to `left` steps, many in one call, in the time of a slice; return their number."""
        count = 0
        while count < left and not cursor.finished:
            block, steps = cursor.next_block(int(min(left - count, blocks.most)))
            step, sizes = blocks.update(block, optimizer)
            count += steps
            diverged = self.accumulators["train"].add_block(step, sizes, self.predictions, self.actual)
            self.check_divergence("train", diverged)
            if not self.steps_per_slice and self.clock.over(count):
                break
        return count

    def on_train_batch_end(self, outputs: Any, batch: BatchCursor, batch_idx: int) -> None:
        """End the epoch if its last batch is also the last of `max_steps`; Lightning would not validate it."""
        if batch.finished and self.global_step == self.trainer.max_steps:
            end_epoch(self.trainer)

    def on_train_epoch_end(self) -> None:
        """Log the epoch's training metrics and step the schedules."""
        self.log_epoch(self.epoch_metrics("train"))

    def log_epoch(self, metrics: dict[str, float]) -> None:
        """Log training metrics of an epoch and step the schedules."""
        if self.schedule is None:
            self.publish("train", metrics)
            return
        assert self.lr is not None
        self.publish("train", metrics, {"lr": self.lr})
        if self.schedule.interval == "step" or not self.cursor.finished:  # type: ignore[union-attr]
            return
        monitor, latest = self.schedule.monitor or "train/loss", self.metric_log.latest
        for schedule in self.schedule_list():
            if not isinstance(schedule, ReduceLROnPlateau):
                advance(schedule)
            elif monitor in latest:  # some epochs are not validated
                advance(schedule, latest[monitor])

    def on_validation_epoch_start(self) -> None:
        """Reset the metrics."""
        self.accumulators["val"].reset()
        if self.ranks is not None:
            self.ranks.copy(self.buffers())

    def validation_step(self, batch: Batch, _: int) -> None:
        """Evaluate a batch."""
        self.measure_some("val", batch)

    def on_validation_epoch_end(self) -> None:
        """Log the epoch's validation metrics."""
        self.flush("val")
        self.share_divergence()
        self.publish("val", self.epoch_metrics("val"))

    def on_test_epoch_start(self) -> None:
        """Reset the metrics."""
        self.accumulators["test"].reset()

    def test_step(self, batch: Batch, batch_idx: int) -> None:
        """Evaluate a batch."""
        self.measure_some("test", batch)

    def on_test_epoch_end(self) -> None:
        """Report the metrics under the name of the split."""
        self.flush("test")
        self.trainer.callback_metrics.update(prefixed(self.split, self.epoch_metrics("test")))

    def measure_some(self, split: str, batch: Batch) -> None:
        """Add a batch, or the part of this process, to the metrics; update them if enough outputs are buffered."""
        part = batch if self.ranks is None else self.ranks.part(batch)
        if part is not None:
            self.measure(split, part)
        if self.accumulators[split].is_full:
            self.flush(split)

    def epoch_metrics(self, split: str) -> dict[str, float]:
        """Return the metrics of a split, of all processes."""
        accumulator = self.accumulators[split]
        if self.ranks is None:
            return accumulator.compute()
        return accumulator.compute_together(self.ranks.gather(accumulator.sums()))

    def flush(self, split: str) -> None:
        """Update the metrics with the buffered steps. Raises Diverged for a non-finite loss, except in a test."""
        self.check_divergence(split, self.accumulators[split].flush(self.predictions, self.actual))

    def check_divergence(self, split: str, loss: float | None) -> None:
        """Raise Diverged for a loss that is not finite, except in a test; with several processes, when a slice ends.

        loss: the first one that is not finite, None if all are.
        """
        if loss is not None and split != "test":
            self.divergence = self.divergence or f"{split}/loss is {loss} in epoch {self.current_epoch + 1}"
            if self.ranks is None:
                self.share_divergence()

    def share_divergence(self) -> None:
        """Raise Diverged if the loss is not finite, in all processes if it is so in one."""
        found = [self.divergence] if self.ranks is None else self.ranks.gather(self.divergence)
        if message := next(filter(None, found), None):
            self.metric_log.write(self.trainer.loggers)
            raise Diverged(message)

    def publish(self, split: str, metrics: dict[str, float], further: dict[str, float] | None = None) -> None:
        """Pass metrics to the callbacks immediately, and to the loggers, by epoch, a little later."""
        values = {f"{split}/{name}": value for name, value in metrics.items()}
        self.metric_log.publish(values, further or {}, self.current_epoch + 1, self.trainer)

    def teardown(self, stage: str) -> None:
        """Write the remaining metrics to the loggers."""
        self.metric_log.write(self.trainer.loggers)

    # Checkpoints

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Add the data for rebuilding the network and for exact resuming, as plain data and tensors."""
        self.save_metrics()
        drop_loops(checkpoint)  # the cursor has the exact position
        if self.captured is not None:
            checkpoint["optimizer_states"] = [portable_state(state) for state in checkpoint["optimizer_states"]]
        checkpoint[OURS] = self.own_state(random_state())
        if self.ranks is not None:
            totals = self.accumulators["train"].combined(self.ranks.gather(self.accumulators["train"].sums()))
            checkpoint[OURS]["train"] |= totals
            checkpoint[OURS]["ranks"] = self.ranks.states(self.state)

    def save_metrics(self) -> None:
        """Write all metrics so far, before a checkpoint; otherwise a killed run would leave a gap in them."""
        self.metric_log.write(self.trainer.loggers)
        for logger in self.trainer.loggers:
            logger.save()

    def own_state(self, random: dict[str, Any]) -> dict[str, Any]:
        """Return our part of a checkpoint. random: state of the random number generators."""
        assert self.cursor is not None
        if self.data_record is None and self.record is not None:
            self.data_record = self.record()
        return {
            "format": FORMAT,
            "config": self.config,
            "data": self.data_record,
            "spec": self.spec.to_dict(),
            "stream": self.cursor.state_dict(),
            "train": self.accumulators["train"].state_dict(),
            "random": random,
            "state": self.state,
            "stopped": bool(self.trainer.should_stop),  # a callback may set a number of NumPy
        }

    def on_load_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Go to the position of the checkpoint."""
        set_paths(self.trainer, checkpoint)
        self.load_own_state(ours := checkpoint[OURS])
        assert self.cursor is not None
        self.trainer.should_stop = ours["stopped"]  # otherwise a run after early stopping would train another epoch
        set_position(self.trainer, epoch=self.cursor.epoch, step=checkpoint["global_step"])

    def load_own_state(self, ours: dict[str, Any]) -> None:
        """Restore our part of a checkpoint."""
        assert self.cursor is not None
        self.cursor.load_state_dict(ours["stream"])
        check_processes(ours, 1 if self.ranks is None else self.ranks.size)
        if self.ranks is None or self.ranks.rank == 0:  # the other processes begin with empty sums
            self.accumulators["train"].load_state_dict(ours["train"])
        self.random_state = ours["random"]
        self.state = ours["state"]
        self.rank_states = ours.get("ranks")

    # For callbacks

    @property
    def steps_done(self) -> int:
        """Number of optimizer steps done in this epoch."""
        return 0 if self.cursor is None else self.cursor.steps_done

    @property
    def steps_in_epoch(self) -> int:
        """Number of optimizer steps in an epoch."""
        return 0 if self.cursor is None else self.cursor.steps_in_epoch

    @property
    def primary(self) -> tuple[str, Mode]:
        """The metric that ranks runs and epochs, and "min" or "max"."""
        name, mode = next(iter(self.accumulators["val"].metrics.modes.items()), ("loss", "min"))
        return f"val/{name}", mode

    def mode(self, metric: str) -> Mode | None:
        """Return "min" or "max" for a metric `split/name`, or None if the metric does not define it."""
        split, _, name = metric.partition("/")
        return self.accumulators[split].modes[name]

    def metric_names(self, split: str) -> list[str]:
        """Return the names of all metrics of a split."""
        return [f"{split}/{name}" for name in self.accumulators[split].modes]


def prefixed(split: str, metrics: dict[str, float]) -> dict[str, Tensor]:
    """Return the metrics under their names for callbacks: `split/name`."""
    return {f"{split}/{name}": torch.tensor(value, dtype=torch.float64) for name, value in metrics.items()}
