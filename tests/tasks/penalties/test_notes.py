"""The values of penalties as training metrics."""

import csv
from pathlib import Path

import pytest
import torch
from nnzoo import api
from nnzoo.losses.multiclass.cross_entropy import CrossEntropy
from nnzoo.rules.perceptron import Perceptron
from nnzoo.spec import DataSpec
from nnzoo.tasks.base import Task
from nnzoo.tasks.learners.rule import RuleTask
from nnzoo.tasks.penalties import ActivationPenalty, WeightPenalty

from tests.support.networks import Flat
from tests.support.runs import TINY
from tests.support.tasks import make

CLASSES = DataSpec("real", (4,), "classes", 3)
PENALTIES = ("penalties=[weights,activation]", "penalties.weights.weight=0.1", "penalties.activation.weight=0.2")


def test_parts_add_up_to_what_is_minimized() -> None:
    torch.manual_seed(0)
    net = Flat(4, 3)
    penalties = {"weights": WeightPenalty(weight=0.3), "code": ActivationPenalty(weight=0.2, layers="layers.1")}
    task = make(Task, net, CrossEntropy(), CLASSES, penalties=penalties)
    task.setup("fit")
    batch = CLASSES.fake_batch(5)
    total, step = task.training_loss(batch)
    assert task.loss_parts == {"loss": 1, "weights_penalty": 1, "code_penalty": 1}
    assert sum([step.loss, *step.notes.values()]).item() == pytest.approx(total.item())
    assert step.notes["code_penalty"].item() == pytest.approx(0.2 * net.layers[:2](batch.x).abs().sum().item() / 5)


def test_columns_of_the_training_metrics_only(tmp_path: Path) -> None:
    result = api.train(*TINY, *PENALTIES, output_dir=tmp_path)
    with (result.directory / "metrics.csv").open() as file:
        rows = list(csv.DictReader(file))
    named = {name for name in rows[0] if "penalty" in name}
    assert named == {"train/weights_penalty", "train/activation_penalty"}
    assert all(float(row[name]) > 0 for row in rows for name in named)
    assert not any("penalty" in name for name in result.metrics["test/last"])


def test_examples_one_by_one_average_the_notes() -> None:
    torch.manual_seed(0)
    penalties = {"weights": WeightPenalty(weight=0.3)}
    net = Flat(4, 3)
    task = make(RuleTask, net, Perceptron(online=True), CLASSES, penalties=penalties)
    before = task.training_loss(CLASSES.fake_batch(1))[1].notes["weights_penalty"].item()
    batch = CLASSES.fake_batch(6, torch.Generator().manual_seed(0))
    step = task.update(batch, torch.optim.SGD(net.parameters(), lr=0.1))
    after = task.training_loss(CLASSES.fake_batch(1))[1].notes["weights_penalty"].item()
    assert step.notes["weights_penalty"].item() != pytest.approx(before)
    assert min(before, after) / 2 < step.notes["weights_penalty"].item() < 2 * max(before, after)
