"""95 % intervals of what the seeds of an experiment show.

An interval of a mean and of one further run are Student's t, that of a share is Wilson's (1927), which also holds for
few seeds and shares of 0 and 1 (Brown, Cai, DasGupta 2001).
"""

import math
import statistics
from collections.abc import Sequence
from functools import cache

LEVEL = 0.95
MOST_SEEDS = 1000

Interval = tuple[float, float]


@cache
def t_quantile(values: int) -> float:
    """Return the quantile of Student's t for a two-sided interval of some values."""
    from scipy.stats import t

    return float(t.ppf((1 + LEVEL) / 2, values - 1))


def of_mean(values: Sequence[float]) -> Interval:
    """Return the interval of the mean of two or more values."""
    mean, half = statistics.fmean(values), t_quantile(len(values)) * statistics.stdev(values) / math.sqrt(len(values))
    return mean - half, mean + half


def of_one_run(values: Sequence[float]) -> Interval:
    """Return the interval in which one further run lies, from two or more runs."""
    half = t_quantile(len(values)) * statistics.stdev(values) * math.sqrt(1 + 1 / len(values))
    return statistics.fmean(values) - half, statistics.fmean(values) + half


def of_share(count: int, of: int) -> Interval:
    """Return the interval of the probability of an event that occurred in `count` of `of` trials."""
    z = statistics.NormalDist().inv_cdf((1 + LEVEL) / 2)
    share, weight = count / of, z * z / of
    middle = (share + weight / 2) / (1 + weight)
    half = z / (1 + weight) * math.sqrt(share * (1 - share) / of + weight / (4 * of))
    return max(middle - half, 0.0), min(middle + half, 1.0)  # the bounds may differ from 0 and 1 by rounding


def seeds_needed(values: Sequence[float]) -> int | None:
    """Return how many seeds would separate a mean from 0 if mean and deviation were as in two or more values.

    None if these are more than 1000, or if the mean is 0.
    """
    mean, deviation = abs(statistics.fmean(values)), statistics.stdev(values)
    enough = (n for n in range(2, MOST_SEEDS + 1) if t_quantile(n) * deviation < mean * math.sqrt(n))
    return next(enough, None)
