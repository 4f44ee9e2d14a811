"""Neighbourhood regression against least squares. Shapes: m users, n items."""

from functools import partial

import numpy as np
import pytest
import torch
from nnzoo.losses.regression.squared import Squared
from nnzoo.models.neighborhood_regression import NeighborhoodRegression
from nnzoo.spec import Batch, DataSpec
from nnzoo.tasks.base import Task
from nnzoo.tasks.components import Components
from nnzoo.tasks.penalties import WeightPenalty

from tests.support.networks import Unmasked
from tests.support.optima import minimize

M, N = 9, 4


def made():
    torch.manual_seed(0)
    return NeighborhoodRegression(in_features=N).double()


def fitted(y, **penalties):
    """The network at the minimum of the training loss; the inputs are the known entries of y."""
    net = made()
    spec = DataSpec("real", (N,), "input", N, partial=True)
    components = Components(
        net=Unmasked(net),
        loss=Squared(),
        optimizer=partial(torch.optim.SGD, lr=0.1),
        spec=spec,
        config={"seed": 0},
        penalties=penalties,
    )
    task = Task(components=components)
    batch = Batch(y.nan_to_num(0.0), y)
    for _ in range(5):
        minimize(lambda: task.training_loss(batch)[0], net.parameters(), max_iter=100, tolerance_grad=1e-13)
    return net


@pytest.mark.parametrize("penalty", [0.0, 0.3])
def test_optimum_is_a_regression_of_each_column_on_the_others(penalty):
    """Each item on the ratings of the users who know it, in closed form; unknown entries of other items are 0."""
    rng = np.random.default_rng(0)
    y = rng.integers(1, 6, (M, N)).astype(float)
    y[rng.random((M, N)) < 0.2] = np.nan
    known = ~np.isnan(y)
    total = known.sum()
    penalties = {"weights": WeightPenalty(weight=penalty)} if penalty else {}
    net = fitted(torch.tensor(y), **penalties)
    for j in range(N):
        rows = known[:, j]
        others = np.delete(np.nan_to_num(y), j, 1)[rows]
        x = np.column_stack([others, np.ones(rows.sum())])
        ridge = penalty * total / 2 * np.diag([1.0] * (N - 1) + [0.0])  # half the squares, beside a mean over entries
        wanted = np.linalg.solve(x.T @ x + ridge, x.T @ y[rows, j])
        np.testing.assert_allclose(net.linear.weight[j].detach(), wanted[:-1], atol=1e-6)
        assert net.linear.bias[j].item() == pytest.approx(wanted[-1], abs=1e-5)


def test_value_by_hand():
    net, x = made(), torch.randn(M, N, dtype=torch.float64)
    for j in range(N):
        others = [i for i in range(N) if i != j]
        expected = sum(net.linear.weight[j, k] * x[:, i] for k, i in enumerate(others)) + net.linear.bias[j]
        torch.testing.assert_close(net(x)[:, j], expected)
