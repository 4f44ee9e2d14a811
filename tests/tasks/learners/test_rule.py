"""Rules against loops over single examples, and the pocket."""

from functools import partial

import pytest
import torch
from nnzoo.rules.base import Rule
from nnzoo.rules.margin_perceptron import MarginPerceptron
from nnzoo.rules.perceptron import Perceptron
from nnzoo.rules.widrow_hoff import WidrowHoff
from nnzoo.spec import Batch, DataSpec
from nnzoo.tasks.components import Components
from nnzoo.tasks.learners import rule as rule_module
from nnzoo.tasks.learners.rule import RuleTask, only_linear
from torch import nn

from tests.support.networks import Affine, Flat, Steps

TWO, THREE = (DataSpec("real", (4,), "classes", n) for n in (2, 3))
RULES = {
    "perceptron": partial(Perceptron),
    "positive": partial(Perceptron, ties="positive"),
    "margin": partial(MarginPerceptron, margin=0.5),
    "widrow_hoff": partial(WidrowHoff),
}


def task_of(net: nn.Module, rule: Rule, spec: DataSpec, **settings: float) -> tuple[RuleTask, torch.optim.Optimizer]:
    descent = partial(torch.optim.SGD, **{"lr": 0.25, **settings})
    task = RuleTask(components=Components(net=net.double(), loss=rule, optimizer=descent, spec=spec, config={}))
    (optimizer,), _ = task.configure_optimizers()
    return task, optimizer


def batch_of(spec: DataSpec, n: int = 30) -> Batch:
    batch = spec.fake_batch(n, torch.Generator().manual_seed(1))
    return batch._replace(x=batch.x.double())


def loop(net: nn.Module, rule: Rule, batch: Batch, lr: float = 0.25) -> list[torch.Tensor]:
    """Apply W <- W + lr * error * x to one example after the other; return the outputs before each update."""
    seen = []
    weight, bias = net.linear.weight.data, net.linear.bias
    for x, y in zip(batch.x, batch.y, strict=True):
        output = weight @ x + (0 if bias is None else bias.data)
        error = rule.error(output[None], y[None])[0]
        weight += lr * torch.outer(error, x)
        if bias is not None:
            bias.data += lr * error
        seen.append(output)
    return seen


@pytest.mark.parametrize("examples", [30, 2 * rule_module.BLOCK + 9])
@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("spec", [TWO, THREE], ids=["two", "three"])
@pytest.mark.parametrize("name", RULES)
def test_online_updates_after_each_example(name, spec, bias, examples):
    rule = RULES[name](online=True)
    outputs = rule.out_features(spec.target_size)
    torch.manual_seed(0)
    net, other = Affine(4, outputs, bias=bias), Affine(4, outputs, bias=bias).double()
    other.load_state_dict(net.state_dict())
    task, optimizer = task_of(net, rule, spec)
    batch = batch_of(spec, examples)
    loss, output, *_ = task.update(batch, optimizer)
    expected = torch.stack(loop(other, rule, batch))
    torch.testing.assert_close(output, expected)
    torch.testing.assert_close(loss, rule(expected, batch.y).mean())
    torch.testing.assert_close(net.state_dict(), other.state_dict())


def test_vectorized_online_update_equals_the_loop(monkeypatch):
    results = []
    for look in (only_linear, lambda _: None):
        monkeypatch.setattr(rule_module, "only_linear", look)
        torch.manual_seed(0)
        task, optimizer = task_of(Affine(4, 3), Perceptron(online=True), THREE)
        loss, output, *_ = task.update(batch_of(THREE), optimizer)
        results.append([loss, output, *task.net.parameters()])
    torch.testing.assert_close(*results)


def test_divergence_is_reported_by_the_loss_only():
    net = Affine(4, 1)
    task, optimizer = task_of(net, WidrowHoff(online=True), TWO, lr=1e300)
    loss = task.update(batch_of(TWO, 30), optimizer).loss  # a warning is an error here
    assert not loss.isfinite()


@pytest.mark.parametrize("name", RULES)
def test_batch_update_is_the_sum_over_examples(name):
    """Eq. 1.6 and 1.10: W <- W + lr sum of error times x, all errors of the same weights."""
    rule = RULES[name]()
    net = Affine(4, rule.out_features(3))
    task, optimizer = task_of(net, rule, THREE)
    batch = batch_of(THREE)
    before, bias = net.linear.weight.detach().clone(), net.linear.bias.detach().clone()
    error = rule.error(batch.x @ before.T + bias, batch.y)
    task.update(batch, optimizer)
    torch.testing.assert_close(net.linear.weight.data, before + 0.25 * error.T @ batch.x)
    torch.testing.assert_close(net.linear.bias.data, bias + 0.25 * error.sum(0))


@pytest.mark.parametrize("settings", [{"momentum": 0.5}, {"weight_decay": 0.1}])
def test_online_with_any_optimizer(settings):
    """With other optimizers a batch is a sequence of single steps."""
    rule = WidrowHoff(online=True)
    torch.manual_seed(0)
    net, other = Affine(4, 3), Affine(4, 3)
    other.load_state_dict(net.state_dict())
    task, optimizer = task_of(net, rule, THREE, **settings)
    single, each = task_of(other, WidrowHoff(), THREE, **settings)
    batch = batch_of(THREE)
    task.update(batch, optimizer)
    for i in range(len(batch.x)):
        single.update(batch.rows(slice(i, i + 1)), each)
    torch.testing.assert_close(net.state_dict(), other.state_dict())


def test_error_is_backpropagated_to_lower_layers():
    torch.manual_seed(0)
    net = Flat(4, 3)
    task, _ = task_of(net, Perceptron(), THREE)
    batch = batch_of(THREE)
    task.gradient(batch)
    got = [p.grad.clone() for p in net.parameters()]
    expected = torch.autograd.grad(task.loss(net(batch.x), batch.y).sum(), list(net.parameters()))
    torch.testing.assert_close(got, list(expected))
    assert only_linear(net) is None


def test_padding_does_not_matter():
    spec = DataSpec("real", (4,), "classes", 3, sequence=True, per_step=True)
    torch.manual_seed(0)
    net = Steps(4, 3, every=True)
    batch = batch_of(spec)
    gradients = []
    for y in (batch.y, torch.where(batch.mask, batch.y, 2 - batch.y)):
        for online in (False, True):
            copy = Steps(4, 3, every=True)
            copy.load_state_dict(net.state_dict())
            task, optimizer = task_of(copy, Perceptron(online=online), spec)
            loss = task.update(batch._replace(y=y), optimizer).loss
            gradients.append([loss, *copy.parameters()])
    torch.testing.assert_close(gradients[0], gradients[2])
    torch.testing.assert_close(gradients[1], gradients[3])
    assert not torch.equal(gradients[0][1], gradients[1][1])


def test_reported_loss_of_online_steps_is_the_mean_over_real_steps():
    """Examples of different length count by their steps, as without `online`."""
    spec = DataSpec("real", (4,), "classes", 3, sequence=True, per_step=True)
    torch.manual_seed(0)
    net = Steps(4, 3, every=True)
    batch = batch_of(spec)
    assert len(set(batch.mask.sum(1).tolist())) > 2
    (task, optimizer), (online, each) = (task_of(net, Perceptron(online=way), spec, lr=0.0) for way in (False, True))
    expected = task.loss(net(batch.x, batch.mask), batch.y)[batch.mask].mean()
    torch.testing.assert_close(task.update(batch, optimizer).loss, expected.detach())
    torch.testing.assert_close(online.update(batch, each).loss, expected.detach())
