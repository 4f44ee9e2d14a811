import numpy as np
import pytest
from nnzoo.experiments import intervals
from scipy import stats

VALUES = [3.0, 5.0, 4.0, 8.0, 2.5]


def test_mean():
    expected = stats.ttest_1samp(VALUES, 0).confidence_interval(0.95)
    assert intervals.of_mean(VALUES) == pytest.approx((expected.low, expected.high))


def test_one_run_contains_the_next_run_in_95_percent():
    random = np.random.default_rng(0)
    found = 0
    for _ in range(2000):
        *values, following = random.normal(3, 2, size=6)
        low, high = intervals.of_one_run(values)
        found += low <= following <= high
    assert 0.93 < found / 2000 < 0.97


@pytest.mark.parametrize(("count", "of"), [(0, 2), (0, 5), (5, 5), (9, 10), (1, 3)])
def test_share(count, of):
    expected = stats.binomtest(count, of).proportion_ci(method="wilson")
    low, high = intervals.of_share(count, of)
    assert (low, high) == pytest.approx((expected.low, expected.high))
    assert 0 <= low < high <= 1


def test_seeds_needed():
    spread = [1.0, -0.5, 1.2, 0.3]
    count = intervals.seeds_needed(spread)
    mean, deviation = np.mean(spread), np.std(spread, ddof=1)
    for n, separated in ((count, True), (count - 1, False)):
        assert (stats.t.ppf(0.975, n - 1) * deviation / np.sqrt(n) < mean) == separated
    assert intervals.seeds_needed([2.0, 2.0]) == 2
    assert intervals.seeds_needed([1.0, -1.0]) is None
    assert intervals.seeds_needed([1.0, -0.9]) is None
