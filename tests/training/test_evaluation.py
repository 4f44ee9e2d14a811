"""Metrics of the last and the best weights, against the network itself."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from nnzoo.training import trainers
from nnzoo.training.evaluation import evaluate_all, evaluate_split, further_metrics, metric_names
from nnzoo.training.plan import Plan
from torch import nn
from torch.nn.functional import cross_entropy
from torch.testing import assert_close

from tests.support.members import begun, member


def expected(plan: Plan, split: str) -> dict[str, Any]:
    """Return the metrics of the current weights by hand."""
    batch = plan.data.splits[split].batch()  # type: ignore[index]
    with torch.no_grad():
        output = plan.task.net(batch.x)
    wrong = int((output.argmax(1) != batch.y).sum())
    found = {"loss": cross_entropy(output, batch.y).item(), "acc": 1 - wrong / len(batch.y), "errors": wrong}
    return {name: pytest.approx(value, rel=1e-4) for name, value in found.items()}


class Fixed:
    """An evaluation that returns fixed numbers."""

    def __init__(self, **found: float) -> None:
        self.found = found
        self.given: list[Any] = []

    def compute(self, task: Any, data: Any, split: str) -> dict[str, float]:
        self.given.append((task, data, split, torch.is_grad_enabled()))
        return self.found


def test_metrics_of_evaluations() -> None:
    first, second = Fixed(a=1.0, b=2.0), Fixed(c=3.0)
    task = nn.Linear(1, 1)
    task.device = torch.device("cpu")
    plan: Any = SimpleNamespace(evaluations={"one": first, "two": second}, task=task, data="data")
    assert further_metrics(plan, "val") == {"a": 1.0, "b": 2.0, "c": 3.0}
    assert first.given == second.given == [(task, "data", "val", False)]
    assert further_metrics(SimpleNamespace(evaluations={}), "val") == {}  # type: ignore[arg-type]


def test_a_split(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    plan = member(tmp_path, 0).plan
    plan.__dict__["evaluations"] = {"one": Fixed(extra=7.0)}
    assert metric_names(plan.task) == ["loss", "acc", "errors"]
    with trainers.quiet_lightning():
        trainer = trainers.build_evaluator(plan)
        for split in ("test", "val", "train"):
            assert evaluate_split(trainer, plan, split) == {**expected(plan, split), "extra": 7.0}
    assert capsys.readouterr().out == ""


def test_the_last_weights_stay_loaded(tmp_path: Path) -> None:
    (made,) = begun(tmp_path, "evaluate=[val,test]", number=1)
    with trainers.quiet_lightning():
        trainer = trainers.build_evaluator(made.plan)
        assert [*evaluate_all(trainer, made.plan, made.directory)] == ["val/last", "test/last"]
        made.task.trainer = made.trainer  # type: ignore[assignment]
        made.count(1)
        made.end_validation({"loss": 0.5, "acc": 0.75, "errors": 3.0})
        made.write_files()
        best = {split: expected(made.plan, split) for split in ("val", "test")}
        with torch.no_grad():
            for p in made.task.net.parameters():
                p.mul_(-3)
        weights = {name: value.clone() for name, value in made.task.state_dict().items()}
        last = {split: expected(made.plan, split) for split in ("val", "test")}
        assert last["val"]["loss"] != best["val"]["loss"].expected
        found = evaluate_all(trainers.build_evaluator(made.plan), made.plan, made.directory)
    assert found == {
        "val/last": last["val"],
        "test/last": last["test"],
        "val/best": best["val"],
        "test/best": best["test"],
    }
    assert_close(dict(made.task.state_dict()), weights)
