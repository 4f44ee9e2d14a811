"""Reproduction of published experiments over seeds."""

import time
from collections.abc import Sequence
from dataclasses import replace

from ..config.files import configs_dir, options_in
from ..errors import UserError, unknown
from ..formatting import format_number
from ..runs.environment import environment
from ..runs.machine import available_cores
from ..runs.signals import Interrupted, Signals
from . import intervals
from .claims import COSTS, Claim, Run, read_claim
from .fingerprint import arms, fingerprint
from .progress import Progress
from .results import Found, check_writable, read_found, result_file, unfinished_file, write_found
from .runs import Job, comparable, train_all
from .verdicts import Judged, as_documented, interval_text, judge


def reproduce(name: str, seeds: str | None, workers: str | None = None) -> int:
    """Reproduce one experiment, or `all` in the order of their cost. Return the exit code.

    It is 0 if every verdict is the documented one, also if a result is documented not to hold. seeds: number of seeds,
    None = as in the claim; workers: number of runs at a time, None = one for each core. Raises UserError if an
    experiment cannot be run; with `all`, prints the error and continues with the others.
    """
    names = list(options_in(configs_dir(), "experiment"))
    if name != "all" and name not in names:
        raise unknown("experiment", name, [*names, "all"])
    count = positive("seeds", seeds)
    at_a_time = positive("workers", workers) or available_cores()
    with Signals(deferred=False):
        documented = reproduce_all(names, count, at_a_time) if name == "all" else rerun(name, count, at_a_time)
    return int(not documented)


def reproduce_all(names: Sequence[str], count: int | None, workers: int) -> bool:
    """Reproduce experiments, the cheapest first; return whether all verdicts are the documented ones.

    If it was interrupted, it continues with the experiment that it was interrupted in.
    """
    costs = {each: COSTS.index(read_claim(each).cost) for each in names}
    order = sorted(names, key=costs.__getitem__)
    progress = Progress.of({each: seconds(each) for each in order}, count)
    for each in progress.left():
        print(progress.line(each), flush=True)
        start = time.perf_counter()
        try:
            documented = rerun(each, count, workers)
        except UserError as error:
            print(f"{each}: not run: {error}", flush=True)
            documented = False
        progress.end(each, documented, time.perf_counter() - start)
    return progress.close()


def seconds(name: str) -> float:
    """Return the time that the runs of an experiment took, 0 if there is no result file or a damaged one."""
    try:
        return sum(run.seconds for run in read_found(result_file(name)).runs)
    except UserError:
        return 0.0  # rerun raises it, too


def positive(key: str, text: str | None) -> int | None:
    """Return the number in `KEY=N`. Raises UserError if it is not a positive integer."""
    if text is None:
        return None
    if not text.isdecimal() or int(text) < 1:
        raise UserError(f"{key} is '{text}'; it must be a number of at least 1")
    return int(text)


def rerun(name: str, count: int | None, workers: int) -> bool:
    """Run an experiment over its seeds and arms, print the verdicts, and return whether they are the documented ones.

    The runs so far are written after every seed, so that an interrupted experiment continues with the next seed. They
    replace the result file when all seeds are there.
    """
    claim = read_claim(name)
    claim = replace(claim, seeds=count or claim.seeds)
    for path in (result_file(name), unfinished_file(name)):
        check_writable(path)
    found = to_continue(name, claim, asked=count is not None)
    curve = claim.curves.metric if claim.curves else None
    jobs = [
        Job(arm, seed, [*overrides, f"seed={seed}"], curve, claim.initial_weights.get(arm))
        for seed in range(found.seeds, claim.seeds)
        for arm, overrides in arms(name, claim.arms).items()
    ]
    whole = found.seeds
    try:
        for trained in train_all(jobs, workers, unfinished_file(name).with_suffix(".log")):
            run = found.add(trained.run, trained.environment)
            print(f"{name} {describe_run(claim, run)}", flush=True)
            so_far = found.with_whole_seeds(claim.arms)
            if so_far.seeds > whole:
                whole = so_far.seeds
                write_found(unfinished_file(name), name, claim, so_far)
    except (Interrupted, KeyboardInterrupt):
        print(f"{name}: interrupted; the same command continues with seed {whole}", flush=True)
        raise
    found = found.with_whole_seeds(claim.arms)
    write_found(result_file(name), name, claim, found)
    unfinished_file(name).unlink(missing_ok=True)
    results = judge(claim, found.runs)
    for each in results:
        print(f"{name}: {describe(each)}")
    print(
        f"{name}: {'as documented' if as_documented(results) else 'not as documented'}; {result_file(name)}", flush=True
    )
    if advice := more_seeds(name, results):
        print(advice, flush=True)
    return as_documented(results)


def to_continue(name: str, claim: Claim, *, asked: bool) -> Found:
    """Return the runs that stay, and say what is done with earlier ones.

    Those of an interrupted reproduction with the same settings stay. Those in the result file stay if seeds are
    missing: of the claim, or of the number that the user asks for. Finished ones are run again.
    """
    config = fingerprint(name, claim.arms, claim.initial_weights)
    unfinished, found = read_found(unfinished_file(name)), read_found(result_file(name))
    if unfinished.config == config and unfinished.seeds < claim.seeds:
        return continued(name, claim, unfinished)
    if found.config != config:
        if found.runs or unfinished.runs:
            print(f"{name}: the settings differ from those of the earlier runs; starting with seed 0", flush=True)
        return Found(config=config)
    finished = read_claim(name).seeds
    if not found.runs or found.seeds >= (claim.seeds if asked else finished):
        return Found(config=config)
    return continued(name, claim, found)


def continued(name: str, claim: Claim, found: Found) -> Found:
    """Return the runs, which are those of whole seeds, and say from where the experiment continues."""
    now = {key: value for key, value in comparable(environment()).items() if key != "threads"}
    then = found.environments[-1]
    changed = [f"{key} {then.get(key)}, now {value}" for key, value in now.items() if then.get(key) != value]
    versions = f"; made with {', '.join(changed)}" if changed else ""
    print(f"{name}: continuing after {found.seeds} of {claim.seeds} seeds{versions}", flush=True)
    return found


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
    return f"{head}: {', '.join(metrics) or 'trained'} ({run.seconds:.0f} s)"


def describe(judged: Judged) -> str:
    """Return a one-line description of a verdict."""
    head = f"{judged.metric}, {judged.arm}" if judged.arm else judged.metric
    ours = "no values" if judged.mean is None else format_number(judged.mean)
    if judged.share:
        ours = f"{judged.share[0]} of {judged.share[1]} seeds"
    text = interval_text(judged)
    between = f" (95 %: {text})" if text else ""
    note = "" if judged.verdict == judged.expected else f" (documented: {judged.expected})"
    return f"{head}: published {judged.published}; ours {ours}{between}: {judged.verdict}{note}"


def more_seeds(name: str, results: Sequence[Judged]) -> str | None:
    """Return how many seeds would decide the undecided orders of two networks, None if there are none."""
    open_ones = [each for each in results if each.verdict == "undecided" and each.published == "> 0" and each.sd]
    if not open_ones:
        return None
    needed = [intervals.seeds_needed(each.values) for each in open_ones]
    if None in needed:
        return f"{name}: more than {intervals.MOST_SEEDS} seeds would be needed to decide all differences"
    count = max(each for each in needed if each is not None)
    return f"{name}: if the differences are as measured, {count} seeds decide: nnzoo reproduce {name} seeds={count}"
