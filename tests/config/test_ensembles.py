"""What a config alone says against an ensemble."""

from typing import Any

import pytest
from nnzoo.config.ensembles import ENSEMBLE_TASK, ensemble_errors

PLAIN: dict[str, Any] = {"members": 2, "rule": None, "task": None, "weights": None, "vectors": None, "choices": {}}


def errors(**settings: Any) -> list[str]:
    return list(ensemble_errors(PLAIN | settings))


def test_none() -> None:
    assert errors() == []
    assert errors(members=5, task={"_target_": ENSEMBLE_TASK}) == []
    assert errors(members=None, rule={"_target_": "x.Y"}, weights="run", vectors="file") == []


@pytest.mark.parametrize("members", [1, 0, -2])
def test_number(members: int) -> None:
    assert errors(members=members) == [
        f"members is {members}; an ensemble has at least 2, and null is a single network"
    ]


def test_each_setting_has_its_line() -> None:
    rule, task = {"_target_": "nnzoo.rules.perceptron.Perceptron"}, {"_target_": "nnzoo.tasks.learners.tree.Tree"}
    choices = {"rule": "perceptron", "task": "tree"}
    assert errors(members=3, rule=rule, task=task, weights="run", vectors="file", choices=choices) == [
        "members=3: an ensemble takes gradient steps, not those of rule 'perceptron'",
        "members=3: an ensemble takes gradient steps with task=ensemble, not those of task 'tree'",
        "members=3: members differ in their initial weights; leave weights out",
        "members=3: members differ in their initial weights; leave vectors out",
    ]
