import math
from dataclasses import replace

import pytest
from nnzoo.errors import UserError
from nnzoo.experiments.claims import Claim, Comparison, Curves, Measure, Run
from nnzoo.experiments.verdicts import as_documented, interval_text, judge


def measure(compare, **settings):
    return Measure(metric="test/errors", published=10, compare=compare, **settings)


def run(errors, *, seed=0, arm="", status="done", curve=()):
    metrics = {"test/last": {"loss": 0.5, "errors": errors}, "test/best": {"errors": errors - 1}}
    return Run(arm, seed, status, 1.0, metrics if status == "done" else {}, list(curve))


def claim(*measures, seeds=2, **settings):
    return Claim(title="t", source="s", cost="seconds", deviations=[], measures=measures, seeds=seeds, **settings)


def verdict(values, compare, **settings):
    (found,) = judge(claim(measure(compare, **settings)), [run(v, seed=seed) for seed, v in enumerate(values)])
    return found.verdict


@pytest.mark.parametrize(
    ("compare", "settings", "values", "expected"),
    [
        ("at_most", {}, [9, 9.1, 9.2], "holds"),
        ("at_most", {}, [10, 10], "holds"),
        ("at_most", {}, [10.5, 10.6, 10.7], "reversed"),
        ("at_most", {}, [9, 10.5], "undecided"),
        ("at_least", {}, [10.5, 10.6, 10.7], "holds"),
        ("at_least", {}, [9, 9.1, 9.2], "reversed"),
        ("within", {"tolerance": 1}, [10.1, 9.9, 10], "holds"),
        ("within", {"tolerance": 1}, [12.1, 11.9, 12], "reversed"),
        ("within", {"tolerance": 1}, [11.1, 10.9, 11], "undecided"),
        ("one_run", {"better": "lower"}, [8, 13, 11], "within"),
        ("one_run", {"better": "lower"}, [8, 8.1, 8.2], "better"),
        ("one_run", {"better": "lower"}, [12, 12.1, 12.2], "worse"),
        ("one_run", {"better": "higher"}, [12, 12.1, 12.2], "better"),
        ("equals", {}, [10] * 5, "holds"),  # Wilson: 57 % to 100 %
        ("equals", {}, [10] * 3, "undecided"),  # 44 % to 100 %
        ("equals", {}, [10] * 9 + [9], "holds"),
        ("equals", {}, [9] * 5, "reversed"),
        ("equals", {}, [10, 10, 9, 9, 10], "undecided"),
    ],
)
def test_verdict_follows_from_the_interval(compare, settings, values, expected):
    assert verdict(values, compare, **settings) == expected


@pytest.mark.parametrize("compare", ["at_most", "at_least"])
def test_one_seed_decides_only_what_is_not_random(compare):
    alone = claim(measure(compare), seeds=1)
    assert judge(alone, [run(10)])[0].verdict == "undecided"
    assert judge(replace(alone, random=False), [run(10)])[0].verdict == "holds"
    assert judge(replace(alone, random=False), [run(10)])[0].interval == (10, 10)


def test_exact_number_that_is_not_random():
    alone = claim(measure("equals"), seeds=1, random=False)
    assert judge(alone, [run(10)])[0].verdict == "holds"
    assert judge(alone, [run(9)])[0].verdict == "reversed"


def test_unfinished_until_all_seeds_are_there():
    (found,) = judge(claim(measure("at_most"), seeds=3), [run(1), run(1, seed=1)])
    assert (found.verdict, found.values, found.interval) == ("unfinished", [1, 1], (1, 1))


@pytest.mark.parametrize("status", ["diverged", "failed"])
@pytest.mark.parametrize(("compare", "settings"), [("at_most", {}), ("one_run", {"better": "lower"})])
def test_a_seed_that_is_not_done_leaves_it_undecided(compare, settings, status):
    runs = [run(1), run(1, seed=1), run(1, seed=2, status=status)]
    (found,) = judge(claim(measure(compare, **settings)), runs)
    assert (found.values, found.not_done, found.verdict) == ([1, 1], 1, "undecided")


def test_a_seed_that_is_not_done_does_not_reach_an_exact_number():
    (found,) = judge(claim(measure("equals")), [run(10), run(10, seed=1, status="diverged")])
    assert found.share == (1, 2)


def test_statistics():
    (found,) = judge(claim(measure("at_most")), [run(8), run(11, seed=1)])
    assert (found.mean, found.min, found.max, found.share) == (9.5, 8, 11, None)
    assert found.sd == pytest.approx(4.5**0.5)  # sample standard deviation
    assert judge(claim(measure("at_most")), [])[0].mean is None


def test_checkpoint():
    (best,) = judge(claim(measure("equals", checkpoint="best")), [run(11), run(11, seed=1)])
    assert best.share == (2, 2)


def test_arms_are_judged_apart():
    both = claim(measure("at_least"), measure("at_most", arm="b"), arms={"a": [], "b": ["x=1"]})
    judged = judge(both, [run(10, arm="a"), run(10, arm="a", seed=1), run(9, arm="b"), run(9, arm="b", seed=1)])
    assert [(j.arm, j.verdict) for j in judged] == [("a", "holds"), ("b", "reversed"), ("b", "holds")]


def curves(low, high):
    both = claim(curves=Curves("val/errors", lower="low", upper="high"), arms={"low": [], "high": []})
    pairs = [(arm, seed, c) for arm, all_seeds in (("low", low), ("high", high)) for seed, c in enumerate(all_seeds)]
    (judged,) = judge(both, [run(0, arm=arm, seed=seed, curve=c) for arm, seed, c in pairs])
    return judged


def test_curves_count_epochs_that_are_not_below():
    good = curves([[5, 4, 3]] * 5, [[6, 5, 4]] * 5)
    assert (good.values, good.share, good.verdict) == ([0] * 5, (5, 5), "holds")
    bad = curves([[5, 4, 3]] * 2, [[6, 5, 4], [5, 3, 9]])  # equal once, above once
    assert (bad.values, bad.share, bad.verdict) == ([0, 2], (1, 2), "undecided")


def test_curves_of_a_seed_without_the_other_arm():
    assert curves([[5, 4], [5, 4]], [[6, 5]]).share == (1, 2)


def test_curves_of_different_length():
    with pytest.raises(UserError, match=r"arms 'low' and 'high' have 2 and 3 epochs; .* trainer\.max_epochs"):
        curves([[5, 4]], [[6, 5, 4]])


@pytest.mark.parametrize("compare", ["at_most", "one_run"])
def test_infinite_number_leaves_it_undecided(compare):
    settings = {"better": "lower"} if compare == "one_run" else {}
    (judged,) = judge(claim(measure(compare, **settings)), [run(9), run(8, seed=1), run(math.inf, seed=2)])
    assert (judged.verdict, judged.values, judged.not_done) == ("undecided", [9, 8], 1)


def compared(low, high, **settings):
    above = Comparison("test/errors", lower="low", upper="high", **settings)
    both = claim(comparisons=[above], arms={"low": [], "high": []})
    runs = [run(v, arm=arm, seed=i) for arm, values in (("low", low), ("high", high)) for i, v in enumerate(values)]
    (judged,) = judge(both, runs)
    return judged


def test_order_is_judged_by_paired_differences():
    # the arms vary far more than their differences
    good = compared([1, 50, 200], [2.1, 51, 201.2])
    assert good.values == pytest.approx([1.1, 1, 1.2])
    assert (good.metric, good.published, good.verdict) == ("test/errors, high minus low", "> 0", "holds")
    assert compared([2.1, 51, 201.2], [1, 50, 200]).verdict == "reversed"
    assert compared([1, 50, 200], [2, 55, 199]).verdict == "undecided"
    assert compared([1, 5], [1, 5]).verdict == "undecided"  # no difference at all


def test_order_of_a_seed_without_the_other_arm():
    judged = compared([1, 1, 1], [2, 2.1])
    assert (judged.values, judged.verdict) == (pytest.approx([1, 1.1]), "undecided")


def test_order_at_the_best_checkpoint():
    assert compared([1, 1], [2, 2], checkpoint="best").values == [1, 1]
    above = Comparison("test/loss", lower="a", upper="b", checkpoint="best")
    both = claim(comparisons=[above], arms={"a": [], "b": []})
    with pytest.raises(UserError, match="unknown best metric of a claim 'test/loss'"):
        judge(both, [run(0, arm="a")])


def test_documented_verdict():
    runs = [run(9), run(9, seed=1)]
    assert not as_documented(judge(claim(measure("at_least")), runs))
    assert as_documented(judge(claim(measure("at_least", outcome="reversed")), runs))
    assert as_documented(judge(claim(measure("at_most")), runs))
    assert as_documented(judge(claim(measure("one_run", better="lower", outcome="better")), [run(9), run(9, seed=1)]))


def test_interval_as_text():
    (number,) = judge(claim(measure("at_most")), [run(8), run(11, seed=1)])
    assert interval_text(number) == "-9.56 to 28.6"
    (share,) = judge(claim(measure("equals")), [run(10, seed=seed) for seed in range(5)])
    assert interval_text(share) == "57% to 100%"
    (fixed,) = judge(claim(measure("equals"), seeds=1, random=False), [run(10)])
    assert interval_text(fixed) == ""
