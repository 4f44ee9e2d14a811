"""The summary of a sweep as text: a table of the best trials, and what follows from it."""

import math
import statistics
from collections import Counter
from collections.abc import Sequence

from ..formatting import format_number, format_table, sample_std
from .engine import format_value, value_of
from .results import Results, TrialRow

LEVEL = 0.95


def table(results: Results, top: int, sign: str) -> str:
    """Return the best trials as a table, the validation metric first. sign: between mean and standard deviation."""
    rows = results.ranked()[:top]
    several = any(len(row.runs) > 1 for row in results.trials)
    columns = [(name, metric) for name, metric in results.columns() if shown(name, metric, results)]
    head = ["trial", *results.names, *(["n"] if several else []), *(f"{n}/{m}" for n, m in columns), "status"]
    body = []
    for row in rows:
        cells = [str(row.number), *(format_value(row.point[key]) for key in results.keys)]
        cells += [str(len(row.values(results.metric)))] if several else []
        cells += [mean_and_sd(weights_shown(row, name, metric), sign) for name, metric in columns]
        body.append([*cells, status_text(row)])
    return format_table([[short_column(cell) for cell in head], *body])


def shown(name: str, metric: str, results: Results) -> bool:
    """Return whether the table shows a metric: the compared one and its loss, and the compared one on the test split.

    All are of the best weights, or of the last ones if there are no best ones.
    """
    split, which = name.split("/")
    decisive, main = results.metric.split("/")
    if which != results.checkpoint:
        return False
    return metric == main if split == "test" else split == decisive and metric in (main, "loss")


def weights_shown(row: TrialRow, name: str, metric: str) -> list[float]:
    """Return a metric of the runs, of their last weights if they have no best ones: so are the trials compared."""
    return row.metric_values(name, metric) or row.metric_values(f"{name.partition('/')[0]}/last", metric)


def short_column(name: str) -> str:
    """Return a column name without the checkpoint."""
    parts = name.split("/")
    return f"{parts[0]}/{parts[2]}" if len(parts) == 3 else name


def mean_and_sd(values: Sequence[float], sign: str) -> str:
    """Return the mean of values and, of several, their standard deviation."""
    if not values:
        return ""
    around = f" {sign} {sample_std(values):.2g}" if len(values) > 1 else ""
    return f"{format_number(statistics.fmean(values))}{around}"


def status_text(row: TrialRow) -> str:
    """Return the status of a trial, and of what it is a repetition."""
    return f"{row.status} ({row.message})" if row.repeats is not None else row.status


def failures(results: Results) -> str:
    """Return one line for each message of trials that failed, diverged or were not finished."""
    lines: dict[str, list[str]] = {}
    for row in results.trials:
        if row.status in ("failed", "diverged") and row.message:
            lines.setdefault(f"{row.status}: {row.message}", []).append(str(row.number))
    return "\n".join(
        f"{' '.join(numbers[:10])}{' ...' if len(numbers) > 10 else ''} {line}" for line, numbers in lines.items()
    )


def counts(results: Results) -> str:
    """Return how many trials there are of each status."""
    found = Counter(row.status for row in results.trials)
    repeated = sum(row.repeats is not None for row in results.trials)
    text = ", ".join(f"{number} {status}" for status, number in found.most_common())
    return (text or "none") + (f"; {repeated} repeat the settings of earlier ones" if repeated else "")


def paired_difference(results: Results, sign: str) -> str:
    """Return by how much the best trial is better than the second, with an interval over seeds or folds.

    Paired over the runs, Student's t. Empty unless both have the same two or more runs.
    """
    first, second, *_ = [*results.ranked(), None, None]
    if first is None or second is None or first.value is None or second.value is None:
        return ""
    pairs = paired(first, second, results.metric)
    if len(pairs) < 2:
        return ""
    differences = [a - b for a, b in pairs]
    mean, half = statistics.fmean(differences), half_width(differences)
    verdict = "" if abs(mean) > half else "; undecided"
    return (
        f"trial {first.number} - trial {second.number}: {results.metric} {mean:+.3g} {sign} {half:.2g} "
        f"(paired, {len(pairs)} runs, 95 %){verdict}"
    )


def paired(first: TrialRow, second: TrialRow, metric: str) -> list[tuple[float, float]]:
    """Return the metric of both trials for each seed and fold that both have."""
    others = {run.replicate: value_of(run.metrics, metric) for run in second.runs if run.status == "done"}
    found = [(value_of(run.metrics, metric), others.get(run.replicate)) for run in first.runs if run.status == "done"]
    return [(a, b) for a, b in found if a is not None and b is not None]


def half_width(differences: Sequence[float]) -> float:
    """Return half the length of the 95 % interval of a mean."""
    from scipy.stats import t

    n = len(differences)
    return float(t.ppf((1 + LEVEL) / 2, n - 1)) * statistics.stdev(differences) / math.sqrt(n)
