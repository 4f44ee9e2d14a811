"""The parts of a run: names, paths, weights of objects from Python, and limits."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from nnzoo.builders import size_limit as limits
from nnzoo.config.given import Given
from nnzoo.runs.directory import RunDirectory
from nnzoo.training import comparison as comparisons
from nnzoo.training import run as running
from nnzoo.training.comparison import Comparison
from nnzoo.training.distributed import devices, launch
from nnzoo.training.result import Result
from nnzoo.training.run import (
    absolute,
    default_parent,
    load_last_weights,
    make_plan,
    name_of,
    size_limit,
    with_absolute_paths,
)


def test_names_of_runs() -> None:
    config = {"name": None, "choices": {"model": "mlp", "data": "iris"}}
    assert name_of(config, ["model=mlp", "optimizer.lr=0.5"]) == "mlp-lr=0.5"
    assert name_of(config | {"name": "my run!"}, ["optimizer.lr=0.5"]) == "my_run"
    assert name_of(config | {"name": "..."}, []) == "mlp"  # nothing of it is left


def test_runs_are_in_the_folder_of_the_experiment_or_the_data() -> None:
    for choices, name in (
        ({"data": "iris"}, "iris"),
        ({"data": "iris", "experiment": None}, "iris"),
        ({"data": "iris", "experiment": "deep"}, "deep"),
    ):
        assert default_parent({"output_dir": "out", "choices": choices}) == Path("out") / name


def test_paths_of_a_run_are_absolute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("a.csv", "b.csv", "words.txt", "weights.ckpt", "labels.txt", "nodes.txt"):
        (tmp_path / name).touch()
    (tmp_path / "folder").mkdir()

    def full(name: str) -> str:
        return str(tmp_path / name)

    config: dict[str, Any] = {
        "data": {"path": "a.csv", "root": "folder", "labels": "labels.txt", "nodes": "nodes.txt", "other": "a.csv"},
        "evaluations": {"one": {"path": "b.csv"}, "none": None},
        "vectors": "words.txt",
        "weights": "weights.ckpt",
        "output_dir": "nosuch",
        "seed": 3,
    }
    assert with_absolute_paths(config) == {
        "data": {
            **{"path": full("a.csv"), "root": full("folder"), "labels": full("labels.txt"), "nodes": full("nodes.txt")},
            "other": "a.csv",
        },
        "evaluations": {"one": {"path": full("b.csv")}, "none": None},
        "vectors": full("words.txt"),
        "weights": full("weights.ckpt"),
        "output_dir": "nosuch",
        "seed": 3,
    }
    unset = config | {"vectors": None, "weights": None}
    assert [with_absolute_paths(unset)[key] for key in ("vectors", "weights")] == [None, None]
    assert with_absolute_paths(config | {"weights": "torchvision"})["weights"] == "torchvision"
    assert with_absolute_paths(config | {"vectors": "nosuch.txt"})["vectors"] == "nosuch.txt"
    assert absolute({"path": None, "root": 3, "target": ["a.csv"]}) == {"path": None, "root": 3, "target": ["a.csv"]}


def test_a_network_from_python_gets_the_weights_that_other_processes_have_trained(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    weights = {"model.weight": torch.full((1, 2), 3.0), "model.bias": torch.full((1,), 4.0)}
    monkeypatch.setattr(running, "Checkpoint", SimpleNamespace(read=lambda path: SimpleNamespace(weights=weights)))
    directory = RunDirectory.create(tmp_path, "run")
    network = torch.nn.Linear(2, 1)
    before = network.weight.clone()
    load_last_weights(Given({"model": network}), directory.path)
    assert torch.equal(network.weight, before)  # the run has no checkpoint
    directory.checkpoint("last").parent.mkdir(exist_ok=True)
    directory.checkpoint("last").touch()
    for other in (Given({}), Given({"model": torch.nn.Linear}), Given({"loss": network})):
        load_last_weights(other, directory.path)
        assert torch.equal(network.weight, before)
    load_last_weights(Given({"model": network}), directory.path)
    assert network.weight.tolist() == [[3.0, 3.0]]
    assert network.bias.tolist() == [4.0]


def test_the_size_of_a_network_is_limited_by_what_was_saved_or_by_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    state = {"net.weight": torch.zeros(3, 5)}
    monkeypatch.setattr(running, "Checkpoint", SimpleNamespace(read=lambda path: SimpleNamespace(task_state=state)))
    monkeypatch.setattr(limits, "available_memory", lambda: 16e9)
    monkeypatch.setattr(limits, "FREE", 7)
    config = {"choices": {"model": "mlp"}, "data": {"min_count": 1}}
    assert size_limit(config, RunDirectory(tmp_path)).left == 16 * 15 + 7
    free = size_limit(config, None)
    assert free.left == 2e9
    assert free.reason.startswith("the weights of model 'mlp' and their gradients take more than the 16 GB")
    assert free.reason.endswith("use data.min_count=50")


def test_a_run_of_a_sweep_evaluates_all_splits_unless_the_user_chose_some(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Any] = []
    monkeypatch.setattr(comparisons, "set_evaluation", lambda *a, **k: seen.append((a, k)))
    data: Any = "data"
    task: Any = "task"
    comparison, given, config = Comparison("val/acc"), Given({}), {"seed": 1}
    plan = make_plan(config, data, task, ["seed=1"], None, given)
    assert (plan.config, plan.data, plan.task, plan.given) == (config, data, task, given)
    assert seen == []
    for overrides, all_splits in ((["seed=1"], True), (["seed=1", "evaluate=[val]"], False)):
        plan = make_plan(config, data, task, overrides, comparison, given)
        assert seen.pop() == ((plan, comparison), {"all_splits": all_splits})


def test_a_run_on_several_devices_is_that_of_other_processes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    launched: list[Any] = []
    loaded: list[Any] = []
    result = Result(tmp_path, "done")
    monkeypatch.setattr(launch, "launch", lambda *arguments: launched.append(arguments) or result)
    monkeypatch.setattr(devices, "num_processes", lambda trainer: trainer.devices + 1)
    monkeypatch.setattr(running, "load_last_weights", lambda *arguments: loaded.append(arguments))
    given, directory, config = Given({}), RunDirectory(tmp_path), {"trainer": {"devices": 2}}
    arguments: dict[str, Any] = {
        **{"parent": tmp_path, "name": "mine", "directory": directory, "resume": None, "source": "data"},
        **{"given": given, "keep": True, "trained_on": "record", "allow_changed_data": True, "fitted": "state"},
    }

    def report(epoch: int, value: float) -> bool:
        return False

    found = running.run(config, ("seed=1",), comparison=Comparison("val/acc", report), **arguments)
    assert found is result
    assert launched == [({"config": config, "overrides": ["seed=1"], **arguments}, 3, "val/acc", report)]
    assert loaded == [(given, tmp_path)]
    running.run(config, [], resume=directory)
    (sent, size, *sweep) = launched[1]
    assert (sent["resume"], sent["directory"], size, sweep) == (directory, None, 3, [None, None])
    assert (sent["keep"], sent["allow_changed_data"], sent["trained_on"]) == (False, False, None)
