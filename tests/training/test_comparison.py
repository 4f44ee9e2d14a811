"""The metric by which the runs of a sweep are compared, and the splits that it needs."""

from types import SimpleNamespace
from typing import Any

import pytest
from nnzoo.errors import UserError
from nnzoo.training.comparison import Comparison, metric_modes, set_evaluation

MODES = {"loss": "min", "acc": "max", "gap": None}


def plan(*splits: str, validated: bool, evaluate: tuple[str, ...] = ()) -> Any:
    task = SimpleNamespace(
        primary=("val/acc", "max"),
        metric_names=lambda split: [f"{split}/{name}" for name in MODES],
        mode=lambda name: MODES[name.partition("/")[2]],
    )
    config = {"evaluate": list(evaluate)}
    validation = "batches" if validated else None
    data = SimpleNamespace(splits=dict.fromkeys(splits))
    return SimpleNamespace(task=task, data=data, config=config, validation=lambda: validation)


def test_the_main_metric_is_the_first() -> None:
    assert list(metric_modes(plan("train", "val", validated=True)).items()) == [
        ("val/acc", "max"),
        ("val/loss", "min"),
        ("val/gap", None),
    ]


def test_without_validation_those_of_the_training_split() -> None:
    assert list(metric_modes(plan("train", validated=False))) == ["train/acc", "train/loss", "train/gap"]


def test_the_split_of_the_metric_is_evaluated() -> None:
    found = plan("train", "val", "test", validated=True, evaluate=("test",))
    set_evaluation(found, Comparison("val/loss"), all_splits=False)
    assert found.config["evaluate"] == ["test", "val"]
    set_evaluation(found, Comparison("val/loss"), all_splits=False)
    assert found.config["evaluate"] == ["test", "val"]
    set_evaluation(found, Comparison("val/loss"), all_splits=True)
    assert found.config["evaluate"] == ["train", "val", "test"]
    some = plan("train", "test", validated=False)
    set_evaluation(some, Comparison("train/loss"), all_splits=True)
    assert some.config["evaluate"] == ["train", "test"]


def test_another_metric() -> None:
    with pytest.raises(UserError, match=r"^unknown metric sweep\.metric 'val/los'; did you mean 'val/loss'"):
        set_evaluation(plan("train", "val", validated=True), Comparison("val/los"), all_splits=False)
