"""Penalties on weights against the optimizer's weight decay and explicit sums."""

from functools import partial
from pathlib import Path

import pytest
import torch
from nnzoo.data.splits import Split
from nnzoo.errors import UserError
from nnzoo.losses.multiclass.cross_entropy import CrossEntropy
from nnzoo.rules.perceptron import Perceptron
from nnzoo.spec import DataSpec
from nnzoo.tasks.base import Task
from nnzoo.tasks.learners.rule import RuleTask
from nnzoo.tasks.penalties import WeightPenalty

from tests.support.networks import Flat
from tests.support.tasks import loaders, make
from tests.support.trainers import fit

CLASSES = DataSpec("real", (4,), "classes", 3)


def trained(folder: Path, penalties: dict[str, WeightPenalty], **settings: float) -> Flat:
    torch.manual_seed(0)
    net = Flat(4, 3).double()
    descent = partial(torch.optim.SGD, lr=0.1, **settings)
    task = make(Task, net, CrossEntropy(), CLASSES, penalties=penalties, optimizer=descent)
    train, val = loaders(CLASSES)
    for loader in (train, val):
        batch = loader.split.batch()
        loader.split = Split(batch._replace(x=batch.x.double()))
    fit(task, train, val, folder)
    return net


def test_l2_equals_weight_decay_of_sgd(tmp_path: Path) -> None:
    """Aggarwal 4.4: w (1 - alpha lambda) - alpha dL/dw; biases also decay, as in torch."""
    ours = trained(tmp_path, {"all": WeightPenalty(weight=0.05, parameters="*")})
    theirs = trained(tmp_path, {}, weight_decay=0.05)
    for one, other in zip(ours.parameters(), theirs.parameters(), strict=True):
        torch.testing.assert_close(one, other, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize(("norm", "pattern", "count"), [("l1", None, 2), ("l2", None, 2), ("l1", "layers.0.*", 2)])
def test_value_and_gradient(norm: str, pattern: str | None, count: int) -> None:
    net = Flat(4, 3)
    penalty = WeightPenalty(weight=0.3, norm=norm, parameters=pattern)
    penalty.bind(net, CLASSES)
    value = penalty.value(CLASSES.fake_batch(2))
    value.backward()
    named = {n: p for n, p in net.named_parameters() if (n.startswith("layers.0") if pattern else "weight" in n)}
    assert len(named) == count
    total = 0.0
    for parameter in named.values():
        for number, slope in zip(parameter.flatten().tolist(), parameter.grad.flatten().tolist(), strict=True):
            total += 0.3 * (abs(number) if norm == "l1" else number * number / 2)
            assert slope == pytest.approx(0.3 * ((number > 0) - (number < 0) if norm == "l1" else number))
    assert value.item() == pytest.approx(total)
    assert all(p.grad is None for n, p in net.named_parameters() if n not in named)


def test_penalty_with_a_rule() -> None:
    """The perceptron with weight decay, Aggarwal eq. 1.33: W (1 - alpha lambda) + alpha sum of errors times inputs."""
    torch.manual_seed(0)
    net = torch.nn.Sequential(torch.nn.Linear(4, 3)).double()
    net.forward = lambda x, mask=None: net[0](x)  # type: ignore[method-assign, misc]
    before = net[0].weight.detach().clone()
    rule = Perceptron()
    task = make(RuleTask, net, rule, CLASSES, penalties={"weights": WeightPenalty(weight=0.2)})
    batch = CLASSES.fake_batch(6, torch.Generator().manual_seed(0))
    batch = batch._replace(x=batch.x.double())
    error = rule.error(net[0](batch.x).detach(), batch.y)
    task.update(batch, torch.optim.SGD(net.parameters(), lr=0.1))
    torch.testing.assert_close(net[0].weight.detach(), before * (1 - 0.1 * 0.2) + 0.1 * error.t() @ batch.x)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"weight": -1.0}, "WeightPenalty: weight is -1.0; it must be at least 0 and finite"),
        ({"norm": "l3"}, "unknown norm of a weight penalty 'l3'; did you mean 'l1'?"),
        (
            {"parameters": "layer.*"},
            "weight penalty: no trainable parameter matches 'layer.*'; the parameters are layers.0.",
        ),
    ],
)
def test_invalid_settings_are_refused(settings: dict[str, object], message: str) -> None:
    with pytest.raises(UserError) as error:
        WeightPenalty(**settings).bind(Flat(4, 3), CLASSES)
    assert str(error.value).startswith(message)
