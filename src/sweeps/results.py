"""The results of a sweep as rows: one for each trial, and one for each run."""

import json
import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from ..formatting import as_csv, sample_std
from ..runs.atomic import write
from ..runs.directory import RunDirectory
from .directory import SweepDirectory
from .engine import run_name, value_of
from .plan import SweepPlan
from .replicates import Replicate
from .space import Point, plain_value
from .study import Study, Trial

SPLITS = ("val", "test", "train")  # validation decides and stands first
CHECKPOINTS = ("best", "last")


@dataclass(frozen=True)
class RunRow:
    """A run. metrics: by split and checkpoint."""

    replicate: Replicate
    directory: RunDirectory
    status: str
    message: str
    metrics: dict[str, dict[str, float]]


@dataclass(frozen=True)
class TrialRow:
    """A trial with its runs. value: its metric, the mean over the runs; None if unknown."""

    number: int
    point: Point
    status: str
    message: str
    value: float | None
    repeats: int | None
    runs: tuple[RunRow, ...] = ()

    def values(self, metric: str) -> list[float]:
        """Return a metric of the runs that are done, of their best weights."""
        found = [value_of(run.metrics, metric) for run in self.runs if run.status == "done"]
        return [value for value in found if value is not None]

    def metric_values(self, name: str, metric: str) -> list[float]:
        """Return `metric` in `name`, such as val/best, of the runs that are done."""
        found = [run.metrics.get(name, {}) for run in self.runs if run.status == "done"]
        return [metrics[metric] for metrics in found if metric in metrics]


@dataclass(frozen=True)
class Results:
    """The trials of a sweep. metric: by which they are compared; mode: min or max; examples: in its split; keys: the
    swept parameters; log: those on a logarithmic scale.
    """

    metric: str
    mode: str
    examples: int
    keys: tuple[str, ...]
    trials: tuple[TrialRow, ...]
    replicate_keys: tuple[str, ...] = ()
    log: frozenset[str] = field(default_factory=frozenset)

    @property
    def names(self) -> list[str]:
        """The keys of the parameters, without the signs of new keys."""
        return [key.lstrip("+") for key in self.keys]

    def ranked(self) -> list[TrialRow]:
        """Return the trials, the best first; of equal ones, that with the lower validation loss, then the first."""
        sign = 1 if self.mode == "min" else -1

        def key(row: TrialRow) -> tuple[bool, float, float, int]:
            losses = row.values(f"{self.metric.partition('/')[0]}/loss")
            loss = statistics.fmean(losses) if losses and all(map(math.isfinite, losses)) else math.inf
            return row.value is None, sign * (row.value or 0.0), loss, row.number

        return sorted(self.trials, key=key)

    @property
    def best(self) -> TrialRow | None:
        """The best trial, None if none has a value."""
        first = next(iter(self.ranked()), None)
        return None if first is None or first.value is None else first

    @property
    def checkpoint(self) -> str:
        """The weights that are compared: best, or last if there are no best ones."""
        saved = {name.partition("/")[2] for row in self.trials for run in row.runs for name in run.metrics}
        return "best" if "best" in saved else "last"

    def columns(self) -> list[tuple[str, str]]:
        """Return (split/checkpoint, metric) of all metrics: the split that decides first, in it the compared metric."""
        decisive, _, main = self.metric.partition("/")
        found: dict[tuple[str, str], None] = {}
        for run in (run for row in self.trials for run in row.runs):
            for name, metrics in run.metrics.items():
                found |= dict.fromkeys((name, metric) for metric in metrics)
        splits = sorted(SPLITS, key=lambda split: split != decisive)
        order = [f"{split}/{which}" for split in splits for which in CHECKPOINTS]
        return sorted(found, key=lambda each: (order.index(each[0]), each[1] != main))


def collect(
    plan: SweepPlan, directory: SweepDirectory, study: Study, *, metric: str, mode: str, examples: int
) -> Results:
    """Return the results so far."""
    rows = []
    for trial in study.trials():
        runs = tuple(run for each in plan.replicates if (run := run_row(trial, each, directory)) is not None)
        rows.append(TrialRow(trial.number, trial.point, trial.status, trial.message, trial.value, trial.repeats, runs))
    return Results(
        metric=metric,
        mode=mode,
        examples=examples,
        keys=tuple(param.key for param in plan.space.params),
        trials=tuple(rows),
        replicate_keys=tuple(key for key, _ in plan.replicates[0]),
        log=plan.space.log,
    )


def run_row(trial: Trial, replicate: Replicate, directory: SweepDirectory) -> RunRow | None:
    """Return a run of a trial, None if it has not started."""
    attempts = directory.attempts(run_name(trial, replicate))
    if not attempts:
        return None
    last = attempts[-1]
    return RunRow(replicate, last, last.status(), last.message(), last.results())


def write_tables(results: Results, directory: SweepDirectory) -> None:
    """Write `sweep.csv`, a row for each trial, and `runs.csv`, a row for each run."""
    columns = results.columns()
    several = any(len(row.runs) > 1 for row in results.trials)
    names = [f"{name}/{metric}" for name, metric in columns]
    head = ["trial", *results.names, "status", "n", results.metric]
    for name in names:
        head += [name, f"{name}_sd"] if several else [name]
    rows: list[Sequence[Any]] = [[*head, "message", "runs"]]
    for row in results.ranked():
        cells = [
            row.number,
            *(plain_value(row.point[key]) for key in results.keys),
            row.status,
            len(row.values(results.metric)),
        ]
        cells.append("" if row.value is None else row.value)
        for name, metric in columns:
            values = row.metric_values(name, metric)
            cells.append(statistics.fmean(values) if values else "")
            if several:
                cells.append(sample_std(values) if len(values) > 1 else "")
        rows.append([*cells, row.message, json.dumps([run.directory.path.name for run in row.runs])])
    write(directory.table, as_csv(rows))
    rows = [["trial", *results.names, *results.replicate_keys, "status", *names, "message", "run"]]
    for row in results.trials:
        for run in row.runs:
            cells = [
                row.number,
                *(plain_value(row.point[key]) for key in results.keys),
                *(value for _, value in run.replicate),
            ]
            cells.append(run.status)
            cells += [run.metrics.get(name, {}).get(metric, "") for name, metric in columns]
            rows.append([*cells, run.message, run.directory.path.name])
    write(directory.runs_table, as_csv(rows))
