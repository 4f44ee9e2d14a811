"""Targets with unknown entries against loops over the known entries."""

import math
from copy import deepcopy
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from nnzoo.errors import UserError
from nnzoo.losses.base import Loss
from nnzoo.losses.regression.absolute import Absolute
from nnzoo.losses.regression.huber import Huber
from nnzoo.losses.regression.squared import Squared
from nnzoo.spec import DataSpec
from nnzoo.tasks.base import Task
from nnzoo.tasks.learners.closed_form import Ridge
from sklearn.metrics import mean_absolute_error, mean_squared_error, r2_score
from torch import Tensor, nn
from torchmetrics import MeanAbsoluteError

from tests.support.networks import Flat
from tests.support.tasks import loaders, make
from tests.support.trainers import fit

ROWS = DataSpec("real", (4,), "real", 5, partial=True)
LOSSES = {
    "squared": (Squared(), lambda gap: gap**2),
    "absolute": (Absolute(), abs),
    "huber": (Huber(delta=0.7), lambda gap: gap**2 if abs(gap) <= 0.7 else 1.4 * (abs(gap) - 0.35)),
}


@pytest.mark.parametrize("name", LOSSES)
def test_value_and_gradient_equal_a_loop_over_known_entries(name: str) -> None:
    loss, by_hand = LOSSES[name]
    net = Flat(4, 5).double()
    task = make(Task, net, loss, ROWS)
    batch = ROWS.fake_batch(7, torch.Generator().manual_seed(0))
    batch = batch._replace(x=batch.x.double(), y=batch.y.double())
    output, known = net(batch.x), [(i, j) for i in range(7) for j in range(5) if not math.isnan(batch.y[i, j])]
    assert 7 <= len(known) < 30
    expected = sum(by_hand(output[i, j] - batch.y[i, j]) for i, j in known) / len(known)
    gradient = torch.autograd.grad(expected, list(net.parameters()))
    step = task.gradient(batch)
    torch.testing.assert_close(step.loss, expected.detach())
    for parameter, value in zip(net.parameters(), gradient, strict=True):
        torch.testing.assert_close(parameter.grad, value)


class Shares(Loss):
    """The negative log likelihood of counts, whose outputs depend on each other."""

    targets = ("real",)
    additive = False

    def forward(self, output: Tensor, target: Tensor) -> Tensor:
        return -(target * output.log_softmax(-1)).sum(-1)


def test_unknown_entries_are_0_for_a_loss_of_all_outputs_together() -> None:
    net = Flat(4, 5).double()
    task = make(Task, net, Shares(), ROWS)
    batch = ROWS.fake_batch(7, torch.Generator().manual_seed(0))
    batch = batch._replace(x=batch.x.double(), y=batch.y.double().abs())
    shares = net(batch.x).softmax(-1)
    expected = -sum(
        batch.y[i, j] * shares[i, j].log() for i in range(7) for j in range(5) if not math.isnan(batch.y[i, j])
    )
    step = task.compute(batch)
    torch.testing.assert_close(step.loss, expected / 7)
    assert task.head.count(batch) == 7
    assert step.target.isfinite().all()


def test_output_without_known_targets_has_no_gradient() -> None:
    """Aggarwal 2.5.7: outputs of unobserved entries are dropped in training."""
    net = Flat(4, 5)
    batch = ROWS.fake_batch(6)
    batch.y[:, 2] = math.nan
    batch.y[:, 3] = 1.0
    make(Task, net, Squared(), ROWS).gradient(batch)
    assert net.layers[2].weight.grad[2].abs().max() == 0
    assert net.layers[2].weight.grad[3].abs().max() > 0


@pytest.mark.parametrize("loss", [Squared(), Absolute()])
def test_all_entries_known_equals_plain_training(loss: Loss) -> None:
    net = Flat(4, 5)
    batch = replace(ROWS, partial=False).fake_batch(6)
    losses = [make(Task, net, loss, spec).compute(batch).loss for spec in (ROWS, replace(ROWS, partial=False))]
    torch.testing.assert_close(*losses)


@pytest.mark.parametrize("cut", [20, 8])
def test_metrics_of_an_epoch_are_over_the_known_entries(tmp_path: Path, cut: int) -> None:
    """In the units of the targets, which are scaled separately, and independent of the batches."""
    spec = replace(ROWS, target_mean=(1.0, 2.0, 3.0, 4.0, 5.0), target_scale=(1.0, 2.0, 3.0, 4.0, 5.0))
    net = Flat(4, 5)
    task = make(Task, net, Squared(), spec, metrics={"further": MeanAbsoluteError()})
    train, val = loaders(spec)
    val.batch_size = cut
    seen = fit(task, train, val, tmp_path, epochs=1)[-1]
    batch = val.split.batch()
    known = ~batch.y.isnan()
    with torch.no_grad():
        output = net(batch.x)
    found = {name.removeprefix("val/"): value for name, value in seen.items() if name.startswith("val/")}
    assert found["loss"] == pytest.approx(float((output - batch.y)[known].square().mean()))
    scale, mean = (torch.tensor(v) for v in (spec.target_scale, spec.target_mean))
    true, predicted = ((values * scale + mean)[known].numpy() for values in (batch.y, output))
    assert found["mse"] == pytest.approx(mean_squared_error(true, predicted))
    assert found["rmse"] == pytest.approx(np.sqrt(found["mse"]))
    assert found["mae"] == pytest.approx(mean_absolute_error(true, predicted))
    assert found["further"] == pytest.approx(found["mae"])
    assert found["r2"] == pytest.approx(r2_score(true, predicted))


def test_training_metrics_weigh_batches_by_their_known_entries(tmp_path: Path) -> None:
    class Still(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.weight = nn.Parameter(torch.zeros(1))

        def forward(self, x: torch.Tensor, mask: torch.Tensor | None = None) -> torch.Tensor:
            return x[:, :1].expand(-1, 5) + 0 * self.weight

    train, val = loaders(ROWS)
    seen = fit(make(Task, Still(), Squared(), ROWS), train, val, tmp_path, epochs=1)[-1]
    batch = train.split.batch()
    gaps = (batch.x[:, :1] - batch.y)[~batch.y.isnan()]
    assert seen["train/loss"] == pytest.approx(float(gaps.square().mean()))
    assert seen["train/mse"] == pytest.approx(float(gaps.square().mean()))


def test_detached_step_keeps_counts() -> None:
    net = Flat(4, 5)
    batch = ROWS.fake_batch(3)
    step = make(Task, net, Squared(), ROWS).compute(batch).detached()
    assert torch.equal(step.counts, ~batch.y.isnan())
    assert not step.loss.requires_grad
    full = make(Task, deepcopy(net), Squared(), replace(ROWS, partial=False))
    assert full.compute(replace(ROWS, partial=False).fake_batch(3)).counts is None


def test_closed_form_refuses_unknown_entries() -> None:
    with pytest.raises(UserError, match=r"needs targets without unknown entries; the data is real .*5, some unknown"):
        make(Ridge, nn.Linear(4, 5), Squared(), ROWS)
