"""Each member of an ensemble is trained as if it was alone."""

from functools import partial

import pytest
import torch
from nnzoo.builders.adapters import Network, identity
from nnzoo.errors import UserError
from nnzoo.losses.bce import BinaryCrossEntropy
from nnzoo.losses.regression.squared import Squared
from nnzoo.models.autoencoder_ensemble import AutoencoderEnsemble
from nnzoo.spec import Batch, DataSpec
from nnzoo.tasks.base import Task
from nnzoo.tasks.learners.ensemble import EnsembleTask
from nnzoo.tasks.penalties import WeightPenalty
from torch import nn
from torch.testing import assert_close

from tests.support.built import built
from tests.support.tasks import make

SPEC = DataSpec("real", (5,), "input", 5, low=0.0, high=1.0)
STEPS = DataSpec("real", (5,), "input", 5, sequence=True, per_step=True)
MEMBERS = 3
SGD = partial(torch.optim.SGD, lr=0.1)


def network(members: int = MEMBERS) -> Network:
    torch.manual_seed(0)
    net = AutoencoderEnsemble(in_features=5, members=members, dropped=0.3, hidden=[4], code=2)
    return Network(net, identity, masked=False)


def member(net: Network, m: int) -> Network:
    """Member `m` as an ensemble of one."""
    alone = network(members=1)
    alone.load_state_dict({name: values[m : m + 1].clone() for name, values in net.state_dict().items()})
    return alone


def task_of(kind: type[Task], net: Network, spec: DataSpec = SPEC, loss: nn.Module | None = None) -> Task:
    return make(kind, net, loss or Squared(), spec, optimizer=SGD)  # type: ignore[arg-type]


def batch_of(spec: DataSpec, n: int = 8, seed: int = 1) -> Batch:
    return spec.fake_batch(n, torch.Generator().manual_seed(seed))


def test_each_member_takes_the_steps_that_it_takes_alone() -> None:
    """Ordinary SGD steps, which depend on the size of the gradient; the single members are trained by `Task`."""
    net = network()
    alone = [member(net, m) for m in range(MEMBERS)]
    tasks = [task_of(EnsembleTask, net), *(task_of(Task, single) for single in alone)]
    optimizers = [task.configure_optimizers()[0] for task in tasks]
    for seed in range(3):
        batch = batch_of(SPEC, seed=seed)
        loss, *others = [task.update(batch, *own).loss for task, own in zip(tasks, optimizers, strict=True)]
        assert_close(loss, torch.stack(others).mean())
    for m, single in enumerate(alone):
        for name, values in single.named_parameters():
            assert_close(dict(net.named_parameters())[name][m : m + 1], values)


@pytest.mark.parametrize("loss", [Squared(), BinaryCrossEntropy()])
def test_the_loss_is_the_mean_and_the_outputs_are_the_median(loss: nn.Module) -> None:
    net, batch = network(), batch_of(SPEC)
    step = task_of(EnsembleTask, net, loss=loss).compute(batch)
    outputs = net.member_outputs(batch.x)
    assert_close(step.loss, torch.stack([loss(outputs[:, m], batch.y).mean() for m in range(MEMBERS)]).mean())
    assert_close(step.output, outputs.median(1).values)
    assert torch.equal(step.target, batch.y)


def test_parts_add_up_to_what_is_minimized() -> None:
    net, batch = network(), batch_of(SPEC)
    assert task_of(EnsembleTask, net).loss_parts == {}
    penalties = {"weights": WeightPenalty(weight=0.3)}
    task = make(EnsembleTask, net, Squared(), SPEC, penalties=penalties)
    total, step = task.training_loss(batch)
    values = {"loss": step.loss, **step.notes}
    assert_close(sum(weight * values[name] for name, weight in task.loss_parts.items()), total)


def test_padding_does_not_count() -> None:
    net, batch = network(), batch_of(STEPS)
    assert batch.mask is not None
    step = task_of(EnsembleTask, net, STEPS).compute(batch)
    gaps = (net.member_outputs(batch.x) - batch.x.unsqueeze(2)).square()
    assert_close(step.loss, gaps[batch.mask].mean())


def test_unknown_entries_do_not_count() -> None:
    net, batch = network(), batch_of(SPEC)
    y = batch.y.clone()
    y[::2, :3] = float("nan")
    partly = DataSpec("real", (5,), "input", 5, partial=True)
    step = task_of(EnsembleTask, net, partly).compute(batch._replace(y=y))
    gaps = (net.member_outputs(batch.x) - y.unsqueeze(1)).square()
    assert_close(step.loss, gaps.nanmean())
    assert step.counts is not None
    assert torch.equal(step.counts, ~y.isnan())


def test_other_networks_have_no_members() -> None:
    with pytest.raises(UserError, match="task 'ensemble' trains the members of an ensemble; Autoencoder has none"):
        built("model=autoencoder", "task=ensemble", "data=digits")


def test_the_config_chooses_it() -> None:
    assert isinstance(built("model=autoencoder_ensemble", "data=planted_outliers"), EnsembleTask)
