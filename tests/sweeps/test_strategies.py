"""Strategies against direct computations on made-up objectives."""

import itertools
import math
import warnings
from dataclasses import replace
from functools import partial

import numpy as np
import pytest
from nnzoo.errors import UserError
from nnzoo.sweeps.space import Choice, Range, Space
from nnzoo.sweeps.strategies.base import END, WAIT, PastTrial, best
from nnzoo.sweeps.strategies.coarse_to_fine import CoarseToFine
from nnzoo.sweeps.strategies.grid import Grid
from nnzoo.sweeps.strategies.multi_resolution import MultiResolution, smaller
from nnzoo.sweeps.strategies.random import Random
from nnzoo.sweeps.strategies.sampled import Sampled
from optuna.exceptions import ExperimentalWarning
from optuna.samplers import RandomSampler

LR = Range("lr", 1e-4, 1e-1, log=True)
SPACE = Space((LR, Range("hidden", 1, 9), Choice("unit", ("relu", "tanh"))))


def objective(point):
    return (math.log10(point["lr"]) + 2.3) ** 2 + (point["hidden"] - 7) ** 2 / 9 + (point["unit"] == "relu")


def searched(strategy, space=SPACE, of=objective):
    """Return all trials of a serial sweep."""
    tried = []
    while (point := strategy.next(space, tried)) != END:
        assert point != WAIT
        tried.append(PastTrial(len(tried), point, True, of(point)))
    return tried


STRATEGIES = [
    Grid(points=3),
    Random(trials=12),
    MultiResolution(trials=12, rounds=3),
    CoarseToFine(points=3, rounds=3),
]


@pytest.mark.parametrize("strategy", STRATEGIES, ids=lambda each: type(each).__name__)
def test_no_point_is_tried_twice_and_the_sequence_follows_from_the_history(strategy):
    tried = searched(strategy)
    points = [each.point for each in tried]
    assert all(a != b for a, b in itertools.combinations(points, 2))
    number = strategy.trials(SPACE)
    assert number is None or number == len(points)
    for k in (0, 1, len(tried) // 2, len(tried) - 1):  # another process that continues
        assert strategy.next(SPACE, tried[:k]) == points[k]


def test_grid_has_all_combinations_in_order():
    points = [tuple(each.point.values()) for each in searched(Grid(points=3))]
    assert points == list(itertools.product([1e-4, 3.162e-3, 1e-1], [1, 5, 9], ["relu", "tanh"]))


def test_random_search_is_uniform_on_the_logarithmic_scale():
    """The share of draws in each third of the decades is 1/3, within four standard deviations."""
    draws = [each.point["lr"] for each in searched(Random(trials=900), Space((LR,)), lambda _: 0.0)]
    assert min(draws) >= 1e-4
    assert max(draws) <= 1e-1
    counts = np.histogram(np.log10(draws), bins=[-4, -3, -2, -1])[0]
    assert np.abs(counts - 300).max() < 4 * math.sqrt(900 * 2 / 9)


def test_random_search_ends_with_a_finite_space():
    space = Space((Range("a", 1, 2), Choice("b", ("x", "y"))))
    assert Random(trials=50).trials(space) == 4
    points = {tuple(each.point.values()) for each in searched(Random(trials=50), space, lambda _: 0.0)}
    assert points == {(1, "x"), (1, "y"), (2, "x"), (2, "y")}


def test_another_seed_gives_other_points():
    first, second = (searched(Random(trials=3, seed=seed)) for seed in (0, 1))
    assert first[0].point != second[0].point


def test_boxes_shrink_around_the_best_point():
    """Points of round r lie within shrink^r of the range around the best of the rounds before. Aggarwal 3.3.1."""
    strategy = MultiResolution(trials=30, rounds=3, shrink=0.5)
    tried = searched(strategy, Space((LR,)), lambda point: (math.log10(point["lr"]) + 2.3) ** 2)
    for turn in (1, 2):
        before = tried[: 10 * turn]
        centre = min(before, key=lambda each: each.value).point["lr"]
        half = 3 * 0.5**turn / 2
        for each in tried[10 * turn : 10 * turn + 10]:
            assert abs(math.log10(each.point["lr"] / centre)) <= half + 1e-3
            assert 1e-4 <= each.point["lr"] <= 1e-1


@pytest.mark.parametrize(
    ("param", "centre", "expected"),
    [
        (Range("a", 1, 9), 7, (5, 9)),
        (Range("a", 1, 9), 9, (7, 9)),
        (Range("a", 0.0, 8.0), 1.0, (0, 3)),
        (Range("a", 1e-4, 1.0, log=True), 1e-2, (1e-3, 1e-1)),
        (Range("a", 0.0, 8.0, step=0.5), 4.2, (2, 6)),  # of 2.2 to 6.2
        (Range("a", 1, 2), 2, (2, 2)),
    ],
)
def test_a_box_of_half_the_length_around_the_best_value(param, centre, expected):
    found = smaller(param, centre, 0.5)
    assert (found.low, found.high) == pytest.approx(expected)
    assert (found.integer, found.log, found.step) == (param.integer, param.log, param.step)


def test_a_box_keeps_all_values_of_a_choice():
    choice = Choice("unit", ("relu", "tanh"))
    assert smaller(choice, "relu", 0.5) == choice


def test_finer_grid_lies_between_the_neighbours_of_the_best_point():
    tried = searched(
        CoarseToFine(points=3, rounds=2), Space((Range("a", 0.0, 8.0),)), lambda point: (point["a"] - 5) ** 2
    )
    assert [each.point["a"] for each in tried] == [0, 4, 8, 2, 6]


@pytest.mark.parametrize(
    ("param", "points", "centre", "expected"),
    [
        (Range("a", 1, 9), 3, 9, [7, 9, 11]),
        (Range("a", 0.0, 8.0), 5, 4.0, [2.667, 3.333, 4.0, 4.667, 5.333]),
        (Range("a", 1e-4, 1.0, log=True), 3, 1e-2, [1e-3, 1e-2, 1e-1]),
        (Range("a", 0, 8), 3, 0, [0, 2]),  # not below 0
        (Range("a", -8, 0), 3, -8, [-10, -8, -6]),
        (Range("a", 0, 1), 3, 1, [0, 1, 2]),  # a grid of two values
        (Choice("a", ("x", "y", "z")), 3, "y", ["y"]),
    ],
)
def test_finer_grid(param, points, centre, expected):
    assert CoarseToFine(points=points).refine(param, param.grid(points), centre) == pytest.approx(expected)


def test_finer_grids_end_when_they_repeat_a_grid():
    space = Space((Choice("a", ("x", "y")),))
    assert len(searched(CoarseToFine(points=3, rounds=5), space, lambda _: 0.0)) == 2


def test_of_equal_trials_the_first_is_the_best():
    tried = [PastTrial(i, {"a": i}, True, value) for i, value in enumerate([None, 2.0, 1.0, 1.0])]
    assert best(tried[::-1]) == tried[2]
    assert best(tried[:1]) is None


def test_grid_extends_beyond_the_range_if_the_best_point_is_at_its_edge():
    """Aggarwal 3.3.1: else the optimum outside of the range would never be found."""
    tried = searched(CoarseToFine(points=3, rounds=4), Space((LR,)), lambda point: -point["lr"])
    assert max(each.point["lr"] for each in tried) > 0.1
    below = searched(CoarseToFine(points=3, rounds=4), Space((Range("a", 0.0, 1.0),)), lambda point: point["a"])
    assert min(each.point["a"] for each in below) == 0  # the sign of the range is kept


def test_finer_grid_waits_for_the_results():
    strategy, space = CoarseToFine(points=3, rounds=2), Space((LR,))
    tried = [PastTrial(i, {"lr": value}, True, 1.0) for i, value in enumerate(LR.grid(3))]
    assert strategy.next(space, [*tried[:2], PastTrial(2, {"lr": 0.1}, False, None)]) == WAIT
    assert isinstance(strategy.next(space, tried), dict)
    failed = [PastTrial(each.number, each.point, True, None) for each in tried]
    assert strategy.next(space, failed) == END, "without a result there is nothing to refine"


def test_multi_resolution_waits_for_the_round():
    strategy, space = MultiResolution(trials=4, rounds=2), Space((LR,))
    first = [PastTrial(i, {"lr": 10.0 ** -(i + 1)}, i == 0, 1.0 if i == 0 else None) for i in range(2)]
    assert strategy.next(space, first) == WAIT


def test_rounds_of_multi_resolution_are_even():
    """Ten trials in three rounds are 4, 3 and 3: a round needs the results of those before it, not of itself."""
    strategy, space = MultiResolution(trials=10, rounds=3), Space((LR,))
    tried = searched(strategy, space, lambda point: point["lr"])

    def waits(number, without):
        pending = [replace(each, ended=each.number != without) for each in tried[:number]]
        return strategy.next(space, pending) == WAIT

    last_needed = [max((k for k in range(n) if waits(n, k)), default=None) for n in range(10)]
    assert last_needed == [None] * 4 + [3] * 3 + [6] * 3


@pytest.mark.parametrize("strategy", STRATEGIES[1:], ids=lambda each: type(each).__name__)
def test_empty_space(strategy):
    with pytest.raises(UserError, match="nothing to search"):
        strategy.check(Space(()))


def test_points_of_a_grid_need_a_range():
    Grid(points=3).check(SPACE)
    Grid().check(Space((Choice("unit", ("relu", "tanh")),)))
    with pytest.raises(UserError, match=r"^sweep\.strategy\.points=3 has no effect: no parameter is a range$"):
        Grid(points=3).check(Space((Choice("unit", ("relu", "tanh")),)))


def test_defaults():
    grids, rounds = CoarseToFine(), MultiResolution(trials=8)
    assert (grids.points, grids.rounds) == (3, 3)
    assert (rounds.rounds, rounds.shrink, rounds.seed) == (4, 0.5, 0)
    assert Random(trials=3).seed == Sampled(sampler=RandomSampler, trials=3).seed == 0


def test_sampler_of_each_trial():
    seeds = []

    def sampler(seed):
        warnings.warn("may change", ExperimentalWarning, stacklevel=1)
        seeds.append(seed)
        return seed

    strategy = Sampled(sampler=sampler, trials=3, seed=1)
    strategy.check(SPACE)
    found = [strategy.sampler_of(number) for number in (0, 1, 0)]
    assert found == seeds[1:]
    assert found[0] == found[2] != found[1]
    assert Sampled(sampler=sampler, trials=3, seed=2).sampler_of(0) != found[0]
    assert strategy.trials(SPACE) == 3
    tried = [PastTrial(i, {}, True, 1.0) for i in range(3)]
    assert [strategy.next(SPACE, tried[:n]) for n in range(4)] == [{}, {}, {}, END]


def test_settings_that_a_sampler_rejects():
    with pytest.raises(UserError, match="nothing to search"):
        Sampled(sampler=RandomSampler, trials=1).check(Space(()))
    with pytest.raises(UserError, match=r"^sweep\.strategy\.sampler: .*unexpected keyword argument 'colour'"):
        Sampled(sampler=partial(RandomSampler, colour=1), trials=1).check(SPACE)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Sampled(sampler=RandomSampler, trials=0), "trials is 0; it must be at least 1"),
        (lambda: Grid(points=0), "points is 0; it must be at least 1"),
        (lambda: Random(trials=0), "trials is 0; it must be at least 1"),
        (lambda: CoarseToFine(points=4), "points is 4; it must be odd"),
        (lambda: MultiResolution(trials=3, rounds=4), "trials is 3; it must be at least 4"),
        (lambda: CoarseToFine(points=1), "points is 1; it must be at least 3"),
        (lambda: CoarseToFine(rounds=0), "rounds is 0; it must be at least 1"),
        (lambda: MultiResolution(trials=3, rounds=0), "rounds is 0; it must be at least 1"),
        (lambda: MultiResolution(trials=8, shrink=1.0), "shrink is 1.0; it must be above 0 and below 1"),
        (lambda: MultiResolution(trials=8, shrink=0.0), "shrink is 0.0; it must be above 0 and below 1"),
    ],
)
def test_wrong_settings(make, message):
    with pytest.raises(ValueError, match=message):
        make()
