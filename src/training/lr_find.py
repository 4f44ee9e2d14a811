"""`nnzoo lr_find`: a learning-rate range test."""

import csv
import io
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from ..builders.data import build_data
from ..builders.tasks import build_task
from ..callbacks.figures import render
from ..callbacks.range_test import RangeTest
from ..config.given import NOTHING, Given
from ..config.learning_rate import LearningRateRange, check_learning_rate
from ..errors import UserError
from ..figures.values.learning_rates import plot_range_test
from ..runs.atomic import write
from ..runs.directory import RunDirectory
from ..runs.scan import RANGE_TEST
from ..runs.signals import Signals
from ..tasks.loop import Diverged
from . import trainers
from .checks import check
from .isolation import isolated, seed
from .plan import Plan
from .run import default_parent, name_of, with_absolute_paths

SKIPPED = 10  # first steps, whose smoothed loss is an average of few values


@dataclass(frozen=True)
class RangeTestResult:
    """The result of a learning-rate range test.

    rates: optimizer.lr of each step; losses: training loss before the step; smoothed: its exponential average;
    suggestion: the learning rate where the smoothed loss falls most steeply, None if it does not fall; diverged:
    whether the test stopped because the loss grew; command: trains with the suggestion, empty without one and for data
    and objects from Python; directory: with lr_find.csv and lr_find.png.
    """

    rates: list[float]
    losses: list[float]
    smoothed: list[float]
    suggestion: float | None
    diverged: bool
    command: str
    directory: Path

    def __str__(self) -> str:
        if self.suggestion is not None:
            return f"optimizer.lr={self.suggestion:.2g}" + (f"; train with: {self.command}" if self.command else "")
        end = f"{self.rates[-1]:.2g}"
        if self.diverged:
            return f"no suggestion: the loss grows up to optimizer.lr={end} and falls nowhere before; set a smaller low"
        return f"no suggestion: the loss does not fall up to optimizer.lr={end}; set a larger high, or more steps"


def find_learning_rate(
    config: dict[str, Any],
    overrides: Sequence[str],
    span: LearningRateRange,
    *,
    source: Any = None,
    given: Given = NOTHING,
) -> RangeTestResult:
    """Train from the initial weights with a growing learning rate, and write the losses into a new directory.

    config, overrides, source, given: see `run`, but objects from Python are copied; callbacks, loggers, schedule and
    validation are off. Raises UserError as `run` does, and if there is no learning rate.
    """
    check_learning_rate(config)
    if config["trainer"]["devices"] != 1:
        raise UserError(f"trainer.devices={config['trainer']['devices']} has no effect here: the test uses one device")
    short = {
        "max_epochs": -1,
        "max_steps": span.steps,
        "limit_val_batches": 0,
        "steps_per_slice": 1,
        "cuda_graphs": False,  # each step has another learning rate
    }
    off: dict[str, Any] = {"callbacks": {}, "logger": {}, "scheduler": None, "evaluate": []}
    test = RangeTest(rates=span.rates, base=config["optimizer"]["lr"])
    with isolated(run=True) as threads, Signals(deferred=False), trainers.quiet_lightning():
        seed(config["seed"])
        data = build_data(config, source)
        config = with_absolute_paths(config)
        tested = config | off | {"trainer": config["trainer"] | short}
        given = given.copies()
        plan = Plan(tested, data, build_task(tested, data, given), given)
        check(plan)
        torch.set_num_threads(trainers.num_threads(plan, threads))
        plan.task.cursor = plan.cursor()
        trainer = trainers.build(plan, RunDirectory(Path(config["output_dir"])))
        trainer.callbacks.append(test)  # type: ignore[attr-defined]
        try:
            trainer.fit(plan.task, plan.task.cursor)
        except Diverged as error:
            if len(test.losses) < 2:
                raise UserError(f"{error} with optimizer.lr={span.low:g}, the smallest of the test") from error
    if not test.losses:
        raise UserError(f"model '{config['choices']['model']}' has no weights to learn")
    rates = span.rates[: len(test.losses)]
    suggestion = steepest(rates, test.smoothed)
    parent = default_parent(config | {"output_dir": str(Path(config["output_dir"]) / "lr_find")})
    directory = RunDirectory.create(parent, name_of(config, overrides))
    found = RangeTestResult(
        rates,
        test.losses,
        test.smoothed,
        suggestion,
        test.diverged,
        command(overrides, suggestion) if suggestion and source is None and not given else "",
        directory.path,
    )
    save(found, directory, config, overrides)
    return found


def steepest(rates: Sequence[float], smoothed: Sequence[float]) -> float | None:
    """Return the rate before the minimum at which the smoothed loss falls most steeply over the logarithm of the rate.

    The first `SKIPPED` steps and the last one do not count. None if it does not fall.
    """
    values = np.asarray(smoothed[SKIPPED:-1])
    if len(values) < 2 or not values.argmin():
        return None
    return rates[SKIPPED + int(np.gradient(values)[: values.argmin() + 1].argmin())]


def command(overrides: Sequence[str], rate: float) -> str:
    """Return the command that trains with a learning rate."""
    others = [line for line in overrides if line.lstrip("+").partition("=")[0] != "optimizer.lr"]
    return shlex.join(["nnzoo", "train", *others, f"optimizer.lr={rate:.2g}"])


def save(found: RangeTestResult, directory: RunDirectory, config: dict[str, Any], overrides: Sequence[str]) -> None:
    """Write config, overrides, environment, status, table and figure. Raises UserError if that is not possible."""
    table = io.StringIO()
    rows = csv.writer(table, lineterminator="\n")
    rows.writerow(("optimizer.lr", "loss", "smoothed"))
    rows.writerows(zip(found.rates, found.losses, found.smoothed, strict=True))
    try:
        directory.write_setup(config, overrides)
        write(directory.path / RANGE_TEST, table.getvalue())
        figure = plot_range_test(found.rates, found.losses, found.smoothed, found.suggestion)
        render(figure, directory.path / "lr_find.png")
        directory.set_status("done", str(found))
    except OSError as error:
        raise UserError(f"cannot write to {directory.path}: {error.strerror or error}") from error
