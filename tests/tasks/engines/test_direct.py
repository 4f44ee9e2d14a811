"""Steps and runs by stated derivatives against those of autograd."""

from functools import partial

import pytest
import torch
from nnzoo.errors import UserError
from nnzoo.losses.bce import BinaryCrossEntropy
from nnzoo.losses.margin.logistic import Logistic
from nnzoo.losses.multiclass.cross_entropy import CrossEntropy
from nnzoo.losses.multiclass.hierarchical_softmax import HierarchicalSoftmax
from nnzoo.losses.regression.squared import Squared
from nnzoo.losses.stated import is_stated
from nnzoo.losses.weighted import Weighted
from nnzoo.models.mlp import MLP
from nnzoo.rules.perceptron import Perceptron
from nnzoo.spec import DataSpec
from nnzoo.tasks.base import Task
from nnzoo.tasks.components import Schedule
from nnzoo.tasks.engines.choice import STEP
from nnzoo.tasks.learners.adversarial import Adversarial
from nnzoo.tasks.learners.closed_form import Ridge
from nnzoo.tasks.learners.ensemble import EnsembleTask
from nnzoo.tasks.learners.local_rule import LocalRuleTask
from nnzoo.tasks.learners.pocket import Pocket
from nnzoo.tasks.learners.rule import RuleTask
from nnzoo.tasks.learners.tree import Tree
from nnzoo.tasks.learners.variational import Variational
from nnzoo.tasks.learners.word2vec import Word2Vec
from nnzoo.tasks.penalties import ActivationPenalty, SharingPenalty, WeightPenalty
from torch.testing import assert_close

from tests.support.networks import Unmasked
from tests.support.tasks import loaders, make
from tests.support.trainers import fit

CLASSES = DataSpec("real", (4,), "classes", 3)
STEPS = DataSpec("real", (4,), "classes", 3, sequence=True, per_step=True)
Adam = partial(torch.optim.Adam, lr=0.05)


def task_of(engine, kind=Task, loss=None, spec=CLASSES, *, penalties=(), outputs=None, hidden=(5, 5), **further):
    loss = loss or CrossEntropy()
    torch.manual_seed(0)
    model = MLP(in_features=4, out_features=outputs or loss.out_features(spec.target_size), hidden=hidden, dropout=0.2)
    made = {name: penalty() for name, penalty in dict(penalties).items()}
    return make(kind, Unmasked(model).double(), loss, spec, engine=engine, penalties=made, **further)


def trained(engine, folder, *args, **settings):
    task = task_of(engine, *args, **settings)
    train, val = loaders(task.spec)
    for loader in (train, val):
        loader.transform = torch.Tensor.double
    return task, fit(task, train, val, folder)


CASES = {
    "classes": {},
    "adam": {"optimizer": Adam},
    "norm": {"clip_value": 0.1},
    "value": {"clip_value": 0.01, "clip_algorithm": "value", "optimizer": Adam},
    "schedule": {"schedule": Schedule(partial(torch.optim.lr_scheduler.ExponentialLR, gamma=0.9), "step")},
    "penalties": {
        "penalties": {
            "l1": partial(WeightPenalty, norm="l1", weight=0.01),
            "l2": partial(WeightPenalty, weight=0.1, parameters="*"),
            "shared": partial(SharingPenalty, first="layers.0.bias", second="layers.3.bias"),
        },
        "clip_value": 0.5,
    },
    "weights": {"loss": Weighted(CrossEntropy(), torch.tensor([0.5, 1.0, 2.0]))},
    "two classes": {"loss": Logistic(), "spec": DataSpec("real", (4,), "classes", 2)},
    "numbers": {"loss": Squared(), "spec": DataSpec("real", (4,), "real", 2)},
    "labels": {"loss": BinaryCrossEntropy(), "spec": DataSpec("real", (4,), "multilabel", 3)},
    "steps with padding": {"spec": STEPS},
    "rule": {"kind": RuleTask, "loss": Perceptron()},
    "own step": {"optimizer": partial(torch.optim.RMSprop, lr=0.01)},
}


@pytest.mark.parametrize("name", CASES)
def test_runs_equal_those_of_autograd(name, tmp_path):
    one, seen = trained("direct", tmp_path, **CASES[name])
    two, expected = trained("autograd", tmp_path, **CASES[name])
    assert one.direct is not None
    assert two.direct is None
    assert_close([*one.net.parameters()], [*two.net.parameters()])
    for ours, theirs in zip(seen, expected, strict=True):
        assert ours == pytest.approx(theirs, rel=1e-6, abs=1e-9)
    state = [optimizer.state_dict()["state"] for task in (one, two) for optimizer in task.trainer.optimizers]
    assert_close(state[0], state[1])


@pytest.mark.parametrize("name", ["classes", "penalties", "steps with padding", "rule"])
def test_accumulated_steps_equal_those_of_autograd(name):
    found = []
    for engine in ("direct", "autograd"):
        task = task_of(engine, **CASES[name])
        batches = [batch._replace(x=batch.x.double()) for batch in loaders(task.spec)[0].epoch(0)]
        optimizer = task.make_optimizer(task.net.parameters())
        torch.manual_seed(1)
        steps = task.accumulate(batches[:3], optimizer) + task.accumulate(batches[3:], optimizer)
        found.append([*task.net.parameters(), *(step.loss for step in steps)])
    assert_close(found[0], found[1])


def test_auto_takes_direct_steps_where_they_apply():
    assert task_of("auto").direct is not None
    assert task_of("auto", loss=HierarchicalSoftmax()).direct is None


class OwnNet(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = torch.nn.Linear(4, 3)

    def forward(self, x):
        return self.layer(x)


def test_own_networks_take_direct_steps_on_request():
    auto, direct = (make(Task, Unmasked(OwnNet()), CrossEntropy(), CLASSES, engine=each) for each in ("auto", "direct"))
    assert auto.direct is None
    assert direct.direct is not None


def test_direct_steps_are_for_the_cpu(monkeypatch):
    monkeypatch.setattr(Task, "device", torch.device("cuda"))
    assert task_of("auto").direct is None
    with pytest.raises(UserError, match=r"trainer\.engine=direct is for the CPU, and the device is cuda"):
        task_of("direct").check_engine("cuda")


def test_gradients_stay_in_the_parameters():
    task = task_of("direct", optimizer=partial(torch.optim.SGD, lr=0.0))
    batch = next(loaders(CLASSES)[0].epoch(0))
    batch = batch._replace(x=batch.x.double())
    task.net.eval()  # without dropout
    for rule in task.direct.chain.rules:
        if hasattr(rule, "p"):
            rule.p = 0
    task.update(batch, task.make_optimizer(task.net.parameters()))
    found = [p.grad.clone() for p in task.net.parameters()]
    task.net.zero_grad()
    task.gradient(batch)
    assert_close(found, [p.grad for p in task.net.parameters()])


class OwnLoss(Task):
    def compute(self, batch):
        step = super().compute(batch)
        return step._replace(loss=2 * step.loss)


class OwnMetric(Task):
    """Changes nothing of a step."""


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        ({"loss": HierarchicalSoftmax()}, "loss HierarchicalSoftmax states no derivative"),
        ({"kind": OwnLoss}, "task OwnLoss states no derivative"),
        ({"kind": Pocket, "loss": Perceptron()}, "task Pocket states no derivative"),
        (
            {"penalties": {"small": ActivationPenalty}},
            r"penalty ActivationPenalty \(penalties.small\) states no derivative",
        ),
        (
            {"spec": DataSpec("real", (4,), "real", 2, partial=True), "loss": Squared()},
            "the target has unknown entries",
        ),
    ],
)
def test_refused_with_the_reason(settings, reason):
    with pytest.raises(UserError, match=f"trainer.engine=direct: {reason}; use trainer.engine=auto"):
        task_of("direct", **settings).check_engine("cpu")
    task_of("auto", **settings).check_engine("cpu")
    assert task_of("auto", **settings).direct is None


@pytest.mark.parametrize("kind", [Ridge, Adversarial, Word2Vec, Variational, EnsembleTask, Tree, LocalRuleTask, Pocket])
def test_tasks_with_other_steps_are_not_direct(kind):
    assert is_stated(Task, {"output_derivative"}, STEP)
    assert is_stated(RuleTask, {"output_derivative"}, STEP)
    assert not is_stated(kind, {"output_derivative"}, STEP)


def test_a_subclass_that_changes_no_step_is_direct():
    assert task_of("direct", kind=OwnMetric).direct is not None
