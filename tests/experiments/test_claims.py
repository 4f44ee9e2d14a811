import numpy as np
import pytest
from nnzoo.errors import UserError
from nnzoo.experiments import claims
from nnzoo.experiments.claims import (
    Claim,
    Comparison,
    Curves,
    Measure,
    Run,
    fingerprint,
    judge,
    read_claim,
    read_run,
    worst,
)

CLAIM = {
    "title": "t",
    "source": "s",
    "cost": "seconds",
    "deviations": [],
    "measures": [{"metric": "test/errors", "published": 3, "compare": "equals"}],
}


def measure(compare, **settings):
    return Measure(metric="test/errors", published=10, compare=compare, **settings)


def run(errors, *, seed=0, arm="", status="done", curve=()):
    metrics = {"test/last": {"loss": 0.5, "errors": errors}, "test/best": {"errors": errors - 1}}
    return Run(arm, seed, status, 1.0, metrics if status == "done" else {}, list(curve))


def claim(*measures, **settings):
    return Claim(title="t", source="s", cost="seconds", deviations=[], measures=measures, **settings)


@pytest.mark.parametrize(
    ("compare", "tolerance", "value", "verdict"),
    [
        ("equals", 0, 10, "reproduced"),
        ("equals", 0, 9, "missed"),
        ("equals", 0, 10.001, "missed"),
        ("within", 2, 8, "reproduced"),
        ("within", 2, 12, "reproduced"),
        ("within", 2, 7.999, "missed"),
        ("within", 2, 12.001, "missed"),
        ("at_most", 0, 10, "reproduced"),
        ("at_most", 0, 9.999, "better"),
        ("at_most", 0, 10.001, "missed"),
        ("at_most", 2, 8, "reproduced"),
        ("at_most", 2, 7.999, "better"),
        ("at_most", 2, 10.001, "missed"),  # tolerance does not loosen a bound
        ("at_least", 0, 10, "reproduced"),
        ("at_least", 0, 10.001, "better"),
        ("at_least", 2, 12, "reproduced"),
        ("at_least", 2, 9.999, "missed"),
        ("equals", 0, float("nan"), "missed"),
        ("within", 2, float("nan"), "missed"),
        ("at_most", 0, float("nan"), "missed"),
        ("at_least", 0, float("nan"), "missed"),
    ],
)
def test_verdict_at_the_boundaries(compare, tolerance, value, verdict):
    assert measure(compare, tolerance=tolerance).verdict(value) == verdict


def test_worst():
    assert worst(["better", "reproduced"]) == "reproduced"
    assert worst(["reproduced", "missed", "better"]) == "missed"
    assert worst(["better"]) == "better"


def test_every_seed_or_the_mean():
    runs = [run(8, seed=0), run(11, seed=1)]
    (each,) = judge(claim(measure("at_most")), runs)
    (mean,) = judge(claim(measure("at_most", over="mean")), runs)
    assert each.verdict == "missed"
    assert mean.verdict == "better"
    assert mean.published == "≤ 10 in the mean"
    assert (each.values, each.mean, each.min, each.max) == ([8, 11], 9.5, 8, 11)
    assert each.sd == pytest.approx(4.5**0.5)  # sample standard deviation


def test_one_seed_has_no_spread():
    (one,) = judge(claim(measure("at_most")), [run(10)])
    assert (one.mean, one.sd, one.verdict) == (10, None, "reproduced")


def test_checkpoint():
    (best,) = judge(claim(measure("equals", checkpoint="best")), [run(11)])
    assert best.values == [10]
    assert best.verdict == "reproduced"


@pytest.mark.parametrize("over", ["every_seed", "mean"])
@pytest.mark.parametrize("status", ["diverged", "failed"])
def test_seed_that_is_not_done_is_missed(over, status):
    (judged,) = judge(claim(measure("at_most", over=over)), [run(1), run(1, seed=1, status=status)])
    assert judged.values == [1]
    assert judged.verdict == "missed"


def test_no_runs():
    (judged,) = judge(claim(measure("at_most", over="mean")), [])
    assert (judged.values, judged.mean, judged.verdict) == ([], None, "missed")


def test_arms_are_judged_apart():
    both = claim(measure("equals"), measure("at_most", arm="b"), arms={"a": [], "b": ["x=1"]})
    judged = judge(both, [run(10, arm="a"), run(9, arm="b")])
    assert [(j.arm, j.verdict) for j in judged] == [("a", "reproduced"), ("b", "missed"), ("b", "better")]


def curves(low, high):
    both = claim(curves=Curves("val/errors", lower="low", upper="high"), arms={"low": [], "high": []})
    pairs = [(arm, seed, c) for arm, all_seeds in (("low", low), ("high", high)) for seed, c in enumerate(all_seeds)]
    (judged,) = judge(both, [run(0, arm=arm, seed=seed, curve=c) for arm, seed, c in pairs])
    return judged


def test_curves_count_epochs_that_are_not_below():
    good = curves([[5, 4, 3], [5, 4, 3]], [[6, 5, 4], [9, 9, 9]])
    assert (good.values, good.verdict) == ([0, 0], "reproduced")
    bad = curves([[5, 4, 3], [5, 4, 3]], [[6, 5, 4], [5, 3, 9]])  # equal once, above once
    assert (bad.values, bad.verdict) == ([0, 2], "missed")


def test_curves_of_a_seed_without_the_other_arm():
    judged = curves([[5, 4], [5, 4]], [[6, 5]])
    assert (judged.values, judged.verdict) == ([0], "missed")


def compared(low, high, **settings):
    above = Comparison("test/errors", lower="low", upper="high", **settings)
    both = claim(comparisons=[above], arms={"low": [], "high": []})
    runs = [run(v, arm=arm, seed=i) for arm, values in (("low", low), ("high", high)) for i, v in enumerate(values)]
    (judged,) = judge(both, runs)
    return judged


def test_comparison_of_every_seed_and_of_the_mean():
    good = compared([1, 5], [2, 9])
    assert (good.values, good.mean, good.verdict) == ([1, 4], 2.5, "reproduced")
    assert (good.metric, good.published) == ("test/errors, high minus low", "> 0")
    assert compared([1, 5], [2, 5]).verdict == "missed"  # equal is not above
    assert compared([1, 5], [2, 5], over="mean").verdict == "reproduced"
    assert compared([1, 5], [2, 5], over="mean").published == "> 0 in the mean"
    assert compared([1, 5], [2, float("nan")]).verdict == "missed"


def test_comparison_at_the_best_checkpoint():
    assert compared([1], [2], checkpoint="best").values == [1]
    above = Comparison("test/loss", lower="a", upper="b", checkpoint="best")
    both = claim(comparisons=[above], arms={"a": [], "b": []})
    with pytest.raises(UserError, match="unknown best metric of a claim 'test/loss'"):
        judge(both, [run(0, arm="a")])


def test_comparison_of_a_seed_without_the_other_arm():
    judged = compared([1, 1], [2])
    assert (judged.values, judged.verdict) == ([1], "missed")
    assert compared([1], [2, 3]).verdict == "missed"


def test_unknown_metric_of_a_run():
    wrong = Measure(metric="test/error", published=0, compare="equals")
    with pytest.raises(UserError, match="'test/error'; did you mean 'test/errors'"):
        wrong.value(run(0))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"title": None}, "claim.title is None; it takes str"),
        ({"cost": "cheap"}, "claim.cost is 'cheap'; it takes seconds | minutes | hours"),
        ({"seeds": 0}, "claim.seeds is 0; it must be at least 1"),
        ({"sources": "s"}, "unknown key of experiment e: claim 'sources'; did you mean 'source'?"),
        ({"measures": []}, "neither measures nor comparisons nor curves"),
        ({"measures": [3]}, "claim.measures[0] is 3; it must be a mapping"),
        ({"measures": [{"metric": "test/errors"}]}, "claim.measures[0].published is not given"),
        ({"curves": {"metric": "val/errors", "lower": "a", "upper": "b"}}, "unknown arm in experiment e: claim 'a'"),
        ({"comparisons": [{"metric": "test/errors", "lower": ""}]}, "claim.comparisons[0].upper is not given"),
        (
            {"comparisons": [{"metric": "test/errors", "lower": "", "upper": "b"}]},
            "unknown arm in experiment e: claim 'b'",
        ),
        ({"comparisons": [{"metric": "val/errors", "lower": "", "upper": ""}]}, "'val/errors' has no split"),
    ],
)
def test_invalid_claims(change, message, monkeypatch):
    monkeypatch.setattr(claims, "composed", lambda _: {"claim": CLAIM | change, "evaluate": ["test"]})
    with pytest.raises(UserError) as error:
        read_claim("e")
    assert message in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"compare": "equal"}, "claim.measures[0].compare is 'equal'; it takes equals | at_most"),
        ({"metric": "train/errors"}, "metric 'train/errors' has no split in evaluate=['test']"),
        ({"metric": "errors"}, "metric 'errors' has no split"),
        ({"compare": "within"}, "tolerance of test/errors is 0.0; 'within' takes one above 0"),
        ({"tolerance": 1}, "tolerance of test/errors is 1; 'equals' takes none"),
        ({"compare": "at_most", "tolerance": -1}, "'at_most' takes one of at least 0"),
        ({"arm": "a"}, "unknown arm in experiment e: claim 'a'"),
    ],
)
def test_invalid_measures(change, message, monkeypatch):
    plain = CLAIM | {"measures": [CLAIM["measures"][0] | change]}
    monkeypatch.setattr(claims, "composed", lambda _: {"claim": plain, "evaluate": ["test"]})
    with pytest.raises(UserError) as error:
        read_claim("e")
    assert message in str(error.value)


def test_missing_claim(monkeypatch):
    monkeypatch.setattr(claims, "composed", lambda _: {"claim": None, "evaluate": ["test"]})
    with pytest.raises(UserError, match="experiment e: claim is None"):
        read_claim("e")


def test_fingerprint_depends_on_settings_that_affect_metrics():
    name = "mmds/consecutive_ones_mlp"
    same = fingerprint(name, claim())

    def changed(*overrides):
        return fingerprint(name, claim(arms={"": overrides}))

    assert changed("name=x", "output_dir=y", "callbacks=none", "logger=none", "seed=7") == same
    for override in (
        "optimizer.lr=0.06",
        "trainer.max_epochs=3",
        "data.n=5",
        "init=xavier",
        "callbacks=early_stopping",
    ):
        assert changed(override) != same, override


def test_new_settings_that_are_off_keep_the_fingerprint(monkeypatch):
    config = {"model": {"hidden": 3}, "loss": {"delta": 1}, "callbacks": {}}
    monkeypatch.setattr(claims, "composed", lambda _: config)
    before = fingerprint("e", claim())
    config |= {"vectors": None, "model": {"hidden": 3, "tied": False}}
    assert fingerprint("e", claim()) == before
    config |= {"model": {"hidden": 3, "layers": 0}}
    assert fingerprint("e", claim()) != before


def test_null_in_a_result_file_is_nan():
    plain = {"arm": "", "seed": 0, "status": "done", "seconds": 1.0}
    found = read_run(plain | {"metrics": {"test/last": {"errors": None}}, "curve": [1.0, None]})
    assert judge(claim(measure("at_most")), [found])[0].verdict == "missed"
    assert read_run(plain | {"metrics": {}}).curve == []
    assert np.isnan(found.curve).tolist() == [False, True]
