"""Reproduction of published experiments over seeds."""

import json
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from ..config.files import configs_dir, options_in
from ..errors import UserError, unknown
from ..formatting import format_number
from ..runs.atomic import write_json
from ..runs.directory import RunDirectory
from ..runs.environment import environment
from ..runs.history import read_history
from .claims import COSTS, Claim, Run, Verdict, arms, fingerprint, judge, read_claim, read_run, worst

NOT_COMPARED = ("command", "platform", "started")  # parts of the environment that do not affect results


def reproduce(name: str, seeds: str | None) -> int:
    """Reproduce one experiment, or `all` in the order of their cost. Return the exit code, 1 if any is missed.

    seeds: number of seeds, None = as in the claim. Raises UserError if an experiment cannot be run; with `all`, prints
    the error and continues with the others.
    """
    names = list(options_in(configs_dir(), "experiment"))
    if name != "all" and name not in names:
        raise unknown("experiment", name, [*names, "all"])
    count = number_of_seeds(seeds)
    if name != "all":
        return int(rerun(name, count) == "missed")
    costs = {each: COSTS.index(read_claim(each).cost) for each in names}
    missed = False
    for each in sorted(names, key=costs.__getitem__):
        try:
            missed |= rerun(each, count) == "missed"
        except UserError as error:
            print(f"{each}: not run: {error}", flush=True)
            missed = True
    return int(missed)


def number_of_seeds(text: str | None) -> int | None:
    """Return the number in `seeds=N`. Raises UserError if it is not a positive integer."""
    if text is None:
        return None
    if not text.isdecimal() or int(text) < 1:
        raise UserError(f"seeds is '{text}'; it must be a number of at least 1")
    return int(text)


def rerun(name: str, count: int | None) -> Verdict:
    """Run an experiment over its seeds and arms; print and return the verdict.

    The result file is written after every seed, so that an interrupted experiment continues with the next seed.
    """
    claim = read_claim(name)
    config = fingerprint(name, claim)
    seeds = range(count or claim.seeds)
    done, environment = finished_runs(name, config, len(seeds))
    first = 1 + max((run.seed for run in done), default=-1)
    if done:
        print(f"{name}: continuing after {first} of {len(seeds)} seeds", flush=True)
    verdict: Verdict = "missed"
    for seed in seeds[first:]:
        for arm, overrides in arms(name, claim).items():
            run, found = run_seed(claim, arm, seed, [*overrides, f"seed={seed}"])
            environment = environment or found
            done.append(run)
            print(f"{name} {describe_run(claim, run)}", flush=True)
        verdict = write(name, claim, done, {"config": config, "environment": environment})
    print(f"{name}: {verdict}; {result_file(name)}", flush=True)
    return verdict


def finished_runs(name: str, config: str, seeds: int) -> tuple[list[Run], dict[str, Any]]:
    """Return the runs in an unfinished result file and their environment.

    seeds: number of seeds of a finished file. Returns no runs if the file is finished, or if settings, versions or
    commit differ, or if the source has uncommitted changes.
    """
    path = result_file(name)
    if not path.is_file():
        return [], {}
    found = json.loads(path.read_text(encoding="utf-8"))
    now, then = environment(), found["environment"]
    same = all(now[key] == then.get(key) for key in now if key not in (*NOT_COMPARED, "threads"))
    done = [read_run(run) for run in found["runs"]]
    if found["config"] != config or not same or str(now["commit"]).endswith("+") or done[-1].seed + 1 >= seeds:
        return [], {}
    return done, then


def write(name: str, claim: Claim, done: Sequence[Run], origin: dict[str, Any]) -> Verdict:
    """Write the result file of the runs so far, and return the verdict."""
    judged = judge(claim, done)
    verdict = worst([each.verdict for each in judged])
    path = result_file(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    result = {
        "experiment": name,
        "verdict": verdict,
        "measures": [asdict(each) for each in judged],
        "seconds": round(sum(run.seconds for run in done), 1),
        **origin,
        "runs": [asdict(run) for run in done],
    }
    write_json(path, result)
    return verdict


def result_file(name: str) -> Path:
    """Return the path of the result file of an experiment, relative to the working directory."""
    return Path("outputs", "results") / f"{name.replace('/', '__')}.json"


def run_seed(claim: Claim, arm: str, seed: int, overrides: Sequence[str]) -> tuple[Run, dict[str, Any]]:
    """Train once, and return the run and its environment.

    Unexpected exceptions are recorded as a failed run. Raises UserError for errors of the user.
    """
    from ..api import train

    start = time.perf_counter()
    try:
        result = train(*overrides)
    except UserError:
        raise
    except Exception as error:
        failed = Run(arm, seed, "failed", seconds_since(start), message=f"{type(error).__name__}: {error}")
        return failed, {}
    if result.signal:
        raise KeyboardInterrupt
    curve = column(result.directory, claim.curves.metric) if claim.curves else []
    environment = RunDirectory(result.directory).environment()
    return (
        Run(arm, seed, result.status, seconds_since(start), result.metrics, curve, result.message),
        {key: value for key, value in environment.items() if key not in NOT_COMPARED},
    )


def seconds_since(start: float) -> float:
    """Return the seconds since `start`, rounded to a tenth."""
    return round(time.perf_counter() - start, 1)


def column(directory: Path, metric: str) -> list[float]:
    """Return a metric after each epoch of a run. Raises UserError if it was not measured."""
    rows = read_history(RunDirectory(directory).metrics_file)
    if not rows or metric not in rows[0]:
        raise unknown("metric of a claim's curves", metric, rows[0] if rows else ())
    return [row[metric] for row in rows]


def describe_run(claim: Claim, run: Run) -> str:
    """Return a one-line description of a run. Raises UserError if a metric of the claim was not measured."""
    head = f"seed {run.seed}" + (f" {run.arm}" if run.arm else "")
    if run.status != "done":
        return f"{head}: {run.status}: {run.message}"
    metrics = [
        f"{measure.metric} {format_number(measure.value(run))}"
        for measure in claim.measures
        if measure.arm in (None, run.arm)
    ]
    compared = {each.metric: each for each in claim.comparisons if run.arm in (each.lower, each.upper)}
    metrics += [f"{metric} {format_number(each.value(run))}" for metric, each in compared.items()]
    metrics += [f"{claim.curves.metric} {' '.join(map(format_number, run.curve))}"] if claim.curves else []
    return f"{head}: {', '.join(metrics)} ({run.seconds:.0f} s)"
