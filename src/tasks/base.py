"""Learning by gradient: a network, a loss, an optimizer, and what is measured.

Lightning runs the epochs, validations, callbacks and checkpoints; the steps inside an epoch are taken here, many in
one Lightning batch, since for small networks its own cost would be several times that of the step.
"""

import math
import random
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from typing import Any, Literal, NamedTuple

import numpy as np
import pytorch_lightning as pl
import torch
from torch import Tensor
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler, ReduceLROnPlateau

from ..losses.base import Loss
from ..spec import Batch, DataSpec
from .metrics import Sums
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


class Task(pl.LightningModule, ABC):
    """Train a network by gradient steps on a loss; subclasses say what an output means.

    net: (x, mask) -> raw outputs; optimizer: from parameters; config: the resolved config as plain data, which goes
    into checkpoints; extra_metrics: further metrics of (decision, target) by name; clip_value, clip_algorithm:
    of gradients, by "norm" or "value"; steps_per_slice: None = by time.
    """

    targets: tuple[str, ...]
    metrics: type[Sums]

    def __init__(
        self,
        *,
        net: torch.nn.Module,
        loss: Loss,
        optimizer: Callable[[Iterable[Tensor]], Optimizer],
        schedule: Schedule | None,
        spec: DataSpec,
        config: dict[str, Any],
        extra_metrics: dict[str, Any],
        clip_value: float | None = None,
        clip_algorithm: Literal["norm", "value"] = "norm",
        steps_per_slice: int | None = None,
        compiled: bool = False,
    ) -> None:
        super().__init__()
        self.automatic_optimization = False
        self.net = net
        self.loss = loss
        self.spec = spec
        self.config = config
        self.make_optimizer = optimizer
        self.schedule = schedule
        self.clip_value = clip_value
        self.clip_algorithm = clip_algorithm
        self.steps_per_slice = steps_per_slice
        self.objective = torch.compile(self.compute) if compiled else self.compute
        self.measured: dict[str, Measured] = {
            split: Measured(
                self.metrics(), {name: metric.clone() for name, metric in extra_metrics.items()}, spec.per_step
            )
            for split in ("train", "val", "test")
        }
        self.split: Split = "test"  # what `trainer.test` measures just now
        self.random_state: dict[str, Any] | None = None
        self.stream: Stream | None = None
        self.latest: dict[str, float] = {}  # figures of this epoch by full name
        self.unlogged: list[tuple[dict[str, float], int]] = []
        self.log_at = 0.0

    # What a subclass says

    @abstractmethod
    def decide(self, output: Tensor) -> Tensor:
        """Return the decisions of raw outputs."""

    def matched(self, output: Tensor, batch: Batch) -> Tensor:
        """Return the target in the form the loss takes."""
        return batch.y

    # One step

    def compute(self, batch: Batch) -> tuple[Tensor, Tensor]:
        """Return the mean loss over real examples or steps, and the raw outputs."""
        output = self.net(batch.x, batch.mask)
        values: Tensor = self.loss(output, self.matched(output, batch))
        if batch.mask is None or values.ndim == 1:
            return values.mean(), output
        return (values * batch.mask).sum() / batch.mask.sum(), output

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
                torch.nn.utils.clip_grad_norm_(self.net.parameters(), self.clip_value)
            else:
                torch.nn.utils.clip_grad_value_(self.net.parameters(), self.clip_value)
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
                each_step.step()  # type: ignore[union-attr]
            measured.keep(loss, output, batch)
            count += 1
            kept += output.numel()
            if count >= left or kept > OUTPUTS or (not self.steps_per_slice and time.perf_counter() >= until):
                break
        progress = self.trainer.fit_loop.epoch_loop.manual_optimization.optim_step_progress.total
        progress.ready += count
        progress.completed += count  # what `trainer.global_step` reads
        self.flush("train")

    def on_train_epoch_end(self) -> None:
        """Log the epoch's training figures and step the schedule."""
        figures = self.measured["train"].compute()
        if self.schedule is None:
            self.publish("train", figures)
            return
        schedule = self.lr_schedulers()
        self.publish("train", figures, {"lr": schedule.optimizer.param_groups[0]["lr"]})  # type: ignore[union-attr]
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
        bad = self.measured[split].flush(self.decide)
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
        checkpoint["nnzoo"] = {
            "config": self.config,
            "spec": self.spec.to_dict(),
            "stream": self.stream.state_dict(),
            "train": self.measured["train"].state_dict(),
            "random": random_state(),
            "stopped": self.trainer.should_stop,
        }

    def on_load_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Go to the position of the checkpoint."""
        ours = checkpoint["nnzoo"]
        assert self.stream is not None
        self.stream.load_state_dict(ours["stream"])
        self.measured["train"].load_state_dict(ours["train"])
        self.random_state = ours["random"]
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
    def primary(self) -> tuple[str, Literal["min", "max"]]:
        """The figure by which runs and epochs are compared, and its direction."""
        return f"val/{self.metrics.names[0]}", direction(self.metrics.names[0])

    def metric_names(self, split: str) -> list[str]:
        """Return the names of all figures of a split."""
        return [f"{split}/{name}" for name in ("loss", *self.metrics.names, *self.measured["train"].extra)]


def direction(metric: str) -> Literal["min", "max"]:
    """Return whether a metric is to be small or large."""
    name = metric.rpartition("/")[2]
    return "min" if name in ("loss", "errors", "mistakes", "seq_errors", "mse", "rmse", "mae") else "max"


def prefixed(split: str, figures: dict[str, float]) -> dict[str, Tensor]:
    """Return the figures under the names callbacks know: `split/name`."""
    return {f"{split}/{name}": torch.tensor(value, dtype=torch.float64) for name, value in figures.items()}


class Kept(NamedTuple):
    """What measuring needs of a batch; its inputs can go."""

    loss: Tensor
    output: Tensor
    target: Tensor
    mask: Tensor | None

    @property
    def weight(self) -> int:
        """How many examples or steps the mean loss is over."""
        return len(self.target) if self.mask is None else int(self.mask.sum())


class Measured:
    """The figures of one split in one epoch: the mean loss, a task's sums, further metrics.

    Losses and outputs are kept until `flush`, so that tiny steps are measured together.
    """

    def __init__(self, sums: Sums, extra: dict[str, Any], per_step: bool) -> None:
        self.sums = sums
        self.extra = extra
        self.per_step = per_step
        for metric in extra.values():
            metric.persistent(True)
        self.reset()

    def reset(self) -> None:
        """Begin anew."""
        self.loss = 0.0
        self.weight = 0.0
        self.sums.reset()
        for metric in self.extra.values():
            metric.reset()
        self.kept: list[Kept] = []

    def keep(self, loss: Tensor, output: Tensor, batch: Batch) -> None:
        """Remember a batch until `flush`; where one target stands for all steps, none of them is left out."""
        self.kept.append(Kept(loss, output, batch.y, batch.mask if self.per_step else None))

    def flush(self, decide: Callable[[Tensor], Tensor]) -> float | None:
        """Measure what was kept; return the first loss that is not finite, else None."""
        if not self.kept:
            return None
        kept, self.kept = self.kept, []
        losses = torch.stack([each.loss for each in kept]).tolist()
        weights = [each.weight for each in kept]
        for loss, n in zip(losses, weights, strict=True):  # in turn: the sum does not depend on what was kept together
            self.loss += loss * n
        self.weight += sum(weights)
        for output, target, mask in joined(kept):
            decision = decide(output)
            self.sums.update(decision, target, mask)
            for metric in self.extra.values():
                metric.to(decision.device)
                metric.update(decision, target) if mask is None else metric.update(decision[mask], target[mask])
        return next((loss for loss in losses if not math.isfinite(loss)), None)

    def compute(self) -> dict[str, float]:
        """Return all figures by name, the loss first."""
        extra = {name: float(metric.compute()) for name, metric in self.extra.items()}
        return {"loss": self.loss / self.weight, **self.sums.compute(), **extra}

    def state_dict(self) -> dict[str, Any]:
        """Return the sums so far."""
        extra = {name: metric.state_dict() for name, metric in self.extra.items()}
        return {"loss": self.loss, "weight": self.weight, "sums": self.sums.sums, "extra": extra}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from sums."""
        self.loss, self.weight, self.sums.sums = state["loss"], state["weight"], state["sums"]
        for name, metric in self.extra.items():
            metric.load_state_dict(state["extra"][name])


def joined(kept: list[Kept]) -> list[tuple[Tensor, Tensor, Tensor | None]]:
    """Return outputs, targets and masks, put together as far as their shapes allow."""
    if len(kept) > 1 and len({each.output.shape[1:] for each in kept}) == 1:
        masks = [each.mask for each in kept if each.mask is not None]
        output, target = torch.cat([each.output for each in kept]), torch.cat([each.target for each in kept])
        return [(output, target, torch.cat(masks) if masks else None)]
    return [(each.output, each.target, each.mask) for each in kept]


def random_state() -> dict[str, Any]:
    """Return the state of all random number generators as plain data."""
    version, numbers, gauss = random.getstate()
    name, keys, position, has_gauss, cached = np.random.get_state(legacy=True)
    return {
        "torch": torch.get_rng_state(),
        "cuda": torch.cuda.get_rng_state_all() if torch.cuda.is_initialized() else [],
        "python": [version, list(numbers), gauss],
        "numpy": [name, torch.from_numpy(np.asarray(keys).astype(np.int64)), position, has_gauss, cached],
    }


def set_random_state(state: dict[str, Any]) -> None:
    """Go back to `random_state`."""
    torch.set_rng_state(state["torch"])
    if state["cuda"]:
        torch.cuda.set_rng_state_all(state["cuda"])
    version, numbers, gauss = state["python"]
    random.setstate((version, tuple(numbers), gauss))
    name, keys, position, has_gauss, cached = state["numpy"]
    np.random.set_state((name, keys.numpy().astype(np.uint32), position, has_gauss, cached))
