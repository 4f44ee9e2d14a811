"""Checks of a composed config, one by one; `test_compose` has those of whole commands."""

from typing import Any

import pytest
from nnzoo.config.checks import missing_keys, missing_targets, set_by_option, signature_errors, unknown_key
from nnzoo.config.groups import DICT_GROUPS

MLP = "nnzoo.models.mlp.MLP"


def test_values_that_must_be_given() -> None:
    node = {"a": "???", "b": {"c": ["x", {"d": "???"}, "???"]}, "e": None, "f": "??"}
    assert list(missing_keys(node)) == ["a", "b.c[1].d", "b.c[2]"]
    assert list(missing_keys({"a": 1})) == []


GROUPS = ("data", "model", "head", "task", "loss", "rule", "optimizer", "scheduler")
EMPTY: dict[str, Any] = dict.fromkeys(GROUPS) | {group: {} for group in DICT_GROUPS}


@pytest.mark.parametrize("group", GROUPS)
def test_settings_of_an_object_that_was_not_chosen(group: str) -> None:
    assert list(missing_targets(EMPTY)) == []
    assert list(missing_targets(EMPTY | {group: {"_target_": "x.Y", "size": 1}})) == []
    expected = [f"{group} has no _target_, the name of its class; choose {group}=..."]
    assert list(missing_targets(EMPTY | {group: {"size": 1}})) == expected
    assert list(missing_targets(EMPTY | {group: "name"})) == expected


@pytest.mark.parametrize("group", sorted(DICT_GROUPS))
def test_named_objects_without_a_class(group: str) -> None:
    given = {"one": {"size": 1}, "two": None, "three": {"_target_": "x.Y"}}
    expected = [f"{group}.one has no _target_, the name of its class"]
    assert list(missing_targets(EMPTY | {group: given})) == expected


def wrong(path: str, **settings: Any) -> list[str]:
    return list(signature_errors(path, settings, (), {"model": "mlp"}))


def test_a_constructor_and_its_settings() -> None:
    assert wrong("model", _target_=MLP, hidden=[3], activation="relu") == []
    assert wrong("model", _target_=MLP, hidden=2.5, bias=1) == [
        "model.hidden is 2.5; it takes a list of int",
        "model.bias is 1; it takes bool",
    ]
    assert wrong("model", _target_=MLP, hiden=[3]) == ["unknown key 'model.hiden'; did you mean 'model.hidden'?"]
    (filled,) = wrong("model", _target_=MLP, zzz=3)
    assert "in_features" not in filled  # it comes from the data


def test_a_class_that_is_not_allowed_has_no_further_error() -> None:
    (found,) = wrong("model", _target_="os.system", command="ls", other=1)
    assert found.startswith("model._target_ 'os.system'")


def test_required_settings() -> None:
    erasure = "nnzoo.layers.erasure.Erasure"
    assert wrong("model.layer", _target_=erasure, size=2) == ["model.layer.share is not given"]
    assert wrong("model.layer", _target_=erasure, size=2, _partial_=True) == []  # given when it is built
    members = "nnzoo.layers.linear.members.MemberLinear"
    assert wrong("model.layer", _target_=members, members=2) == []  # the sizes come from the data


def test_classes_of_other_packages_have_further_settings() -> None:
    adam: dict[str, Any] = {"_target_": "torch.optim.Adam", "_partial_": True, "lr": 0.1}
    assert wrong("optimizer", **adam) == []
    assert wrong("optimizer", **adam, fused=True) == []  # not among the usual ones
    (found,) = wrong("optimizer", **(adam | {"lr": "high"}))
    assert found.startswith("optimizer.lr is 'high'; it takes ")


def test_settings_of_nnzoo_beside_those_of_a_schedule() -> None:
    step = {"_target_": "torch.optim.lr_scheduler.StepLR", "_partial_": True, "step_size": 3}
    assert wrong("scheduler", **step, interval="step", monitor="val/loss") == []


@pytest.mark.parametrize(
    ("path", "name", "names", "message"),
    [
        ("", "sed", ["seed", "data"], "unknown key 'sed'; did you mean 'seed'?"),
        ("model", "hiden", ["hidden", "bias"], "unknown key 'model.hiden'; did you mean 'model.hidden'?"),
        ("model", "zzz", ["hidden", "bias"], "unknown key 'model.zzz'; there are: bias, hidden"),
        ("loss", "zzz", [], "unknown key 'loss.zzz'; 'loss' has no keys"),
        (
            "callbacks",
            "early_stopping",
            [],
            "unknown key 'callbacks.early_stopping'; choose callbacks=early_stopping first",
        ),
        (
            "data",
            "path",
            ["val"],
            "unknown key 'data.path'; data=array data.path=FILE reads your own table or array, data=series a series",
        ),
    ],
)
def test_unknown_keys(path: str, name: str, names: list[str], message: str) -> None:
    assert str(unknown_key(path, name, names)) == message


def test_keys_that_an_option_of_another_group_sets() -> None:
    chosen = {"data": "sentence_polarity", "model": "pv_dm"}  # pv_dm also chooses data=corpus
    assert set_by_option("data", "documents", chosen) == (
        "model=pv_dm sets data.documents, which data=sentence_polarity does not have; use data=corpus"
    )
    assert set_by_option("optimizer", "weight_decay", {"model": "linear_svm"}) == (
        "model=linear_svm sets optimizer.weight_decay, which optimizer does not have; "
        "'~optimizer.weight_decay' removes it"
    )
    assert set_by_option("model", "dimension", chosen) is None  # its own setting
    assert set_by_option("data", "other", chosen) is None
    assert set_by_option("data", "documents", {"model": "mynet.MyNet"}) is None  # a class, not an option
