"""Learning by gradient: a network, a loss, an optimizer, and what is measured.

Lightning runs the epochs, validations, callbacks and checkpoints; the steps inside an epoch are taken here, many in
one Lightning batch, since for small networks its own cost would be several times that of the step.
"""

import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

import pytorch_lightning as pl
import torch
from torch import Tensor
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler, ReduceLROnPlateau

from ..checkpoints import FORMAT
from ..layers.recurrent import clip_steps
from ..losses.base import Loss
from ..spec import Batch, DataSpec
from .measured import Measured
from .metrics import Mode, Sums
from .random_state import random_state, set_random_state
from .stream import Stream

SLICE = 0.05  # seconds of steps inside one Lightning batch
OUTPUTS = 1 << 22  # numbers kept before they are measured
LOGGED_EVERY = 0.2  # seconds at most; each figure wakes TensorBoard's thread, which costs as much as a tiny epoch

Split = Literal["train", "val", "test"]


class Diverged(Exception):
    """The loss is no longer a finite number."""


class Schedule(NamedTuple):
    """A learning-rate schedule: how it is made of the optimizer, when it steps and what it watches."""

    make: Callable[[Optimizer], LRScheduler]
    interval: Literal["epoch", "step"] = "epoch"
    monitor: str | None = None


@dataclass(frozen=True)
class Parts:
    """What every task is put together from.

    net: (x, mask) -> raw outputs; optimizer: from parameters; config: the resolved config as plain data, which goes
    into checkpoints, as does what `record` returns of the data; metrics: further ones of (decision, target) by name;
    clip_value, clip_algorithm: of gradients, by "norm", by "value", or "temporal": by value, in recurrent cells the
    part of each step before they are summed; steps_per_slice: None = by time.
    """

    net: torch.nn.Module
    loss: Loss
    optimizer: Callable[[Iterable[Tensor]], Optimizer]
    spec: DataSpec
    config: dict[str, Any]
    record: Callable[[], dict[str, Any]] | None = None
    schedule: Schedule | None = None
    metrics: dict[str, Any] = field(default_factory=dict)
    clip_value: float | None = None
    clip_algorithm: Literal["norm", "value", "temporal"] = "norm"
    steps_per_slice: int | None = None
    compiled: bool = False


class Task(pl.LightningModule, ABC):
    """Train a network by gradient steps on a loss; subclasses say what an output means."""

    targets: tuple[str, ...]
    metrics: type[Sums]

    def __init__(self, *, parts: Parts) -> None:
        super().__init__()
        self.automatic_optimization = False
        self.net = parts.net
        self.loss = parts.loss
        self.spec = parts.spec
        self.config = parts.config
        self.record = parts.record
        self.recorded: dict[str, Any] | None = None
        self.make_optimizer = parts.optimizer
        self.schedule = parts.schedule
        self.clip_value = parts.clip_value
        self.clip_algorithm = parts.clip_algorithm
        self.clipped = list(self.net.parameters())  # once all of the gradient is there
        if self.clip_algorithm == "temporal" and self.clip_value is not None:
            self.clipped = clip_steps(self.net, self.clip_value)
        self.steps_per_slice = parts.steps_per_slice
        self.objective = torch.compile(self.compute) if parts.compiled else self.compute
        self.measured: dict[str, Measured] = {
            split: Measured(
                self.make_metrics(), {name: m.clone() for name, m in parts.metrics.items()}, self.spec.per_step
            )
            for split in ("train", "val", "test")
        }
        self.split: Split = "test"  # what `trainer.test` measures just now
        self.random_state: dict[str, Any] | None = None
        self.state: Any = None  # of a network with memory, at the end of the last segment
        self.stream: Stream | None = None
        self.lr: float | None = None  # of the last step, where there is a schedule
        self.after_step: list[Callable[[], None]] = []  # what callbacks do after each optimizer step
        self.latest: dict[str, float] = {}  # figures of this epoch by full name
        self.unlogged: list[tuple[dict[str, float], int]] = []
        self.log_at = 0.0

    # What a subclass says

    @abstractmethod
    def decide(self, output: Tensor) -> Tensor:
        """Return the decisions of raw outputs."""

    def actual(self, target: Tensor) -> Tensor:
        """Return the targets of a batch as decisions are: real ones in their own units."""
        return self.spec.in_units(target) if self.spec.target == "real" else target

    def make_metrics(self) -> Sums:
        """Return the running sums of one split."""
        return self.metrics()

    def matched(self, output: Tensor, batch: Batch) -> Tensor:
        """Return the target in the form the loss takes."""
        return batch.y

    # One step

    def compute(self, batch: Batch) -> tuple[Tensor, Tensor]:
        """Return the mean loss over real examples or steps, and the raw outputs; go on with segments."""
        output = self.outputs(batch)
        return averaged(self.loss(output, self.matched(output, batch)), batch.mask), output

    def outputs(self, batch: Batch) -> Tensor:
        """Return the raw outputs; go on with segments."""
        if batch.carry is None:
            return self.net(batch.x, batch.mask)
        output, state = self.net.run(batch.x, batch.mask, self.state if batch.carry else None)  # type: ignore
        self.state = detached(state)
        return output

    def criterion(self, batch: Batch) -> Tensor:
        """Return what a step goes down the gradient of."""
        return self.compute(batch)[0]

    def gradient(self, batch: Batch) -> tuple[Tensor, Tensor]:
        """Put the gradient of the loss into the parameters; return loss and outputs, detached."""
        loss, output = self.objective(batch)
        loss.backward()
        return loss.detach(), output.detach()

    def update(self, batch: Batch, optimizer: Optimizer) -> tuple[Tensor, Tensor]:
        """Take one optimizer step; return loss and outputs before it."""
        optimizer.zero_grad()
        loss, output = self.gradient(batch)
        if self.clip_value is not None:
            if self.clip_algorithm == "norm":
                torch.nn.utils.clip_grad_norm_(self.clipped, self.clip_value)
            else:
                torch.nn.utils.clip_grad_value_(self.clipped, self.clip_value)
        optimizer.step()
        return loss, output

    # Lightning's hooks

    def configure_optimizers(self) -> Any:
        """Make the optimizer and its schedule; none where the weights are given."""
        parameters = [p for p in self.net.parameters() if p.requires_grad]
        if not parameters:
            return None
        optimizer = self.make_optimizer(parameters)
        if self.schedule is None:
            return optimizer
        return {"optimizer": optimizer, "lr_scheduler": self.schedule.make(optimizer)}

    def on_fit_start(self) -> None:
        """Bring the data to the device."""
        assert self.stream is not None
        self.stream.loader.to(self.device)
        if self.trainer.val_dataloaders is not None:
            self.trainer.val_dataloaders.to(self.device)

    def on_train_start(self) -> None:
        """Go on with the random numbers of the run that is resumed."""
        if self.random_state is not None:
            set_random_state(self.random_state)
            self.random_state = None

    def on_train_epoch_start(self) -> None:
        """Go to the epoch's first batch, or to where a resumed run stood."""
        assert self.stream is not None
        self.stream.start(self.current_epoch)
        self.latest = {}
        if self.schedule is not None:
            self.lr = self.lr_schedulers().optimizer.param_groups[0]["lr"]  # type: ignore[union-attr]
        if self.stream.done == 0:
            self.measured["train"].reset()

    def training_step(self, stream: Stream, _: int) -> None:
        """Take as many steps as fit into a slice of time, or as many as asked for."""
        optimizer = self.optimizers(use_pl_optimizer=False)
        assert isinstance(optimizer, Optimizer)
        each_step = self.lr_schedulers() if self.schedule and self.schedule.interval == "step" else None
        count, kept = 0, 0
        left = self.trainer.max_steps - self.global_step if self.trainer.max_steps >= 0 else float("inf")
        left = min(left, self.steps_per_slice or float("inf"))
        until = time.perf_counter() + SLICE
        measured = self.measured["train"]
        for batch in stream.take():
            batch = self.trainer.precision_plugin.convert_input(batch)
            loss, output = self.update(batch, optimizer)
            if each_step is not None:
                self.lr = optimizer.param_groups[0]["lr"]
                each_step.step()  # type: ignore[union-attr]
            for act in self.after_step:
                act()
            measured.keep(loss, output, batch)
            count += 1
            kept += output.numel()
            if count >= left or kept > OUTPUTS or (not self.steps_per_slice and time.perf_counter() >= until):
                break
        progress = self.trainer.fit_loop.epoch_loop.manual_optimization.optim_step_progress.total
        progress.ready += count
        progress.completed += count  # what `trainer.global_step` reads
        self.flush("train")

    def on_train_batch_end(self, outputs: Any, batch: Stream, batch_idx: int) -> None:
        """Let an epoch be validated that ends with the last of `max_steps`: Lightning would not look for its end."""
        if batch.finished and self.global_step == self.trainer.max_steps:
            self.trainer.fit_loop.epoch_loop.batch_progress.is_last_batch = True

    def on_train_epoch_end(self) -> None:
        """Log the epoch's training figures and step the schedule."""
        figures = self.measured["train"].compute()
        if self.schedule is None:
            self.publish("train", figures)
            return
        assert self.lr is not None
        self.publish("train", figures, {"lr": self.lr})
        schedule = self.lr_schedulers()
        if self.schedule.interval == "step" or not self.stream.finished:  # type: ignore[union-attr]
            return
        if not isinstance(schedule, ReduceLROnPlateau):
            schedule.step()  # type: ignore[union-attr]
        elif (monitor := self.schedule.monitor or "train/loss") in self.latest:  # not every epoch is validated
            schedule.step(self.latest[monitor])

    def on_validation_epoch_start(self) -> None:
        """Begin to measure."""
        self.measured["val"].reset()

    def validation_step(self, batch: Batch, _: int) -> None:
        """Measure a batch."""
        self.measure("val", batch)

    def on_validation_epoch_end(self) -> None:
        """Log the epoch's validation figures."""
        self.publish("val", self.measured["val"].compute())

    def on_test_epoch_start(self) -> None:
        """Begin to measure."""
        self.measured["test"].reset()

    def test_step(self, batch: Batch, batch_idx: int) -> None:
        """Measure a batch."""
        self.measure("test", batch)

    def on_test_epoch_end(self) -> None:
        """Show the figures under the name of the split."""
        self.trainer.callback_metrics.update(prefixed(self.split, self.measured["test"].compute()))

    def measure(self, split: str, batch: Batch) -> None:
        """Add a batch to the figures of a split."""
        loss, output = self.compute(batch)
        self.measured[split].keep(loss, output, batch)
        self.flush(split)

    def flush(self, split: str) -> None:
        """Measure what was kept. Raises Diverged at a loss that is not finite, unless the network is only tested."""
        bad = self.measured[split].flush(self.decide, self.actual)
        if bad is not None and split != "test":
            self.write_logs()
            raise Diverged(f"{split}/loss is {bad} in epoch {self.current_epoch}")

    def publish(self, split: str, figures: dict[str, float], further: dict[str, float] | None = None) -> None:
        """Give figures to the callbacks at once and, against the epoch, to the loggers a little later."""
        self.trainer.callback_metrics.update(prefixed(split, figures))
        values = {f"{split}/{name}": value for name, value in figures.items()}
        self.latest |= values
        self.unlogged.append((values | (further or {}), self.current_epoch))
        if time.monotonic() >= self.log_at:
            self.write_logs()

    def write_logs(self) -> None:
        """Hand what was published to the loggers."""
        for values, epoch in self.unlogged:
            for logger in self.loggers:
                logger.log_metrics(values, step=epoch)
        self.unlogged.clear()
        self.log_at = time.monotonic() + LOGGED_EVERY

    def teardown(self, stage: str) -> None:
        """Leave nothing unlogged."""
        self.write_logs()

    # Checkpoints

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Add what rebuilding and exact resuming need, all of it plain data and tensors.

        Whatever is known of the run so far is on disk before the checkpoint is: else a kill would leave a gap.
        """
        self.write_logs()
        for logger in self.loggers:
            logger.save()
        del checkpoint["loops"]  # the stream's position is exact, Lightning's counts slices
        assert self.stream is not None
        if self.recorded is None and self.record is not None:
            self.recorded = self.record()
        checkpoint["nnzoo"] = {
            "format": FORMAT,
            "config": self.config,
            "data": self.recorded,
            "spec": self.spec.to_dict(),
            "stream": self.stream.state_dict(),
            "train": self.measured["train"].state_dict(),
            "random": random_state(),
            "state": self.state,
            "stopped": self.trainer.should_stop,
        }

    def on_load_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Go to the position of the checkpoint."""
        ours = checkpoint["nnzoo"]
        assert self.stream is not None
        self.stream.load_state_dict(ours["stream"])
        self.measured["train"].load_state_dict(ours["train"])
        self.random_state = ours["random"]
        self.state = ours["state"]
        self.trainer.should_stop = ours["stopped"]  # else a run that was stopped early would train one epoch more
        loop = self.trainer.fit_loop
        vars(loop.epoch_progress.current).update(processed=self.stream.epoch, completed=self.stream.epoch)
        progress = loop.epoch_loop.manual_optimization.optim_step_progress.total
        progress.ready = progress.completed = checkpoint["global_step"]

    # For callbacks

    @property
    def steps_done(self) -> int:
        """Optimizer steps done in this epoch."""
        return 0 if self.stream is None else self.stream.done

    @property
    def steps_in_epoch(self) -> int:
        """Optimizer steps in an epoch."""
        return 0 if self.stream is None else self.stream.steps

    @property
    def primary(self) -> tuple[str, Mode]:
        """The figure by which runs and epochs are compared, and whether lower or higher is better."""
        name, mode = next(iter(self.metrics.modes.items()))
        return f"val/{name}", mode

    def mode(self, metric: str) -> Mode | None:
        """Return whether lower or higher is better of `split/name`; None where the metric does not say."""
        split, _, name = metric.partition("/")
        return self.measured[split].modes[name]

    def metric_names(self, split: str) -> list[str]:
        """Return the names of all figures of a split."""
        return [f"{split}/{name}" for name in self.measured[split].modes]


def averaged(values: Tensor, mask: Tensor | None) -> Tensor:
    """Return the mean of losses (B,) or, over the real steps alone, of (B, T)."""
    if mask is None or values.ndim == 1:
        return values.mean()
    return (values * mask).sum() / mask.sum()


def detached(state: Any) -> Any:
    """Return a state, tensors in lists and tuples, without its history."""
    if isinstance(state, Tensor):
        return state.detach()
    return None if state is None else type(state)(detached(part) for part in state)


def prefixed(split: str, figures: dict[str, float]) -> dict[str, Tensor]:
    """Return the figures under the names callbacks know: `split/name`."""
    return {f"{split}/{name}": torch.tensor(value, dtype=torch.float64) for name, value in figures.items()}
