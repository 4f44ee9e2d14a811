"""Neighbourhood regression against least squares. Shapes: m users, n items."""

from functools import partial

import nnzoo
import numpy as np
import pytest
import torch
from nnzoo.losses.regression.squared import Squared
from nnzoo.models.neighborhood_regression import NeighborhoodRegression
from nnzoo.spec import Batch, DataSpec
from nnzoo.tasks.base import Task
from nnzoo.tasks.components import Components
from nnzoo.tasks.penalties import WeightPenalty

from tests.inference.small_runs import train
from tests.support.networks import Unmasked
from tests.support.optima import minimize
from tests.support.runs import checkpoint

M, N = 9, 4


def made(**settings):
    torch.manual_seed(0)
    return NeighborhoodRegression(in_features=N, **settings).double()


def fitted(y, net, **penalties):
    """The network at the minimum of the training loss; the inputs are the known entries of y."""
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
        learned = [p for p in net.parameters() if p.requires_grad]
        minimize(lambda: task.training_loss(batch)[0], learned, max_iter=100, tolerance_grad=1e-13)
    return net


@pytest.mark.parametrize("penalty", [0.0, 0.3])
def test_optimum_is_a_regression_of_each_column_on_the_others(penalty):
    """Each item on the ratings of the users who know it, in closed form; unknown entries of other items are 0."""
    y, known = ratings()
    total = known.sum()
    penalties = {"weights": WeightPenalty(weight=penalty)} if penalty else {}
    net = fitted(torch.tensor(y), made(), **penalties)
    for j in range(N):
        rows = known[:, j]
        others = np.delete(np.nan_to_num(y), j, 1)[rows]
        x = np.column_stack([others, np.ones(rows.sum())])
        ridge = penalty * total / 2 * np.diag([1.0] * (N - 1) + [0.0])  # half the squares, beside a mean over entries
        wanted = np.linalg.solve(x.T @ x + ridge, x.T @ y[rows, j])
        np.testing.assert_allclose(net.linear.weight[j].detach(), wanted[:-1], atol=1e-6)
        assert net.linear.bias[j].item() == pytest.approx(wanted[-1], abs=1e-5)


@pytest.mark.parametrize("penalty", [0.02, 0.3])
def test_optimum_is_a_regression_of_deviations_if_inputs_are_unknown(penalty):
    """Deviations of each item on those of the other items from their means; unknown ones are 0."""
    y, known = ratings()
    means = np.nanmean(y, 0)
    net = made(input_means=means.tolist())
    net.linear.bias.requires_grad_(False)
    net = fitted(torch.tensor(y), net, weights=WeightPenalty(weight=penalty))
    deviations = np.nan_to_num(y - means)
    for j in range(N):
        rows = known[:, j]
        x = np.delete(deviations, j, 1)[rows]
        ridge = penalty * known.sum() / 2 * np.eye(N - 1)
        wanted = np.linalg.solve(x.T @ x + ridge, x.T @ deviations[rows, j])
        np.testing.assert_allclose(net.linear.weight[j].detach(), wanted, atol=1e-6)


def test_value_and_gradient_of_deviations_by_hand():
    """The offsets are on both sides: dr_j/db_j = 1 and dr_j/db_i = -w_ji for known i."""
    net, x = made(input_means=[3.0, 2.0, 4.0, 1.0]), torch.tensor([[5.0, 0.0, 2.0, 1.0]], dtype=torch.float64)
    torch.testing.assert_close(net(x), torch.tensor([[3.0, 2.0, 4.0, 1.0]]).double())
    torch.nn.init.normal_(net.linear.weight)
    w, b = net.linear.matrix().detach(), net.linear.bias
    by_hand = b[1] + w[1, 0] * (5 - b[0]) + w[1, 2] * (2 - b[2]) + w[1, 3] * (1 - b[3])
    torch.testing.assert_close(net(x)[0, 1], by_hand)
    (gradient,) = torch.autograd.grad(net(x)[0, 3], b)
    torch.testing.assert_close(gradient, torch.stack([-w[3, 0], w.new_zeros(()), -w[3, 2], w.new_ones(())]))


def test_offsets_start_at_the_means_of_the_training_ratings(tmp_path):
    run = train(tmp_path, "model=neighborhood_regression", "data=toy_ratings", "data.layout=rows", "optimizer.lr=1e-9")
    offsets = checkpoint(run)["state_dict"]["net.model.linear.bias"]
    torch.testing.assert_close(offsets, torch.tensor([3.0, 4, 3, 5, 5]))  # E.T., Gandhi, Nero, Nixon, Shrek
    found = nnzoo.predict(run, {"user": ["Eve"], "item": ["Nero"], "rating": [4.0]}, which="last")["prediction"]
    np.testing.assert_allclose(found, [[3, 4, 3, 5, 5]], atol=1e-5)


def test_wrong_number_of_means():
    with pytest.raises(ValueError, match=r"^input_means has 3 numbers; there are 4 inputs$"):
        made(input_means=[1.0, 2.0, 3.0])


def ratings():
    """Ratings (M, N), NaN where unknown, and which are known."""
    rng = np.random.default_rng(0)
    y = rng.integers(1, 6, (M, N)).astype(float)
    y[rng.random((M, N)) < 0.2] = np.nan
    return y, ~np.isnan(y)


def test_value_by_hand():
    net, x = made(), torch.randn(M, N, dtype=torch.float64)
    for j in range(N):
        others = [i for i in range(N) if i != j]
        expected = sum(net.linear.weight[j, k] * x[:, i] for k, i in enumerate(others)) + net.linear.bias[j]
        torch.testing.assert_close(net(x)[:, j], expected)
