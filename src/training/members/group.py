"""The training of several runs at once: epochs of steps that all members take together.

Shapes: M members.
"""

import time
from collections.abc import Generator, Iterator, Sequence
from typing import Any

import torch

from ...callbacks.last import MAX_SHARE
from ...callbacks.tensorboard import write_events
from ...runs.signals import Interrupted, Signals
from ...tasks.modes import evaluation_mode
from ...tasks.slice_clock import SLICE_SECONDS
from ..evaluation import further_metrics
from ..plan import Plan
from .batches import StackedBatches, evaluation_batches
from .gradient import member_gradient
from .member import Member
from .metrics import StackedMetrics
from .stack import Stack
from .updates import updates_of

LOG_SECONDS = 5.0  # between two writes of the metrics without checkpoints


class Group:
    """Members that have begun and take their steps together. Members that end leave the group.

    members: with equal settings except those that `compatibility` names; signals: that have been received.
    """

    def __init__(self, members: Sequence[Member], signals: Signals) -> None:
        self.members = list(members)
        self.ended: list[Member] = []  # with their last weights, not evaluated
        self.signals = signals
        self.epoch = self.members[0].trainer.current_epoch
        cursor = self.members[0].task.cursor
        assert cursor is not None
        self.done = cursor.steps_done  # steps of the current epoch
        self.plan: Plan = self.members[0].plan
        self.stack = Stack([member.task.net for member in self.members])
        self.updates = updates_of([member.optimizers[0] for member in self.members], self.stack)
        self.assemble()
        last = self.members[0].last
        self.every_seconds = last.every_seconds if last else None
        self.save_at = time.monotonic() + (LOG_SECONDS if self.every_seconds is None else self.every_seconds)

    def assemble(self) -> None:
        """Prepare what depends on which members are left."""
        tasks = [member.task for member in self.members]
        self.gradient = member_gradient(tasks, self.stack)
        self.metrics = StackedMetrics(tasks, "train")
        self.batches = StackedBatches([task.cursor.loader for task in tasks])  # type: ignore[union-attr, misc]
        self.actions = [action for task in tasks for action in task.after_step]
        for row, member in enumerate(self.members):
            member.store = lambda row=row: self.store(row)  # type: ignore[misc]

    def store(self, row: int) -> None:
        """Write the state of the optimizer and the metrics of a member to where its checkpoint reads them."""
        self.updates.store(row)
        self.metrics.store(row)

    def train(self) -> Iterator[Member]:
        """Train until all members have ended; yield those that diverge. Raises Interrupted after a signal."""
        while self.members:
            yield from self.run_epoch()
            self.save_if_due()

    def run_epoch(self) -> Iterator[Member]:
        """Run one epoch, or what is left of it, with its validation."""
        for member in self.members:
            member.start_epoch()
        if not self.done:
            self.metrics.reset()
        self.updates.read_settings()
        complete = yield from self.take_steps()
        if complete and self.members and self.validates:
            yield from self.validate()
        found = self.metrics.compute()
        keep = [row for row, member in enumerate(self.members) if not member.end_epoch(found[row])]
        self.epoch, self.done = self.epoch + 1, 0
        self.leave(keep)

    def take_steps(self) -> Generator[Member, None, bool]:
        """Take the steps of an epoch; return whether it is complete."""
        cursor, schedule = self.members[0].task.cursor, self.members[0].task.schedule
        assert cursor is not None
        left = cursor.batches_in_epoch - self.done
        most = self.plan.trainer.max_steps
        count = left if most < 0 else min(left, most - self.members[0].trainer.global_step)
        by_step = schedule is not None and schedule.interval == "step"
        taken, deadline = 0, time.monotonic() + SLICE_SECONDS
        order = 0 if cursor.overfit else self.epoch
        convert = self.members[0].trainer.precision_plugin.convert_input
        for number, batch in enumerate(self.batches.epoch(order, self.done, count), 1):
            batch = convert(batch)
            step = self.gradient(batch)
            self.clip()
            self.updates.step()
            self.metrics.add(step, batch.mask)
            taken += 1
            self.after_step(by_step=by_step)
            if number == count or self.metrics.full or time.monotonic() >= deadline:
                for member in self.members:
                    member.count(taken)
                self.done, taken, deadline = self.done + taken, 0, time.monotonic() + SLICE_SECONDS
                losses = self.metrics.flush()
                if any(loss is not None for loss in losses):
                    yield from self.diverge("train", losses)
                    if self.members and number < count:  # the batches of the members that are left
                        return (yield from self.take_steps())
                    break
                if number < count:
                    self.save_if_due()
        return count == left

    def after_step(self, *, by_step: bool) -> None:
        """Step the schedules, and run what follows each step of a task."""
        for action in self.actions:
            action()
        if not by_step:
            return
        for member in self.members:
            member.task.lr = member.optimizers[0].param_groups[0]["lr"]
            for schedule in member.schedules:
                schedule.step()
        self.updates.read_settings()

    def clip(self) -> None:
        """Clip the gradient of each member."""
        self.members[0].task.clip.members(self.stack.gradients)

    # Validation and evaluation

    @property
    def validates(self) -> bool:
        """Whether the current epoch ends with a validation."""
        every = self.plan.trainer.check_val_every_n_epoch
        return self.plan.validation() is not None and (self.epoch + 1) % every == 0

    def validate(self) -> Iterator[Member]:
        """Evaluate the validation split."""
        found, losses = self.evaluate("val", [member.plan.validation() for member in self.members])
        ended = list(self.members)
        if any(loss is not None for loss in losses):
            yield from self.diverge("val", losses)
        for member, metrics in zip(ended, found, strict=True):
            if member.result is None:
                member.end_validation(metrics)

    def evaluate(self, split: str, loaders: Sequence[Any]) -> tuple[list[dict[str, float]], list[float | None]]:
        """Return the metrics of a split of the accumulators, and the losses that are not finite, of each member."""
        limit = self.plan.trainer.limit_val_batches if split == "val" else None
        metrics = StackedMetrics([member.task for member in self.members], split)
        metrics.reset()
        for loader in loaders:
            loader.to(self.stack.weights.device)
        losses: list[float | None] = [None] * len(self.members)
        convert = self.members[0].trainer.precision_plugin.convert_input
        with evaluation_mode(self.members[0].task.net), torch.no_grad():
            for batch in evaluation_batches(loaders, limit):
                batch = convert(batch)
                metrics.add(self.gradient.evaluate(batch), batch.mask)
                losses = [old or new for old, new in zip(losses, metrics.flush(), strict=True)]
        return metrics.compute(), losses

    # Members that end

    def diverge(self, split: str, losses: Sequence[float | None]) -> Iterator[Member]:
        """End the members whose loss is not finite, and yield them."""
        for member, loss in zip(self.members, losses, strict=True):
            if loss is not None:
                member.diverge(split, loss)
                yield member
        self.leave([row for row, loss in enumerate(losses) if loss is None])

    def leave(self, keep: Sequence[int]) -> None:
        """Let all members leave the group except those in the given rows."""
        if len(keep) == len(self.members):
            return
        for row, member in enumerate(self.members):
            if row not in keep and member.result is None:
                member.end_training()
                self.ended.append(member)
            self.metrics.store(row)
        self.members = [self.members[row] for row in keep]
        if keep:
            self.stack.keep(keep)
            self.updates.keep(keep)
            self.assemble()

    def save_if_due(self) -> None:
        """Write checkpoints if they are due. Raises Interrupted if a signal was received, after writing them."""
        number = self.signals.received
        due = time.monotonic() >= self.save_at
        if not due and number is None:
            return
        if self.every_seconds is None and number is None:
            write_logs(self.members)
            self.save_at = time.monotonic() + LOG_SECONDS
            return
        start = time.monotonic()
        for member in self.members:
            member.save_last()
        write_logs(self.members)  # before the checkpoints; otherwise a killed run would leave a gap
        for member in self.members:
            member.files.write()
        end = time.monotonic()
        self.save_at = end + max(self.every_seconds or 0, (end - start) / MAX_SHARE)
        if number is not None:
            raise Interrupted(number)


def write_logs(members: Sequence[Member]) -> None:
    """Write the metrics and events of members."""
    for member in members:
        member.task.metric_log.write(member.trainer.loggers)
    write_events([logger for member in members for logger in member.trainer.loggers])


def evaluate_members(members: Sequence[Member], signals: Signals) -> None:
    """Evaluate the last and the best weights of members that have ended, and write their results."""
    found: list[dict[str, dict[str, float]]] = [{} for _ in members]
    group = Group(members, signals)
    last = group.stack.weights.clone(), {name: values.clone() for name, values in group.stack.buffers.items()}
    for which in ("last", "best"):
        kept = list(range(len(members)))
        if which == "best":
            best = {row: state for row, member in enumerate(members) if (state := member.best) is not None}
            kept = list(best)
            for row, state in best.items():
                members[row].task.load_state_dict(state)
        for split in members[0].plan.config["evaluate"] if kept else ():
            of_split, _ = group.evaluate("test", [member.plan.data.eval_loader(split) for member in members])
            for row in kept:
                found[row][f"{split}/{which}"] = of_split[row] | further_metrics(members[row].plan, split)
    group.stack.weights.copy_(last[0])
    for name, values in last[1].items():
        group.stack.buffers[name].copy_(values)
    write_logs(members)
    direct = members[0].task.direct is not None
    for member, metrics in zip(members, found, strict=True):
        member.conclude(metrics, direct=direct)
