"""What the figures of a sweep know of a trial."""

import math
from collections.abc import Mapping, Sequence
from typing import Literal, NamedTuple

Mode = Literal["min", "max"]  # whether a low or a high objective is better


class Trial(NamedTuple):
    """A trial of a sweep.

    params: swept key -> setting; status: done, pruned, diverged, failed or running; value: objective, the mean over
    the seeds, or None; sd: sample standard deviation over the seeds, None for one run; n: number of runs.
    """

    number: int
    params: Mapping[str, float | str]
    status: str
    value: float | None
    sd: float | None
    n: int


class Result(NamedTuple):
    """The result of a finished trial. value: finite; sd: 0 if there is none."""

    trial: Trial
    value: float
    sd: float


def ranked(trials: Sequence[Trial], mode: Mode) -> list[Result]:
    """Return the finished trials that have a finite value, best first, of equal ones the earliest first."""
    sign = -1 if mode == "max" else 1
    results = [
        Result(trial, trial.value, trial.sd if trial.sd is not None and math.isfinite(trial.sd) else 0.0)
        for trial in trials
        if trial.status == "done" and trial.value is not None and math.isfinite(trial.value)
    ]
    return sorted(results, key=lambda result: (sign * result.value, result.trial.number))


def state(trial: Trial) -> str:
    """Return the state of a trial that has no result."""
    return "no value" if trial.status == "done" else trial.status


def swept_keys(trials: Sequence[Trial]) -> list[str]:
    """Return the keys that any trial sets, in the order of their first occurrence."""
    return list(dict.fromkeys(key for trial in trials for key in trial.params))
