"""Train many runs in one process: those that can be stacked, in groups."""

import gc
import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import cache, partial
from typing import Any

import torch

from ...builders.data import build_data, record
from ...builders.epochs import with_epochs
from ...builders.initial_weights import with_digest
from ...builders.tasks import build_task
from ...data.base import Data
from ...data.shared import reading_once
from ...errors import UserError
from ...runs.checkpoint import Checkpoint
from ...runs.containment import check_links
from ...runs.directory import RunDirectory
from ...runs.lock import ActiveRun, locked
from ...runs.signals import Interrupted, Signals
from ...tasks.random_state import random_state
from .. import trainers
from ..changed_data import check_unchanged
from ..checks import check
from ..comparison import Comparison
from ..contradictions import check_config
from ..isolation import isolated, seed
from ..result import Result
from ..resumable import check_resumable
from ..run import make_plan, with_absolute_paths
from .compatibility import position, why_task_alone
from .group import Group, evaluate_members
from .member import Member
from .trial import why_step_differs

CHECKED = ("allow", "callbacks", "evaluate", "scheduler")
"""Settings in which members may differ and that `check` reads."""
DATA_SETTINGS = ("data", "transforms", "cv", "fold", "head", "loss", "class_weight", "weights")
"""Sections of a config that determine the data set."""

Known = tuple[Data, Callable[[], dict[str, Any]]]
"""A data set, and a function that returns its record in checkpoints."""


@dataclass(frozen=True)
class Request:
    """A run to train. config: resolved and validated, plain data; resume: whether it continues in its directory."""

    config: dict[str, Any]
    overrides: list[str]
    directory: RunDirectory
    comparison: Comparison
    resume: bool = False


@dataclass
class Together:
    """Trains runs whose configs have one signature.

    source: data from Python; report: takes the number of members of a group before its training starts; alone: the
    numbers of the requests that must be trained alone, with the reasons, empty if it is an error of their config.
    """

    requests: Sequence[Request]
    source: Any = None
    report: Callable[[int], None] = lambda _: None
    alone: dict[int, str] = field(default_factory=dict)

    def train(self) -> Iterator[tuple[int, Result]]:
        """Yield the number of each request that is trained in a group, and its result, as they end.

        After a signal, the members that have not ended are interrupted, with a checkpoint of each.
        """
        with isolated(run=True) as threads, Signals(deferred=True) as signals, ExitStack() as stack:
            stack.enter_context(trainers.quiet_lightning())
            stack.callback(gc.unfreeze)
            gc.freeze()  # the collector would search all imported modules again and again while members are built
            with reading_once():
                members = self.build()
            for numbers in self.divide(members):
                group = {number: members[number] for number in numbers}
                self.report(len(group))
                torch.set_num_threads(num_threads(group[numbers[0]], len(group), threads))
                yield from self.train_group(group, signals)
                if signals.received is not None:
                    return

    def build(self) -> dict[int, Member]:
        """Return the members that can be built."""
        members = {}
        known: dict[str, Known] = {}
        checked: set[str] = set()
        for number, request in enumerate(self.requests):
            try:
                members[number] = build_member(request, self.source, known, checked)
            except UserError:
                self.alone[number] = ""
        return members

    def divide(self, members: dict[int, Member]) -> list[list[int]]:
        """Return the numbers of the members of each group, whose sizes and positions are equal."""
        groups: dict[Any, list[int]] = {}
        for number, member in members.items():
            groups.setdefault(position(member.plan, member.checkpoint), []).append(number)
        found = []
        for numbers in groups.values():
            first = members[numbers[0]]
            reason = None
            if first.checkpoint is not None and first.has_ended:
                reason = "it had ended before the sweep was interrupted"
            elif len(numbers) > 1:
                reason = why_task_alone(first.plan, first.task.make_optimizers()) or why_step_differs(
                    [members[number] for number in numbers]
                )
            if reason or len(numbers) == 1:
                self.alone |= dict.fromkeys(numbers, reason or "")
            else:
                found.append(numbers)
        return found

    def train_group(self, group: dict[int, Member], signals: Signals) -> Iterator[tuple[int, Result]]:
        """Train and evaluate one group."""
        numbers = {id(member): number for number, member in group.items()}
        with ExitStack() as stack:
            for number, member in list(group.items()):
                try:
                    stack.enter_context(locked(member.directory))
                except ActiveRun:  # alone, it fails with this error
                    self.alone[number] = ""
                    del group[number]
            if not group:
                return
            try:
                device = trainers.build_evaluator(group[next(iter(group))].plan)
                for member in group.values():
                    member.begin(device)
                gc.freeze()
                training = Group(list(group.values()), signals)
                for member in training.train():
                    assert member.result is not None
                    yield numbers[id(member)], member.result
                evaluate_members(training.ended, signals)
            except Interrupted as error:
                for member in group.values():
                    if member.result is None:
                        member.interrupt(error)
            for member in group.values():
                if member.result is not None and member.result.status != "diverged":
                    yield numbers[id(member)], member.result


def build_member(request: Request, source: Any, known: dict[str, Known], checked: set[str]) -> Member:
    """Return the member of a request.

    known: data sets that were built before and their records, by their settings; checked: what was found to be right
    before.
    """
    last = None
    if request.resume:
        check_links(request.directory.path)
        last = Checkpoint.read(request.directory.checkpoint("last"))
        check_config(request.directory, last)
    settings = {key: request.config[key] for key in DATA_SETTINGS}
    key = json.dumps([settings, last is not None], default=str)
    seed(request.config["seed"])
    if key not in known:
        data = build_data(request.config, source, last.transforms if last else None)
        known[key] = data, cache(partial(record, data))
    data, recorded = known[key]
    if last is not None:
        check_unchanged(data, request.config, last.trained_on)
    config = with_epochs(with_absolute_paths(request.config), data)
    config = with_digest(config) if last is None else config
    task = build_task(config, data, restored=last is not None)
    task.record = recorded
    plan = make_plan(config, data, task, request.overrides, request.comparison)
    sizes = {name: len(split) for name, split in data.splits.items()}
    key = json.dumps([plan.config[name] for name in CHECKED] + [sizes], default=str)
    if key not in checked:
        check(plan)
        checked.add(key)
    if last is not None:
        check_resumable(last, plan)
        request.directory.check_metrics()
    return Member(plan, request.directory, request.overrides, random_state(), last)


def num_threads(member: Member, members: int, available: int) -> int:
    """Return the number of threads for the operations of all members."""
    plan = member.plan
    if plan.trainer.threads is not None:
        return plan.trainer.threads
    work = members * trainers.count_multiplications(plan.task, plan.batch_size)
    return available if work > trainers.MIN_PARALLEL_WORK else 1
