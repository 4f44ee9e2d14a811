"""Many steps in one call of the compiled kernel: whole runs against those of autograd, resuming, what it leaves."""

from functools import partial

import pytest
import torch
from nnzoo import api
from nnzoo.data.loader import Loader
from nnzoo.losses import (
    BinaryCrossEntropy,
    CrossEntropy,
    Hinge,
    Huber,
    LeastAbsolute,
    Logistic,
    PerceptronCriterion,
    Squared,
    SquaredHinge,
    WidrowHoff,
)
from nnzoo.models.mlp import MLP
from nnzoo.rules.margin_perceptron import MarginPerceptron
from nnzoo.rules.perceptron import Perceptron
from nnzoo.rules.widrow_hoff import WidrowHoff as DeltaRule
from nnzoo.spec import DataSpec
from nnzoo.tasks.base import Task
from nnzoo.tasks.batch_cursor import BatchCursor
from nnzoo.tasks.components import Schedule
from nnzoo.tasks.engines import blocks
from nnzoo.tasks.learners.rule import RuleTask
from nnzoo.tasks.penalties import WeightPenalty
from torch.testing import assert_close

from tests.support.networks import Unmasked
from tests.support.runs import assert_same_outcome, checkpoint, same, train
from tests.support.tasks import make
from tests.support.trainers import fit

pytest.importorskip("numba")

CLASSES = DataSpec("real", (4,), "classes", 3)
TWO = DataSpec("real", (4,), "classes", 2)
NUMBERS = DataSpec("real", (4,), "real", 2)
LABELS = DataSpec("real", (4,), "multilabel", 3)
PLAIN = partial(torch.optim.SGD, lr=0.05)
RULE = {"kind": RuleTask, "hidden": ()}
CASES = {
    "classes": {},
    "momentum": {"optimizer": partial(torch.optim.SGD, lr=0.05, momentum=0.9, weight_decay=0.1)},
    "tanh": {"activation": "tanh", "hidden": (5, 4)},
    "linear": {"hidden": ()},
    "numbers": {"loss": Squared(), "spec": NUMBERS},
    "labels": {"loss": BinaryCrossEntropy(), "spec": LABELS},
    "mean of labels": {"loss": BinaryCrossEntropy(outputs="mean"), "spec": LABELS},
    "logistic": {"loss": Logistic(), "spec": TWO},
    "hinge": {"loss": Hinge(margin=0.5)},
    "squared hinge": {"loss": SquaredHinge(), "spec": TWO},
    "perceptron criterion": {"loss": PerceptronCriterion()},
    "widrow-hoff": {"loss": WidrowHoff()},
    "least absolute": {"loss": LeastAbsolute()},
    "rule": {**RULE, "loss": Perceptron()},
    "margin rule, online": {**RULE, "loss": MarginPerceptron(margin=0.5, online=True)},
    "online": {**RULE, "loss": Perceptron(online=True), "spec": TWO},
    "delta rule, online": {**RULE, "loss": DeltaRule(online=True), "spec": TWO},
    "online, hidden layers": {"kind": RuleTask, "loss": Perceptron(online=True), "spec": TWO, "activation": "tanh"},
    "schedule": {"schedule": Schedule(partial(torch.optim.lr_scheduler.ExponentialLR, gamma=0.5))},
}


@pytest.fixture(autouse=True)
def _small(monkeypatch):
    monkeypatch.setattr(blocks, "MIN_STEPS", 1)


def task_of(engine, *, kind=Task, loss=None, spec=CLASSES, hidden=(5,), activation="relu", optimizer=PLAIN, **further):
    loss = loss or CrossEntropy()
    torch.manual_seed(0)
    outputs = loss.out_features(spec.target_size)
    model = MLP(in_features=4, out_features=outputs, hidden=hidden, activation=activation)
    return make(kind, Unmasked(model), loss, spec, engine=engine, optimizer=optimizer, **further)


def loaders_of(spec, **settings):
    train, val = (spec.fake_batch(n, torch.Generator().manual_seed(n)) for n in (33, 20))
    return Loader(train, batch_size=8, shuffle=True, seed=1, **settings), Loader(val, batch_size=8)


def takes_blocks(task, loader=None):
    task.cursor = BatchCursor(loader or loaders_of(task.spec)[0])
    optimizer = task.make_optimizer(task.net.parameters())
    return blocks.block_steps_of(task, optimizer) is not None


@pytest.mark.parametrize("name", CASES)
def test_runs_equal_those_of_autograd(name, tmp_path):
    tasks, seen = [], []
    for engine in ("direct", "autograd"):
        task = task_of(engine, **CASES[name])
        assert takes_blocks(task) == (engine == "direct")
        seen.append(fit(task, *loaders_of(task.spec), tmp_path, epochs=2))
        tasks.append(task)
        assert task.trainer.global_step == 10
    one, two = tasks
    assert_close([*one.net.parameters()], [*two.net.parameters()], rtol=1e-4, atol=1e-5)
    for ours, theirs in zip(*seen, strict=True):
        assert ours == pytest.approx(theirs, rel=1e-4, abs=1e-5)
    states = [optimizer.state_dict()["state"] for task in tasks for optimizer in task.trainer.optimizers]
    assert_close(states[0], states[1], rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("limit", [{"steps_per_slice": 2}, {"steps_per_slice": 1}])
def test_slices_do_not_matter(limit, tmp_path):
    one, two = task_of("direct"), task_of("direct", **limit)
    assert fit(one, *loaders_of(CLASSES), tmp_path) == fit(two, *loaders_of(CLASSES), tmp_path)
    assert same([*one.net.parameters()], [*two.net.parameters()])


def test_a_call_takes_a_limited_number_of_steps(monkeypatch, tmp_path):
    monkeypatch.setattr(blocks, "WORK_OF_CALL", 1)
    one = task_of("direct")
    found = fit(one, *loaders_of(CLASSES), tmp_path)
    monkeypatch.undo()
    monkeypatch.setattr(blocks, "MIN_STEPS", 1)
    assert found == fit(task_of("direct"), *loaders_of(CLASSES), tmp_path)


@pytest.mark.parametrize(
    "settings",
    [
        {"optimizer": partial(torch.optim.SGD, lr=0.1, momentum=0.9, nesterov=True)},
        {"optimizer": torch.optim.Adam},
        {"loss": Huber(), "spec": NUMBERS},
        {"loss": Perceptron(ties="positive"), "kind": RuleTask},
        {"clip_value": 1.0},
        {"penalties": {"weights": WeightPenalty()}},
        {"activation": "elu"},
        {"schedule": Schedule(partial(torch.optim.lr_scheduler.ExponentialLR, gamma=0.5), "step")},
    ],
)
def test_other_settings_take_steps_one_by_one(settings):
    assert not takes_blocks(task_of("direct", **settings))


def test_frozen_and_double_networks_take_steps_one_by_one():
    frozen, double = task_of("direct"), task_of("direct")
    frozen.net.model.layers[0].bias.requires_grad_(False)
    double.net.double()
    assert not takes_blocks(frozen)
    assert not takes_blocks(double)


def test_other_batches_are_taken_one_by_one(monkeypatch):
    task = task_of("direct")
    assert not takes_blocks(task, loaders_of(CLASSES, segment=2)[0])
    monkeypatch.setattr(blocks, "MIN_STEPS", 6)
    assert not takes_blocks(task)
    monkeypatch.setattr(blocks, "MIN_STEPS", 5)
    assert takes_blocks(task)
    monkeypatch.setattr(blocks, "MAX_WORK", 100)
    assert not takes_blocks(task)


def test_what_follows_each_step_takes_them_one_by_one(tmp_path):
    task, seen = task_of("direct"), []
    task.after_step.append(lambda: seen.append(task.net.model.layers[0].bias[0].item()))
    fit(task, *loaders_of(CLASSES), tmp_path, epochs=1)
    assert len(seen) == len(set(seen)) == 5


def test_a_class_without_an_output_is_refused(tmp_path):
    task = task_of("direct")
    loaders = loaders_of(CLASSES)
    loaders[0].split.base.y[3] = 3
    with pytest.raises(ValueError, match="a target is class 3"):
        fit(task, *loaders, tmp_path)


SETTINGS = ("optimizer=sgd", "optimizer.momentum=0.9", "trainer.steps_per_slice=5", "callbacks.last.every_seconds=0")


def test_resumed_in_the_middle_of_an_epoch(tmp_path):
    whole = train(tmp_path / "whole", *SETTINGS, "trainer.max_epochs=3").directory
    part = train(tmp_path / "part", *SETTINGS, "trainer.max_epochs=3", "trainer.max_steps=40").directory
    assert checkpoint(part)["nnzoo"]["stream"]["done"] == 14
    api.resume(part, "trainer.max_steps=-1")
    assert_same_outcome(whole, part)


def test_goes_on_with_the_other_engine(tmp_path):
    """Momentum and position are those of the other engine's steps."""
    whole = train(tmp_path / "whole", *SETTINGS, "trainer.engine=autograd").directory
    for first, second in (("direct", "autograd"), ("autograd", "direct")):
        given = (*SETTINGS, "trainer.max_steps=33", f"trainer.engine={first}")
        part = train(tmp_path / f"{first} first", *given).directory
        api.resume(part, "trainer.max_steps=-1", f"trainer.engine={second}")
        one, two = (checkpoint(each) for each in (whole, part))
        assert_close(one["state_dict"], two["state_dict"], rtol=1e-3, atol=1e-5)
        assert one["nnzoo"]["train"]["loss"] == pytest.approx(two["nnzoo"]["train"]["loss"], rel=1e-4)
