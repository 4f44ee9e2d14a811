import numpy as np
import pytest
from nnzoo.errors import UserError
from nnzoo.experiments import claims
from nnzoo.experiments import fingerprint as fingerprints
from nnzoo.experiments.claims import Measure, Run, read_claim, read_run
from nnzoo.experiments.fingerprint import fingerprint

CLAIM = {
    "title": "t",
    "source": "s",
    "cost": "seconds",
    "deviations": [],
    "measures": [{"metric": "test/errors", "published": 3, "compare": "equals"}],
}


def test_unknown_metric_of_a_run():
    wrong = Measure(metric="test/error", published=0, compare="equals")
    with pytest.raises(UserError, match="'test/error'; did you mean 'test/errors'"):
        wrong.value(Run("", 0, "done", 1.0, {"test/last": {"errors": 0.0}}))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"title": None}, "claim.title is None; it takes str"),
        ({"cost": "cheap"}, "claim.cost is 'cheap'; it takes seconds | minutes | hours"),
        ({"seeds": 1}, "claim.seeds is 1; it must be at least 2; one is enough with random: false"),
        ({"seeds": 0, "random": False}, "claim.seeds is 0; it must be at least 1"),
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
        (
            {"comparisons": [{"metric": "test/errors", "lower": "", "upper": ""}]},
            "test/errors compares the arm '' with itself",
        ),
        ({"comparisons": [{"metric": "val/errors", "lower": "", "upper": ""}]}, "'val/errors' has no split"),
        (
            {"arms": {"a": [], "b": []}, "initial_weights": {"b": "c"}},
            "unknown arm in experiment e: claim.initial_weights 'c'",
        ),
        (
            {"arms": {"a": [], "b": []}, "initial_weights": {"a": "b"}},
            "arm 'a' begins with the weights of 'b', which must stand before it in arms",
        ),
        ({"arms": {"a": []}, "initial_weights": {"a": "a"}}, "which must stand before it in arms"),
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
        ({"compare": "at_most", "tolerance": 1}, "'at_most' takes none"),
        ({"compare": "one_run"}, "better of test/errors is None; 'one_run' takes lower | higher"),
        ({"compare": "at_most", "better": "lower"}, "better of test/errors is lower; 'at_most' takes none"),
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
    same = fingerprint(name, {"": ()})

    def changed(*overrides):
        return fingerprint(name, {"": overrides})

    assert changed("name=x", "output_dir=y", "callbacks=none", "logger=none", "seed=7") == same
    for override in (
        "optimizer.lr=0.06",
        "trainer.max_epochs=3",
        "data.n=5",
        "init=xavier",
        "callbacks=early_stopping",
    ):
        assert changed(override) != same, override


def test_fingerprint_depends_on_the_source_of_initial_weights():
    given = dict.fromkeys("abc", ())
    found = [fingerprint("mmds/consecutive_ones_mlp", given, of) for of in ({}, {"c": "a"}, {"c": "b"})]
    assert len(set(found)) == 3
    assert found[0] == fingerprint("mmds/consecutive_ones_mlp", given)
    by_order = given | {"c": ["weights_by=order"]}  # has no effect without weights
    assert fingerprint("mmds/consecutive_ones_mlp", by_order, {"c": "a"}) not in found


def test_new_settings_that_are_off_keep_the_fingerprint(monkeypatch):
    config = {"model": {"hidden": 3}, "loss": {"delta": 1}, "callbacks": {}}
    monkeypatch.setattr(fingerprints, "composed", lambda _: config)
    before = fingerprint("e", {"": ()})
    config |= {"vectors": None, "model": {"hidden": 3, "tied": False}}
    assert fingerprint("e", {"": ()}) == before
    config |= {"model": {"hidden": 3, "layers": 0}}
    assert fingerprint("e", {"": ()}) != before


def test_null_in_a_result_file_is_nan():
    plain = {"arm": "", "seed": 0, "status": "done", "seconds": 1.0}
    found = read_run(plain | {"metrics": {"test/last": {"errors": None}}, "curve": [1.0, None]})
    assert np.isnan(found.metrics["test/last"]["errors"])
    assert read_run(plain | {"metrics": {}}).curve == []
    assert np.isnan(found.curve).tolist() == [False, True]
