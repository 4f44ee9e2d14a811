"""The quantiles of the outlier scores of the training examples, with the best and the last weights."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from nnzoo import api
from nnzoo.builders.data import build_data
from nnzoo.builders.tasks import build_task
from nnzoo.config.compose import compose
from nnzoo.runs.directory import RunDirectory
from nnzoo.training import outlier_scores as module
from nnzoo.training import trainers
from nnzoo.training.outlier_scores import training_quantiles, write_outlier_scores
from nnzoo.training.plan import Plan


def made(*overrides: str) -> Plan:
    config = api.plain(compose([*overrides, "trainer.accelerator=cpu", "trainer.max_epochs=1"]))
    data = build_data(config)
    return Plan(config, data, build_task(config, data))


@pytest.fixture
def plan() -> Plan:
    return made("model=autoencoder", "data=iris", "model.hidden=[2]")


def scores(plan: Plan) -> np.ndarray:
    """Return the squared error of each training example."""
    x = torch.stack([row for batch in plan.data.eval_loader("train") for row in batch.x])
    with torch.no_grad():
        output = plan.task.net.eval()(x, None)
    return ((plan.task.head.predict(output) - x) ** 2).sum(1).double().numpy()


def test_quantiles_of_the_scores(plan: Plan) -> None:
    with trainers.quiet_lightning():
        found = training_quantiles(trainers.build_evaluator(plan), plan)
    assert plan.task.training
    expected = scores(plan)
    assert len(expected) == len(plan.data.splits["train"])
    assert (found[0], found[-1]) == pytest.approx((expected.min(), expected.max()), rel=1e-5)
    assert found[len(found) // 2] == pytest.approx(np.median(expected), rel=1e-5)


def test_each_checkpoint_has_its_scores_and_the_weights_stay(
    plan: Plan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    directory = RunDirectory.create(tmp_path, "run")
    before = {name: value.clone() for name, value in plan.task.state_dict().items()}
    states = {
        "best": SimpleNamespace(task_state={name: value + 1 for name, value in before.items()}, step=3),
        "last": SimpleNamespace(task_state={name: value + 2 for name, value in before.items()}, step=5),
    }
    weights: list[dict[str, Any]] = []

    def quantiles(trainer: Any, plan: Plan) -> list[float]:
        assert trainer == "trainer"
        weights.append({name: value.clone() for name, value in plan.task.state_dict().items()})
        return [float(len(weights))] * 3

    monkeypatch.setattr(module, "training_quantiles", quantiles)
    monkeypatch.setattr(module, "Checkpoint", SimpleNamespace(read=lambda file: states[file.stem]))
    trainer: Any = "trainer"
    directory.checkpoint("last").parent.mkdir(exist_ok=True)
    directory.checkpoint("last").touch()
    write_outlier_scores(trainer, plan, directory)
    assert directory.outlier_scores("last", 5) == [1.0] * 3
    assert directory.outlier_scores("best", 3) is None
    directory.checkpoint("best").touch()
    weights.clear()
    write_outlier_scores(trainer, plan, directory)
    for which, step in (("best", 3), ("last", 5)):
        number = int(directory.outlier_scores(which, step)[0]) - 1
        torch.testing.assert_close(weights[number], states[which].task_state)
    torch.testing.assert_close(dict(plan.task.state_dict()), before, rtol=0, atol=0)


def test_other_networks_have_none(tmp_path: Path) -> None:
    directory = RunDirectory.create(tmp_path, "run")
    trainer: Any = None
    files = sorted(directory.path.iterdir())
    write_outlier_scores(trainer, made("model=linear", "data=iris"), directory)
    assert sorted(directory.path.iterdir()) == files
