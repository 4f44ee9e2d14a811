"""Verdicts: what the runs of all seeds say about a published result. Imports no torch.

The verdict follows from a 95 % interval:

- an order of two networks, a bound or a range: `holds` if the interval of the mean (of the paired differences) is on
  the published side, `reversed` if it is on the other side, `undecided` otherwise;
- an exact number: the same for the share of the seeds that reach it, compared with one half;
- the number of one published run: `within` the interval of one further run of ours, `better` or `worse`.
"""

import math
import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from ..errors import UserError
from ..formatting import sample_std
from . import intervals
from .claims import SIGNS, Claim, Comparison, Curves, Measure, Run, Verdict

T = TypeVar("T")


@dataclass(frozen=True)
class Judged:
    """Our numbers for one published result: the value of each finished seed, their statistics, and the verdict.

    bounds: the published side, infinite where it is open; share: seeds that reach an exact number, and all seeds;
    interval: of the mean, of one further run, or of the share if there is one; None of fewer than two runs;
    expected: the documented verdict; not_done: number of seeds without a finite value.
    """

    metric: str
    arm: str
    published: str
    bounds: tuple[float, float]
    values: list[float]
    mean: float | None
    sd: float | None
    min: float | None
    max: float | None
    share: tuple[int, int] | None
    interval: tuple[float, float] | None
    verdict: Verdict
    expected: Verdict
    not_done: int


def judge(claim: Claim, runs: Sequence[Run]) -> list[Judged]:
    """Return our numbers and the verdict for each measure of each arm, each comparison and the curves."""
    found = []
    for measure in claim.measures:
        for arm in claim.arms if measure.arm is None else (measure.arm,):
            ours = [run for run in runs if run.arm == arm]
            values = [measure.value(run) if run.status == "done" else math.nan for run in ours]
            found.append(judge_measure(claim, measure, arm, values))
    found += [judge_comparison(claim, comparison, runs) for comparison in claim.comparisons]
    if claim.curves:
        found.append(judge_curves(claim, claim.curves, runs))
    return found


def judge_measure(claim: Claim, measure: Measure, arm: str, values: Sequence[float]) -> Judged:
    """Return the verdict on a number. values: of each seed, NaN for a run that is not done."""
    published = f"{SIGNS[measure.compare]}{measure.published:g}"
    if measure.compare == "within":
        published += f" ± {measure.tolerance:g}"
    low = measure.published - measure.tolerance if measure.compare != "at_most" else -math.inf
    high = measure.published + measure.tolerance if measure.compare != "at_least" else math.inf
    about = (measure.metric, arm, published, (low, high))
    if measure.compare == "equals":
        return exact(claim, about, values, measure.outcome)
    if measure.compare == "one_run":
        return one_run(claim, about, values, measure)
    return of_mean(claim, about, values, lambda interval: of_bounds(interval, (low, high)), measure.outcome)


About = tuple[str, str, str, tuple[float, float]]  # metric, arm, published number, its bounds


def judge_comparison(claim: Claim, comparison: Comparison, runs: Sequence[Run]) -> Judged:
    """Return the verdict on an order, by the differences between the upper and the lower arm for each seed."""
    pairs = paired(comparison.lower, comparison.upper, runs, comparison.value)
    values = [pair[1] - pair[0] if pair else math.nan for pair in pairs]
    metric = f"{comparison.metric}, {comparison.upper} minus {comparison.lower}"
    return of_mean(claim, (metric, "", "> 0", (0.0, math.inf)), values, of_order, comparison.outcome)


def judge_curves(claim: Claim, curves: Curves, runs: Sequence[Run]) -> Judged:
    """Return the verdict on curves, by the number of epochs after which the lower arm is not below the upper one.

    Raises UserError if the curves have different numbers of epochs.
    """
    pairs = paired(curves.lower, curves.upper, runs, lambda run: run.curve)
    for low, high in filter(None, pairs):
        if len(low) != len(high):
            raise UserError(
                f"the curves of arms '{curves.lower}' and '{curves.upper}' have {len(low)} and {len(high)} epochs; "
                "they need the same number of trainer.max_epochs"
            )
    values = [float(sum(not a < b for a, b in zip(*pair, strict=True))) if pair else math.nan for pair in pairs]
    metric = f"epochs with {curves.lower} not below {curves.upper} in {curves.metric}"
    return exact(claim, (metric, "", "0", (0.0, 0.0)), values, curves.outcome)


def paired(lower: str, upper: str, runs: Sequence[Run], value: Callable[[Run], T]) -> list[tuple[T, T] | None]:
    """Return the values of two arms for each seed, None if one of the runs is not done."""
    ours = [run for run in runs if run.arm in (lower, upper)]  # other arms may lack the metric
    done = {(run.arm, run.seed): value(run) for run in ours if run.status == "done"}
    seeds = sorted({run.seed for run in runs})
    both = [((lower, seed), (upper, seed)) for seed in seeds]
    return [(done[low], done[high]) if low in done and high in done else None for low, high in both]


def exact(claim: Claim, about: About, values: Sequence[float], outcome: Verdict | None) -> Judged:
    """Return the verdict on an exact number: whether most seeds reach it. A run that is not done does not."""
    count = sum(value == about[3][0] for value in values)
    if not values:
        return judged(claim, about, values, None, "undecided", outcome or "holds")
    interval = intervals.of_share(count, len(values)) if claim.random else (count / len(values),) * 2
    verdict = of_order((interval[0] - 0.5, interval[1] - 0.5))
    return judged(claim, about, values, interval, verdict, outcome or "holds", (count, len(values)))


def of_mean(
    claim: Claim,
    about: About,
    values: Sequence[float],
    decide: Callable[[intervals.Interval], Verdict],
    outcome: Verdict | None,
) -> Judged:
    """Return the verdict on a mean. It is undecided if a run is not done or its number is not finite."""
    known = [value for value in values if math.isfinite(value)]
    if len(known) < 1 + claim.random:
        return judged(claim, about, values, None, "undecided", outcome or "holds")
    interval = intervals.of_mean(known) if len(known) > 1 else (known[0], known[0])
    verdict = decide(interval) if len(known) == len(values) else "undecided"
    return judged(claim, about, values, interval, verdict, outcome or "holds")


def one_run(claim: Claim, about: About, values: Sequence[float], measure: Measure) -> Judged:
    """Return the verdict on the number of one published run. A run that is not done leaves it undecided."""
    known = [value for value in values if math.isfinite(value)]
    if len(known) < max(2, len(values)):
        return judged(claim, about, values, None, "undecided", measure.outcome or "within")
    low, high = intervals.of_one_run(known)
    ours_is_lower = high < measure.published
    verdict: Verdict = "better" if ours_is_lower == (measure.better == "lower") else "worse"
    if low <= measure.published <= high:
        verdict = "within"
    return judged(claim, about, values, (low, high), verdict, measure.outcome or "within")


def of_order(interval: intervals.Interval) -> Verdict:
    """Return the verdict on a difference that is published to be above 0."""
    return "holds" if interval[0] > 0 else "reversed" if interval[1] < 0 else "undecided"


def of_bounds(interval: intervals.Interval, bounds: tuple[float, float]) -> Verdict:
    """Return the verdict on a number that is published to be within bounds."""
    (low, high), (least, most) = interval, bounds
    if least <= low and high <= most:
        return "holds"
    return "reversed" if high < least or low > most else "undecided"


def judged(
    claim: Claim,
    about: About,
    values: Sequence[float],
    interval: tuple[float, float] | None,
    verdict: Verdict,
    expected: Verdict,
    share: tuple[int, int] | None = None,
) -> Judged:
    """Return our numbers with their statistics; the verdict is `unfinished` while seeds of the claim are missing."""
    known = [value for value in values if math.isfinite(value)]
    metric, arm, published, bounds = about
    return Judged(
        metric=metric,
        arm=arm,
        published=published,
        bounds=bounds,
        values=known,
        mean=statistics.fmean(known) if known else None,
        sd=sample_std(known) if len(known) > 1 else None,
        min=min(known, default=None),
        max=max(known, default=None),
        share=share,
        interval=interval,
        verdict=verdict if len(values) >= claim.seeds else "unfinished",
        expected=expected,
        not_done=len(values) - len(known),
    )


def interval_text(judged: Judged) -> str:
    """Return the interval as text, shares in percent; empty if there is none or if nothing varies."""
    if judged.interval is None or judged.interval[0] == judged.interval[1]:
        return ""
    low, high = (f"{bound:.0%}" if judged.share else f"{bound:.3g}" for bound in judged.interval)
    return f"{low} to {high}"


def as_documented(results: Sequence[Judged]) -> bool:
    """Return whether every verdict is the documented one."""
    return all(each.verdict == each.expected for each in results)
