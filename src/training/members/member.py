"""One of several runs that are trained at once: its hooks, logs, checkpoints and results are those of a single run."""

from collections import OrderedDict
from collections.abc import Callable
from contextlib import suppress
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytorch_lightning as pl
from torch import Tensor
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler
from torch.utils._pytree import tree_map_only

from ...callbacks.early_stopping import early_stop_message
from ...callbacks.last import LastCheckpoint
from ...callbacks.tensorboard import write_events
from ...runs.checkpoint import OURS, Checkpoint
from ...runs.checkpoint_io import DeferredIO
from ...runs.directory import RunDirectory
from ...runs.lock import Place
from ...runs.signals import Interrupted
from ...tasks.base import Task
from ...tasks.lightning_internals import set_paths
from ...tasks.loop import Diverged
from ..fit import conclude, conclude_diverged, conclude_interrupted, prepare
from ..outlier_scores import write_outlier_scores
from ..plan import Plan
from ..result import Result
from .trainer import MemberLog, MemberTrainer

MONITORS = (pl.callbacks.Checkpoint, pl.callbacks.EarlyStopping)  # Lightning calls their hooks last
UNCHANGING = ("config", "data", "spec", "random")  # parts of a checkpoint


@dataclass(eq=False)
class Member:
    """A run in a group.

    overrides: of the run; random: the state of the random numbers after the network was built; checkpoint: of a run
    that continues; store: writes the state of the optimizer and the metrics of this member before a checkpoint;
    result: once it has ended.
    """

    plan: Plan
    directory: RunDirectory
    overrides: list[str]
    random: dict[str, Any]
    checkpoint: Checkpoint | None = None
    store: Callable[[], None] = lambda: None
    result: Result | None = None

    def __post_init__(self) -> None:
        self.task: Task = self.plan.task

    @property
    def has_ended(self) -> bool:
        """Whether the checkpoint is that of a run whose training had ended."""
        assert self.checkpoint is not None
        trainer = self.plan.trainer
        return bool(
            self.checkpoint.ours["stopped"]
            or 0 <= self.plan.max_epochs <= self.checkpoint.epoch
            or 0 <= trainer.max_steps <= self.checkpoint.step
        )

    def begin(self, device: pl.Trainer) -> None:
        """Write the set-up of the run, and build its callbacks and loggers. device: see `MemberTrainer`."""
        plan, task = self.plan, self.task
        self.directory.remove_drafts()
        self.directory.write_setup(plan.config, self.overrides)
        self.directory.set_status("running")
        with self.directory.log():
            prepare(self.directory, plan)
        found = self.checkpoint
        self.files = DeferredIO(Place.of(self.directory))
        self.trainer = MemberTrainer(
            plan,
            self.directory,
            from_epoch=found.epoch if found else None,
            device=device,
            save=self.save,
            files=self.files,
        )
        self.last: LastCheckpoint | None = take(self.trainer.callbacks, LastCheckpoint)
        device.precision_plugin.convert_module(task)  # before loading a checkpoint, which would be rounded otherwise
        task.to(device.strategy.root_device)
        task.trainer, task.metric_log = self.trainer, MemberLog()  # type: ignore[assignment]
        self.optimizers: list[Optimizer]
        self.schedules: list[LRScheduler]
        self.optimizers, self.schedules = task.configure_optimizers()
        self.trainer.set_optimizers(self.optimizers, self.schedules)
        self.at_validation = self.hooks("on_validation_end")
        self.at_epoch_end = self.hooks("on_train_epoch_end", monitors=False)
        self.after_epoch = self.hooks("on_train_epoch_end", monitors=True)
        self.call("setup", "fit")
        if found is not None:
            self.restore(found)
        for logger in self.trainer.loggers:
            logger.log_graph(task)
        self.call("on_fit_start")
        self.call("on_train_start")

    def restore(self, found: Checkpoint) -> None:
        """Continue from a checkpoint."""
        set_paths(self.trainer, found.content)  # type: ignore[arg-type]
        states = found.content["callbacks"]
        for callback in self.trainer.callbacks:
            if state := states.get(callback.state_key):
                callback.load_state_dict(deepcopy(state))
        self.task.load_own_state(found.ours)
        self.trainer.should_stop = found.ours["stopped"]
        self.trainer.current_epoch, self.trainer.global_step = found.epoch, found.step
        self.task.load_state_dict(found.task_state)
        self.random = found.ours["random"]
        for optimizer, state in zip(self.optimizers, found.content["optimizer_states"], strict=True):
            optimizer.load_state_dict(state)
        for schedule, state in zip(self.schedules, found.content["lr_schedulers"], strict=True):
            schedule.load_state_dict(state)

    def call(self, hook: str, *arguments: Any) -> None:
        """Call a hook of the callbacks, then that of the task."""
        for function in self.hooks(hook):
            function(self.trainer, self.task, *arguments)
        getattr(self.task, hook)(*arguments)

    def hooks(self, hook: str, monitors: bool | None = None) -> list[Callable[..., None]]:
        """Return the hooks of the callbacks that do something.

        monitors: only of callbacks that monitor metrics of the whole epoch, only of others, or of all.
        """
        return [
            getattr(callback, hook)
            for callback in self.trainer.callbacks
            if getattr(type(callback), hook) is not getattr(pl.Callback, hook)
            and (monitors is None or monitors == isinstance(callback, MONITORS))
        ]

    def start_epoch(self) -> None:
        """Begin an epoch, or go on with that of a checkpoint; the metrics are reset by the group."""
        task = self.task
        task.cursor.start_epoch(self.trainer.current_epoch)  # type: ignore[union-attr]
        task.metric_log.latest = {}
        if task.schedule is not None:
            task.lr = self.optimizers[0].param_groups[0]["lr"]

    def count(self, steps: int) -> None:
        """Count steps that were taken."""
        self.task.cursor.steps_done += steps  # type: ignore[union-attr]
        self.trainer.global_step += steps

    def end_validation(self, metrics: dict[str, float]) -> None:
        """Publish the metrics of the validation; callbacks save the best weights and stop the run."""
        self.task.publish("val", metrics)
        for function in self.at_validation:
            function(self.trainer, self.task)

    def end_epoch(self, metrics: dict[str, float]) -> bool:
        """Publish the metrics of the epoch; return whether the run has ended."""
        for function in self.at_epoch_end:
            function(self.trainer, self.task)
        self.task.log_epoch(metrics)
        for function in self.after_epoch:
            function(self.trainer, self.task)
        trainer = self.trainer
        trainer.current_epoch += 1
        at_end = 0 <= trainer.max_epochs <= trainer.current_epoch or 0 <= trainer.max_steps <= trainer.global_step
        return at_end or trainer.should_stop

    def end_training(self) -> None:
        """Store the last checkpoint."""
        self.call("on_train_end")
        self.save_last()
        self.call("on_fit_end")

    def close(self) -> None:
        """Write the metrics and close the logs."""
        self.call("teardown", "fit")
        for logger in self.trainer.loggers:
            logger.finalize("success")

    def save(self, path: str | Path, *_: Any, **__: Any) -> None:
        """Store a checkpoint, which `write_files` writes."""
        self.store()
        weights = OrderedDict((name, values.detach().clone()) for name, values in self.task.state_dict().items())
        states = {callback.state_key: callback.state_dict() for callback in self.trainer.callbacks}
        content = {
            "epoch": self.trainer.current_epoch,
            "global_step": self.trainer.global_step,
            "pytorch-lightning_version": pl.__version__,
            "state_dict": weights,
            "callbacks": {key: state for key, state in states.items() if state},
            "optimizer_states": [
                tree_map_only(Tensor, Tensor.clone, optimizer.state_dict()) for optimizer in self.optimizers
            ],
            "lr_schedulers": [schedule.state_dict() for schedule in self.schedules],
            OURS: self.task.own_state(self.random),
        }
        self.files.save_checkpoint(own_containers(content), path)

    def write_files(self) -> None:
        """Write the metrics, the events and the stored checkpoints."""
        self.task.metric_log.write(self.trainer.loggers)
        write_events(self.trainer.loggers)
        self.files.write()

    @property
    def best(self) -> dict[str, Any] | None:
        """The state of the task with the best weights, None if there is no checkpoint of them."""
        path = self.directory.checkpoint("best")
        if (stored := self.files.stored(path)) is not None:
            return dict(stored["state_dict"])
        return Checkpoint.read(path).task_state if path.is_file() else None

    def save_last(self) -> None:
        """Store the last checkpoint, unless the callback was removed."""
        if self.last is not None:
            self.save(self.directory.checkpoint("last"))

    def conclude(self, metrics: dict[str, dict[str, float]], *, direct: bool) -> None:
        """Write the checkpoints and the results. direct: whether the steps were direct."""
        trainer: Any = self.trainer
        with self.directory.log():
            stopped = early_stop_message(trainer, steps_before=self.checkpoint.step if self.checkpoint else 0)
            self.write_files()
            self.close()
            write_outlier_scores(trainer, self.plan, self.directory)
        self.result = conclude(self.directory, self.plan, metrics, stopped, direct=direct)

    def diverge(self, split: str, value: float) -> None:
        """End the run because of a loss that is not finite."""
        self.write_files()
        self.close()
        error = Diverged(f"{split}/loss is {value} in epoch {self.trainer.current_epoch + 1}")
        with suppress(Diverged), self.directory.log():
            raise error
        self.result = conclude_diverged(self.directory, self.plan, error)

    def interrupt(self, error: Interrupted) -> None:
        """End the run after a signal; it can be resumed from its last checkpoint."""
        self.write_files()
        self.close()
        self.result = conclude_interrupted(self.directory, error)


def own_containers(content: Any) -> Any:
    """Return plain data with dictionaries and lists of its own, since those of a checkpoint may change."""
    if isinstance(content, dict):
        own = ((key, own_containers(value) if key not in UNCHANGING else value) for key, value in content.items())
        return type(content)(own)
    return [own_containers(value) for value in content] if isinstance(content, list) else content


def take(callbacks: list[pl.Callback], kind: type[Any]) -> Any:
    """Remove the callback of a class from a list and return it, None if there is none."""
    found = next((each for each in callbacks if isinstance(each, kind)), None)
    callbacks[:] = [each for each in callbacks if each is not found]
    return found
