"""Configs and overrides of earlier versions."""

import warnings

import pytest
from nnzoo.config import moved
from nnzoo.config.compose import compose
from nnzoo.config.moved import without
from nnzoo.errors import DataWarning, UserError
from nnzoo.training.saved import plain


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (["task=tagging", "data=conll2000"], ["head=tagging", "~task", "data=conll2000"]),
        (["model=esn", "task=regression", "data=sines"], ["model=esn", "head=regression", "~task", "data=sines"]),
        (
            ["model=mlp", "task=activation_penalty", "task.penalty=0.2", "task.norm=l2", "task.layers=layers.1"],
            [
                "model=mlp",
                "penalties=activation",
                "penalties.activation.weight=0.2",
                "penalties.activation.norm=l2",
                "penalties.activation.layers=layers.1",
            ],
        ),
    ],
)
def test_overrides_of_earlier_versions(old, new):
    with pytest.warns(DataWarning, match="^task=.* is now (head|penalties)="):
        found = plain(compose(old))
    expected = plain(compose(new))
    assert without(found, "choices") == without(expected, "choices")


def test_overrides_of_earlier_versions_cannot_be_swept():
    with pytest.raises(UserError, match="task=classification is now head=classification ~task; sweep over head= and"):
        moved.current_overrides(["task=classification,ridge"])
    with pytest.warns(DataWarning, match="^task=tagging is now"):
        assert moved.current_overrides(["++task=tagging"]) == ["head=tagging", "~task"]


@pytest.mark.parametrize(
    ("overrides", "now", "notes"),
    [
        (["task=labelling"], ["head=multilabel", "~task"], ["task=labelling is now head=multilabel ~task"]),
        (
            ["+task=activation_penalty", "task.penalty=0.2", "task.steps=3"],
            ["penalties=activation", "penalties.activation.weight=0.2", "task.steps=3"],
            ["task=activation_penalty is now penalties=activation"],
        ),
        (["task=ridge", "task.penalty=0.2"], ["task=ridge", "task.penalty=0.2"], []),
        (["task=ridge,newton", "optimizer.lr=1,2"], ["task=ridge,newton", "optimizer.lr=1,2"], []),
        (
            ["task=tagging", "task.penalty=0.2", "++data.batch_size=8"],
            ["head=tagging", "~task", "task.penalty=0.2", "loader.batch_size=8"],
            ["data.batch_size is now loader.batch_size", "task=tagging is now head=tagging ~task"],
        ),
    ],
    ids=lambda value: value[0] if value else "",
)
def test_lines_of_earlier_versions(overrides, now, notes):
    with warnings.catch_warnings(record=True) as found:
        warnings.simplefilter("always")
        assert moved.current_overrides(overrides) == now
    assert [(str(each.message), each.category) for each in found] == [(note, DataWarning) for note in notes]


def test_activation_penalties_were_tasks():
    penalty = {"_target_": "nnzoo.tasks.activation_penalty.ActivationPenalty", "penalty": 0.1, "norm": "l1"}
    assert moved.current_config({"task": penalty, "seed": 0}) == {
        "task": None,
        "seed": 0,
        "penalties": {
            "activation": {
                "_target_": "nnzoo.tasks.penalties.activation.ActivationPenalty",
                "weight": 0.1,
                "norm": "l1",
            }
        },
    }


@pytest.mark.parametrize("task", [{"_target_": "mine.tasks.Ridge", "penalty": 0.1}, None])
def test_other_tasks_stay(task):
    assert moved.current_config({"task": task}) == {"task": task}
    assert moved.original_config({"head": None, "task": task}) == {"task": task}


@pytest.mark.parametrize(
    ("config", "was"),
    [
        ({"head": None, "task": None, "penalties": {}}, {"task": None}),
        (
            {"head": {"_target_": "nnzoo.tasks.heads.tagging.Tagging"}, "task": None, "penalties": {}},
            {"task": {"_target_": "nnzoo.tasks.tagging.Tagging"}},
        ),
    ],
)
def test_original_config_has_head_as_task(config, was):
    """Stored results do not become stale because a setting has been renamed."""
    assert moved.original_config({**config, "transforms": {}}) == was
    assert moved.current_config({"head": None, "penalties": {}, **was}) == config


def test_original_config_omits_default_values_of_later_settings():
    first = {"_target_": "nnzoo.models.recurrent.esn.ESN", "hidden": 50}
    assert moved.original_config({"model": {**first, "layers": 1, "start": "zero"}, "seed": 0}) == {
        "model": first,
        "seed": 0,
    }
    deep = {**first, "layers": 2}
    assert moved.original_config({"model": deep}) == {"model": deep}


def test_moved_modules_are_mapped_in_both_directions(monkeypatch):
    monkeypatch.setattr(moved, "MOVED", {"nnzoo.a": "nnzoo.b.c"})
    config = {"model": {"_target_": "nnzoo.a.Old", "parts": [{"_target_": "nnzoo.c.Other"}]}, "seed": 0}
    now = moved.current_config(config)
    assert now == {"model": {"_target_": "nnzoo.b.c.Old", "parts": [{"_target_": "nnzoo.c.Other"}]}, "seed": 0}
    assert moved.original_config(now) == config


def test_loader_settings_of_earlier_configs():
    digits = {"_target_": "nnzoo.data.digits.Digits", "batch_size": 8}
    first = {"data": digits, "trainer": {"max_epochs": 3, "buckets": True}}
    now = moved.current_config(first)
    assert now == {
        "data": {"_target_": "nnzoo.data.images.digits.Digits"},
        "trainer": {"max_epochs": 3},
        "loader": {"batch_size": 8, "buckets": True},
    }
    assert moved.original_config(now) == first
    own = {"data": {"_target_": "mine.Data", "batch_size": 8}}
    assert moved.current_config(own) == own
    both = {"data": digits, "loader": {"batch_size": 4, "buckets": False}}
    assert moved.current_config(both)["loader"] == {"batch_size": 4, "buckets": False}
    unset = {**first, "loader": {"batch_size": None, "workers": 0}}
    assert moved.current_config(unset)["loader"] == {"batch_size": 8, "workers": 0, "buckets": True}


def test_loader_settings_of_earlier_overrides():
    with pytest.warns(DataWarning) as notes:
        lines = moved.current_overrides(["data=iris", "data.batch_size=1,2", "+trainer.buckets=true"])
    assert lines == ["data=iris", "loader.batch_size=1,2", "loader.buckets=true"]
    assert [str(each.message) for each in notes] == [
        "data.batch_size is now loader.batch_size",
        "trainer.buckets is now loader.buckets",
    ]


def test_order_of_transforms_is_part_of_the_original():
    one, other = {"shift": {"pixels": 1}, "whiten": {}}, {"whiten": {}, "shift": {"pixels": 1}}
    assert one == other
    assert moved.original_config({"transforms": one}) != moved.original_config({"transforms": other})
    assert moved.original_config({"transforms": {}}) == {}
