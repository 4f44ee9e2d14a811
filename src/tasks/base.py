"""Learning by gradient: a network, a loss, an optimizer, and what is measured.

Lightning runs the epochs, validations, callbacks and checkpoints; the steps inside an epoch are taken here, many in
one Lightning batch, since for small networks its own cost would be several times that of the step.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar, Literal

import pytorch_lightning as pl
import torch
from torch import Tensor
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler, ReduceLROnPlateau
from torch.utils.hooks import RemovableHandle

from ..errors import UserError
from ..layers.recurrent import clip_steps
from ..runs.checkpoint import FORMAT, OURS
from ..spec import AFTER_END, END_SYMBOL, Batch, BatchKind
from .components import Components
from .heads import default_head
from .lightning_internals import count_steps, end_epoch, go_to, without_loops
from .metrics.accumulator import MetricAccumulator
from .metrics.base import Mode
from .metrics.log import MetricLog
from .random_state import random_state, set_random_state
from .step import Step, averaged, detached
from .stream import Stream

SLICE = 0.05  # seconds of steps inside one Lightning batch
OUTPUTS = 1 << 22  # numbers kept before they are measured

Split = Literal["train", "val", "test"]


class Diverged(Exception):
    """The loss is no longer a finite number."""


class Task(pl.LightningModule):
    """Train a network by gradient steps on a loss; subclasses say how else weights change.

    targets: the kinds of target that can be learned so; takes: the kinds of batches; note_modes: the numbers beside the loss
    that a step notes, by name, and whether lower or higher is better.
    """

    targets: ClassVar[tuple[str, ...]] = ("classes", "real", "multilabel", "next_token", "input", "sequence")
    takes: ClassVar[tuple[BatchKind, ...]] = ("examples", "contiguous")
    note_modes: Mapping[str, Mode | None] = {}

    def __init__(self, *, components: Components) -> None:
        super().__init__()
        self.automatic_optimization = False
        self.net = components.net
        self.loss = components.loss
        self.spec = components.spec
        self.config = components.config
        self.record = components.record
        self.recorded: dict[str, Any] | None = None
        self.make_optimizer = components.optimizer
        self.schedule = components.schedule
        self.clip_value = components.clip_value
        self.clip_algorithm = components.clip_algorithm
        self.clipped = list(self.net.parameters())  # once all of the gradient is there
        if self.clip_algorithm == "temporal" and self.clip_value is not None:
            try:
                self.clipped = clip_steps(self.net, self.clip_value)
            except ValueError as error:
                raise UserError(f"trainer.gradient_clip_algorithm: {error}") from error
        self.steps_per_slice = components.steps_per_slice
        self.objective = torch.compile(self.compute) if components.compiled else self.compute
        self.head = components.head or default_head(self.spec.target)(spec=self.spec, loss=self.loss)
        self.penalties = components.penalties
        for penalty in self.penalties.values():
            penalty.bind(self.net, self.spec)
        self.hooks: list[RemovableHandle] = []  # of the penalties, while the network is trained
        self.measured: dict[str, MetricAccumulator] = {
            split: MetricAccumulator(
                self.head.metrics(),
                {name: metric.clone() for name, metric in components.metrics.items()},
                self.note_modes,
                self.spec.per_step,
            )
            for split in ("train", "val", "test")
        }
        self.split: Split = "test"  # what `trainer.test` measures just now
        self.random_state: dict[str, Any] | None = None
        self.state: Any = None  # of a network with memory, at the end of the last segment
        self.stream: Stream | None = None
        self.lr: float | None = None  # of the last step, where there is a schedule
        self.after_step: list[Callable[[], None]] = []  # what callbacks do after each optimizer step
        self.metric_log = MetricLog()

    def check_batch(self, size: int, batch_size: int) -> None:
        """Raise UserError if full batches of `size` examples are too small; batch_size: the setting."""

    # One step

    def compute(self, batch: Batch) -> Step:
        """Return the mean loss over real examples or steps, and the raw outputs; go on with segments.

        Where entries of targets are unknown, it is the mean over the known ones: each is an example of one output.
        """
        if self.spec.target == "sequence":
            return self.forced(batch)
        output = self.outputs(batch)
        if self.spec.partial:
            known = ~batch.y.isnan()
            losses = self.loss(output[known].unsqueeze(-1), batch.y[known].unsqueeze(-1))
            return Step(losses.mean(), output, batch.y, counts=known)
        return Step(averaged(self.loss(output, batch.y), batch.mask), output, batch.y)

    def forced(self, batch: Batch) -> Step:
        """Return the mean loss over all symbols of the targets, their ends among them, by teacher forcing."""
        written = batch.y != AFTER_END
        output = self.net(batch.x, batch.mask, batch.y)
        losses = self.loss(output, batch.y.masked_fill(~written, END_SYMBOL))
        return Step(averaged(losses, written), output, batch.y, counts=written)

    def outputs(self, batch: Batch) -> Tensor:
        """Return the raw outputs; go on with segments."""
        if batch.carry is None:
            return self.net(batch.x, batch.mask)
        output, state = self.net.run(batch.x, batch.mask, self.state if batch.carry else None)  # type: ignore
        self.state = detached(state)
        return output

    def training_loss(self, batch: Batch) -> tuple[Tensor, Step]:
        """Return what a step goes down the gradient of, the loss and the penalties, and the step."""
        self.reset_penalties()
        total, step = self.unpenalized_loss(batch)
        return self.with_penalties(total, batch), step

    def reset_penalties(self) -> None:
        """Let the penalties forget what they have recorded, before a forward pass."""
        for penalty in self.penalties.values():
            penalty.reset()

    def with_penalties(self, loss: Tensor, batch: Batch) -> Tensor:
        """Return a loss plus the penalties, after the forward pass of a batch."""
        for penalty in self.penalties.values():
            loss = loss + penalty.value(batch)
        return loss

    def unpenalized_loss(self, batch: Batch) -> tuple[Tensor, Step]:
        """Return what a step goes down the gradient of beside the penalties, usually the loss, and the step."""
        step = self.objective(batch)
        return step.loss, step

    def gradient(self, batch: Batch) -> Step:
        """Put the gradient of the training loss into the parameters; return the step, detached."""
        total, step = self.training_loss(batch)
        total.backward()
        return step.detached()

    def groups(self) -> list[list[torch.nn.Parameter]]:
        """Return the parameters of each optimizer: of one, usually, which has all that are learned."""
        parameters = [p for p in self.net.parameters() if p.requires_grad]
        return [parameters] if parameters else []

    def update(self, batch: Batch, *optimizers: Optimizer) -> Step:
        """Take one step with the optimizer of each group; return loss and outputs before it."""
        (optimizer,) = optimizers
        optimizer.zero_grad()
        step = self.gradient(batch)
        self.clip(self.clipped)
        optimizer.step()
        return step

    def clip(self, parameters: list[torch.nn.Parameter]) -> None:
        """Clip the gradient of parameters, by the norm of all together or each entry."""
        if self.clip_value is None:
            return
        if self.clip_algorithm == "norm":
            torch.nn.utils.clip_grad_norm_(parameters, self.clip_value)
        else:
            torch.nn.utils.clip_grad_value_(parameters, self.clip_value)

    # Lightning's hooks

    def setup(self, stage: str) -> None:
        """Let the penalties watch the network while it is trained."""
        if stage == "fit":
            self.hooks = [hook for penalty in self.penalties.values() for hook in penalty.hooks()]

    def configure_optimizers(self) -> tuple[list[Optimizer], list[LRScheduler]]:
        """Make an optimizer for each group of parameters, and its schedule; none where the weights are given."""
        optimizers = self.make_optimizers()
        if self.schedule is None:
            return optimizers, []
        return optimizers, [self.schedule.make(optimizer) for optimizer in optimizers]

    def make_optimizers(self) -> list[Optimizer]:
        """Make an optimizer for each group of parameters."""
        return [self.make_optimizer(parameters) for parameters in self.groups()]

    def each_optimizer(self) -> list[Optimizer]:
        """Return the optimizers, in the order of the groups."""
        return as_list(self.optimizers(use_pl_optimizer=False))

    def each_schedule(self) -> list[LRScheduler]:
        """Return the schedules, in the order of the groups."""
        return as_list(self.lr_schedulers())

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
        self.metric_log.latest = {}
        if self.schedule is not None:
            self.lr = self.each_schedule()[0].optimizer.param_groups[0]["lr"]
        if self.stream.done == 0:
            self.measured["train"].reset()

    def training_step(self, stream: Stream, _: int) -> None:
        """Take as many steps as fit into a slice of time, or as many as asked for."""
        optimizers = self.each_optimizer()
        schedules = self.each_schedule() if self.schedule and self.schedule.interval == "step" else []
        count, kept = 0, 0
        left = self.trainer.max_steps - self.global_step if self.trainer.max_steps >= 0 else float("inf")
        left = min(left, self.steps_per_slice or float("inf"))
        until = time.perf_counter() + SLICE
        measured = self.measured["train"]
        for batch in stream.take():
            batch = self.trainer.precision_plugin.convert_input(batch)
            step = self.update(batch, *optimizers)
            if schedules:
                self.lr = optimizers[0].param_groups[0]["lr"]
            for schedule in schedules:
                schedule.step()
            for act in self.after_step:
                act()
            measured.keep(step, batch.mask)
            count += 1
            kept += step.output.numel()
            if count >= left or kept > OUTPUTS or (not self.steps_per_slice and time.perf_counter() >= until):
                break
        count_steps(self.trainer, count)
        self.flush("train")

    def on_train_batch_end(self, outputs: Any, batch: Stream, batch_idx: int) -> None:
        """Let an epoch be validated that ends with the last of `max_steps`: Lightning would not look for its end."""
        if batch.finished and self.global_step == self.trainer.max_steps:
            end_epoch(self.trainer)

    def on_train_epoch_end(self) -> None:
        """Log the epoch's training metrics and step the schedules."""
        metrics = self.measured["train"].compute()
        if self.schedule is None:
            self.publish("train", metrics)
            return
        assert self.lr is not None
        self.publish("train", metrics, {"lr": self.lr})
        if self.schedule.interval == "step" or not self.stream.finished:  # type: ignore[union-attr]
            return
        monitor, latest = self.schedule.monitor or "train/loss", self.metric_log.latest
        for schedule in self.each_schedule():
            if not isinstance(schedule, ReduceLROnPlateau):
                schedule.step()
            elif monitor in latest:  # not every epoch is validated
                schedule.step(latest[monitor])

    def on_validation_epoch_start(self) -> None:
        """Begin to measure."""
        self.measured["val"].reset()

    def validation_step(self, batch: Batch, _: int) -> None:
        """Measure a batch."""
        self.measure("val", batch)

    def on_validation_epoch_end(self) -> None:
        """Log the epoch's validation metrics."""
        self.publish("val", self.measured["val"].compute())

    def on_test_epoch_start(self) -> None:
        """Begin to measure."""
        self.measured["test"].reset()

    def test_step(self, batch: Batch, batch_idx: int) -> None:
        """Measure a batch."""
        self.measure("test", batch)

    def on_test_epoch_end(self) -> None:
        """Show the metrics under the name of the split."""
        self.trainer.callback_metrics.update(prefixed(self.split, self.measured["test"].compute()))

    def measure(self, split: str, batch: Batch) -> None:
        """Add a batch to the metrics of a split."""
        step = self.compute(batch)
        if self.spec.target == "sequence":  # predictions are of free running: nothing of the target is given
            step = step._replace(output=self.net(batch.x, batch.mask)[:, : batch.y.shape[1]])
        self.measured[split].keep(step, batch.mask)
        self.flush(split)

    def flush(self, split: str) -> None:
        """Measure what was kept. Raises Diverged at a loss that is not finite, unless the network is only tested."""
        bad = self.measured[split].flush(self.predictions, self.head.actual)
        if bad is not None and split != "test":
            self.metric_log.write(self.trainer.loggers)
            raise Diverged(f"{split}/loss is {bad} in epoch {self.current_epoch + 1}")

    def predictions(self, output: Tensor) -> Tensor:
        """Return what is measured of the output of a step: the predictions of the head."""
        return self.head.predict(output)

    def publish(self, split: str, metrics: dict[str, float], further: dict[str, float] | None = None) -> None:
        """Give metrics to the callbacks at once and, against the epoch, to the loggers a little later."""
        self.trainer.callback_metrics.update(prefixed(split, metrics))
        values = {f"{split}/{name}": value for name, value in metrics.items()}
        self.metric_log.add(values | (further or {}), self.current_epoch + 1, self.trainer.loggers)

    def teardown(self, stage: str) -> None:
        """Leave nothing unlogged, and the network as it was."""
        for hook in self.hooks:
            hook.remove()
        self.reset_penalties()
        self.metric_log.write(self.trainer.loggers)

    # Checkpoints

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Add what rebuilding and exact resuming need, all of it plain data and tensors.

        Whatever is known of the run so far is on disk before the checkpoint is: else a kill would leave a gap.
        """
        self.metric_log.write(self.trainer.loggers)
        for logger in self.trainer.loggers:
            logger.save()
        without_loops(checkpoint)  # the stream's position is exact
        assert self.stream is not None
        if self.recorded is None and self.record is not None:
            self.recorded = self.record()
        checkpoint[OURS] = {
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
        ours = checkpoint[OURS]
        assert self.stream is not None
        self.stream.load_state_dict(ours["stream"])
        self.measured["train"].load_state_dict(ours["train"])
        self.random_state = ours["random"]
        self.state = ours["state"]
        self.trainer.should_stop = ours["stopped"]  # else a run that was stopped early would train one epoch more
        go_to(self.trainer, epoch=self.stream.epoch, step=checkpoint["global_step"])

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
        """The metric by which runs and epochs are compared, and whether lower or higher is better."""
        name, mode = next(iter(self.measured["val"].metrics.modes.items()))
        return f"val/{name}", mode

    def mode(self, metric: str) -> Mode | None:
        """Return whether lower or higher is better of `split/name`; None where the metric does not say."""
        split, _, name = metric.partition("/")
        return self.measured[split].modes[name]

    def metric_names(self, split: str) -> list[str]:
        """Return the names of all metrics of a split."""
        return [f"{split}/{name}" for name in self.measured[split].modes]


def as_list(found: Any) -> list[Any]:
    """Return what Lightning gives one of, several or none as a list."""
    return [] if found is None else list(found) if isinstance(found, Sequence) else [found]


def prefixed(split: str, metrics: dict[str, float]) -> dict[str, Tensor]:
    """Return the metrics under the names callbacks know: `split/name`."""
    return {f"{split}/{name}": torch.tensor(value, dtype=torch.float64) for name, value in metrics.items()}
