"""Overrides of a run that is resumed or trained again, and what its checkpoint allows."""

import warnings
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from nnzoo.builders.objects import weights_digest
from nnzoo.config.from_python import WEIGHTS
from nnzoo.errors import DataWarning, UserError
from nnzoo.runs.checkpoint import DataRecord
from nnzoo.runs.directory import RunDirectory
from nnzoo.training.changed_data import HINT
from nnzoo.training.existing_runs import (
    changed_config,
    check_data,
    check_epochs,
    keys_of,
    last_of_each_key,
    split_locations,
    with_packages,
    with_weights,
)
from torch import nn

from tests.support.members import member


def test_keys_of_overrides() -> None:
    lines = ["seed=1", "+metrics.f1=a=b", "++data.val=0.2", "~callbacks.best", "seed=2", "model.hidden=[3]"]
    assert keys_of(lines) == {"seed", "metrics.f1", "data.val", "callbacks.best", "model.hidden"}
    assert last_of_each_key([*lines, "data.val=0.1"]) == [
        "seed=2",
        "+metrics.f1=a=b",
        "data.val=0.1",
        "~callbacks.best",
        "model.hidden=[3]",
    ]


def test_locations_of_the_data() -> None:
    lines = ["seed=1", "data.path=a.csv", "data.val=0.1", "data.root=there"]
    assert split_locations(lines) == (["data.path=a.csv", "data.root=there"], ["seed=1", "data.val=0.1"])


@pytest.mark.parametrize(
    ("lines", "packages", "expected"),
    [
        (["seed=1"], [], ["seed=1"]),
        (["seed=1"], ["own"], ["seed=1", "allow=[own]"]),
        (["allow=[a]", "seed=1", "allow=[b,c]"], ["own"], ["seed=1", "allow=[b,c,own]"]),
    ],
)
def test_further_packages(lines: list[str], packages: list[str], expected: list[str]) -> None:
    found = with_packages(lines, packages)
    assert [line.replace(" ", "").replace("'", "").replace('"', "") for line in found] == expected


@pytest.mark.parametrize(
    ("epochs", "message"),
    [
        (None, "trainer.max_epochs is null; give the number of a resumed run, which has done 3 epochs"),
        (2, "trainer.max_epochs is 2; the run has done 3 epochs"),
        (0, "trainer.max_epochs is 0; the run has done 3 epochs"),
        (3, None),
        (-1, None),
    ],
)
def test_epochs_of_a_resumed_run(epochs: int | None, message: str | None) -> None:
    if message is None:
        check_epochs(epochs, 3)
        return
    with pytest.raises(UserError) as error:
        check_epochs(epochs, 3)
    assert str(error.value) == message


def test_a_network_with_other_weights() -> None:
    net, other = nn.Linear(2, 1), nn.Linear(2, 1)
    node = {"_target_": "from_python.Own", WEIGHTS: weights_digest(net)}
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert with_weights(node, net) == node
        assert with_weights({"_target_": "a.B"}, net) == {"_target_": "a.B"}
    with pytest.warns(DataWarning, match="^the network does not have the weights with which the run began"):
        assert with_weights(node, other) == {**node, WEIGHTS: weights_digest(other)}
    with pytest.warns(DataWarning):
        assert with_weights(node, nn.Linear) == {"_target_": "from_python.Own"}


def test_data_is_checked_before_a_run_is_taken_over(tmp_path: Path) -> None:
    plan = member(tmp_path, 0).plan
    last: Any = SimpleNamespace(transforms={}, trained_on=DataRecord("another", {}))
    with pytest.raises(UserError, match=f"; {HINT}$"):
        check_data(plan.config, None, last, allowed=False)
    check_data(plan.config, None, last, allowed=True)


@pytest.mark.parametrize(
    ("lines", "epochs"), [(["trainer.max_steps=9"], -1), (["trainer.max_steps=9", "trainer.max_epochs=4"], 4)]
)
def test_settings_that_change(tmp_path: Path, lines: list[str], epochs: int) -> None:
    """A number of steps alone limits a run by nothing else."""
    directory = RunDirectory.create(tmp_path, "one")
    directory.write_setup(member(tmp_path, 0).plan.config, ["data=iris", "seed=0"])
    config, found = changed_config(directory, [*lines, "seed=5"])
    assert found == ["data=iris", "seed=5", *lines]
    assert (config["seed"], config["trainer"]["max_steps"], config["trainer"]["max_epochs"]) == (5, 9, epochs)
