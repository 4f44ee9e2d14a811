"""Clipping by step, against a plain loop; by norm and by value, by hand in NumPy (`test_base.py`: against torch's)."""

from copy import deepcopy
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from nnzoo.layers.recurrent import clip_steps
from nnzoo.losses.multiclass.cross_entropy import CrossEntropy
from nnzoo.losses.regression.squared import Squared
from nnzoo.models.recurrent.lstm import LSTM
from nnzoo.spec import Batch, DataSpec
from nnzoo.tasks.base import Task
from nnzoo.tasks.clipping import GradientClipping
from torch import Tensor, nn
from torch.nn.utils import clip_grad_norm_, clip_grad_value_

from tests.support.loops import by_hand
from tests.support.networks import Unmasked
from tests.support.tasks import loaders, make
from tests.support.trainers import fit

SEQUENCES = DataSpec("real", (4,), "classes", 3, sequence=True)
BOUND = 0.002


def mean_loss(output: Tensor, batch: Batch) -> Tensor:
    return torch.nn.functional.cross_entropy(output, batch.y)


def test_cells_are_clipped_step_by_step_and_the_rest_by_value(tmp_path: Path) -> None:
    net = LSTM(in_features=4, out_features=3, hidden=5, per_step=False)
    by_step, by_value = deepcopy(net), deepcopy(net)
    train, val = loaders(SEQUENCES)
    task = make(Task, net, CrossEntropy(), SEQUENCES, clip_value=BOUND, clip_algorithm="temporal")
    fit(task, train, val, tmp_path)
    rest = clip_steps(by_step, BOUND)
    assert [p.shape for p in rest] == [p.shape for p in by_step.readout.parameters()]
    by_hand(by_step, train, mean_loss, clip=lambda _: clip_grad_value_(rest, BOUND))
    by_hand(by_value, train, mean_loss, clip=lambda parameters: clip_grad_value_(parameters, BOUND))
    for one, two in zip(net.parameters(), by_step.parameters(), strict=True):
        torch.testing.assert_close(one, two)
    for one, two in zip(net.recurrent.parameters(), by_value.recurrent.parameters(), strict=True):
        assert not torch.allclose(one, two)


@pytest.mark.parametrize(("algorithm", "bound"), [("value", 0.25), ("norm", 1.2)])
def test_least_squares_by_hand(tmp_path: Path, algorithm: Any, bound: float) -> None:
    """Gradient, clipping and momentum in NumPy; some entries exceed the bound."""
    spec = DataSpec("real", (4,), "real", 2)
    net = nn.Linear(4, 2)
    task = make(Task, Unmasked(net), Squared(), spec, clip_value=bound, clip_algorithm=algorithm)
    train, val = loaders(spec)
    weights = [net.weight.detach().double().numpy().T.copy(), net.bias.detach().double().numpy().copy()]
    speed: list[Any] = [0.0, 0.0]
    clipped = []
    for epoch in range(3):
        for batch in train.epoch(epoch):
            x, y = batch.x.double().numpy(), batch.y.double().numpy()
            gap = x @ weights[0] + weights[1] - y
            gradient = [2 * x.T @ gap / gap.size, 2 * gap.sum(0) / gap.size]
            norm = np.sqrt(sum((g**2).sum() for g in gradient))
            if algorithm == "value":
                clipped += [(abs(g) > bound).mean() for g in gradient]
                gradient = [np.minimum(np.maximum(g, -bound), bound) for g in gradient]
            else:
                clipped.append(float(norm > bound))
                gradient = [g * min(1.0, bound / norm) for g in gradient]
            speed = [0.9 * s + g for s, g in zip(speed, gradient, strict=True)]
            weights = [w - 0.1 * s for w, s in zip(weights, speed, strict=True)]
    assert 0 < np.mean(clipped) < 1
    fit(task, train, val, tmp_path)
    np.testing.assert_allclose(net.weight.detach().numpy().T, weights[0], rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(net.bias.detach().numpy(), weights[1], rtol=1e-4, atol=1e-5)


def test_without_a_bound_nothing_is_clipped() -> None:
    net = LSTM(in_features=4, out_features=3, hidden=5, per_step=False)
    make(Task, net, CrossEntropy(), SEQUENCES, clip_algorithm="temporal")
    assert net.recurrent.step_clip is None


@pytest.mark.parametrize(("algorithm", "clip"), [("norm", clip_grad_norm_), ("value", clip_grad_value_)])
def test_each_member_is_clipped_by_itself(algorithm: Any, clip: Any) -> None:
    gradients = torch.tensor([[3.0, -4.0, 0.0], [0.3, 0.4, 0.0], [0.0, 0.0, 0.0], [0.6, -0.8, 2.0]])
    expected = []
    for row in gradients:
        parameter = nn.Parameter(torch.zeros(3))
        parameter.grad = row.clone()
        clip([parameter], 1.2)
        expected.append(parameter.grad)
    found = gradients.clone()
    GradientClipping(nn.Linear(3, 1), bound=1.2, algorithm=algorithm).members(found)
    torch.testing.assert_close(found, torch.stack(expected))
    GradientClipping(nn.Linear(3, 1), bound=None, algorithm=algorithm).members(gradients)
    assert gradients[0].tolist() == [3, -4, 0]
