"""Row-index networks against matrix products and matrix factorization. Shapes: m users, n items, k features."""

from functools import partial

import numpy as np
import pytest
import torch
from nnzoo.config.files import model_config
from nnzoo.data.ratings.toy import ToyRatings
from nnzoo.losses.base import Loss
from nnzoo.losses.bce import BinaryCrossEntropy
from nnzoo.losses.multinomial import Multinomial
from nnzoo.losses.regression.squared import Squared
from nnzoo.models.matrix_factorization import MatrixFactorization
from nnzoo.models.row_index import RowIndex
from nnzoo.spec import Batch, DataSpec
from nnzoo.tasks.base import Task
from nnzoo.tasks.components import Components
from torch import nn
from torch.testing import assert_close

from tests.support.networks import Unmasked
from tests.support.optima import minimize

M, N, K = 4, 5, 3
EVERYONE = torch.arange(1, M + 1)[:, None]


def made(**settings: object) -> RowIndex:
    torch.manual_seed(0)
    return RowIndex(num_users=M + 1, out_features=N, rank=K, init_std=0.5, **settings).double()


def task_of(net: nn.Module, spec: DataSpec, loss: Loss | None = None, lr: float = 0.1) -> Task:
    components = Components(
        net=Unmasked(net),
        loss=loss or Squared(),
        optimizer=partial(torch.optim.SGD, lr=lr),
        spec=spec,
        config={"seed": 0},
    )
    task = Task(components=components)
    task.setup("fit")
    return task


def partly_known(seed: int = 0) -> torch.Tensor:
    rng = np.random.default_rng(seed)
    y = rng.integers(1, 6, (M, N)).astype(float)
    y[rng.random((M, N)) < 0.5] = np.nan
    y[:, 0], y[:, 4] = 2.0, np.nan  # every user rates item 0, nobody item 4
    return torch.tensor(y)


ROWS = DataSpec("ids", (1,), "real", N, sizes=(M + 1,), partial=True)


def test_outputs_are_a_product_of_matrices():
    """e_r U V^T for all items in one pass. Aggarwal 2.5.7, figure 2.13."""
    net = made(bias=False)
    u, v = net.embedding.weight, net.head.weight
    assert_close(net(EVERYONE), torch.eye(M, dtype=torch.float64) @ u @ v.T)
    assert_close(net.encode(EVERYONE), u)


def test_deep_network_by_hand():
    net = made(hidden=(6, 2), activation="tanh")
    first, second = (layer for layer in net.hidden if isinstance(layer, nn.Linear))
    h = (net.embedding.weight @ first.weight.T + first.bias).tanh()
    h = (h @ second.weight.T + second.bias).tanh()
    assert_close(net(EVERYONE), h @ net.head.weight.T + net.head.bias)
    assert model_config("deep_row_index")["hidden"]


def test_unknown_user_has_the_biases():
    net = made()
    assert_close(net(torch.tensor([[0]])), net.head.bias[None])
    net(torch.tensor([[0]])).sum().backward()
    assert not net.embedding.weight.grad.any()


def test_known_entries_alone_have_a_gradient():
    """Loss and gradient are those of a loop over the known entries; an item that nobody rates does not learn."""
    net, y = made(bias=False), partly_known()
    step = task_of(net, ROWS).gradient(Batch(EVERYONE, y))
    u, v = net.embedding.weight.detach(), net.head.weight.detach()
    known = (~y.isnan()).nonzero().tolist()
    du, dv, total = torch.zeros_like(u), torch.zeros_like(v), 0.0
    for i, j in known:
        error = u[i] @ v[j] - y[i, j]
        total += float(error**2) / len(known)
        du[i] += 2 * error * v[j] / len(known)
        dv[j] += 2 * error * u[i] / len(known)
    assert step.loss.item() == pytest.approx(total, rel=1e-12)
    assert_close(net.embedding.weight.grad, du)
    assert_close(net.head.weight.grad, dv)
    assert not net.head.weight.grad[4].any()


def test_rows_with_one_rating_take_the_steps_of_matrix_factorization():
    """Row by row, with one known entry each: stochastic gradient descent on triplets. Aggarwal 2.5.7."""
    net, y = made(bias=False), partly_known(1)
    pairs = MatrixFactorization(num_users=M + 1, num_items=N + 1, rank=K, biases=False).double()
    pairs.user_vectors.weight.data = net.embedding.weight.data.clone()
    pairs.item_vectors.weight.data = net.head.weight.data.clone()
    one = task_of(net, ROWS)
    other = task_of(pairs, DataSpec("ids", (2,), "real", 1, sizes=(M + 1, N + 1)))
    (first,), (second,) = one.configure_optimizers()[0], other.configure_optimizers()[0]
    for i, j in (~y.isnan()).nonzero().tolist():
        row = torch.full((1, N), float("nan"), dtype=torch.float64)
        row[0, j] = y[i, j]
        one.update(Batch(torch.tensor([[i + 1]]), row), first)
        other.update(Batch(torch.tensor([[i + 1, j + 1]]), y[i, j].view(1, 1)), second)
    assert_close(net.embedding.weight, pairs.user_vectors.weight)
    assert_close(net.head.weight, pairs.item_vectors.weight)


def test_log_loss_is_logistic_matrix_factorization():
    """-log L with L = |b - 1 / (1 + exp(u.v))|, the probability of the entry b. Aggarwal 2.5.7, equation 2.58."""
    net = made(bias=False)
    torch.manual_seed(1)
    b = torch.randint(2, (M, N)).double()
    spec = DataSpec("ids", (1,), "multilabel", N, sizes=(M + 1,), partial=True)
    step = task_of(net, spec, BinaryCrossEntropy()).gradient(Batch(EVERYONE, b))
    u, v = net.embedding.weight.detach().numpy(), net.head.weight.detach().numpy()
    s, b = u @ v.T, b.numpy()
    likelihood = np.abs(b - 1 / (1 + np.exp(s)))
    assert step.loss.item() == pytest.approx(-np.log(likelihood).mean(), rel=1e-12)
    error = (1 / (1 + np.exp(-s)) - b) / b.size
    np.testing.assert_allclose(net.embedding.weight.grad, error @ v, rtol=1e-10)
    np.testing.assert_allclose(net.head.weight.grad, error.T @ u, rtol=1e-10)


@pytest.mark.parametrize(
    ("settings", "message"),
    [({"rank": 0}, "a layer has 0 units"), ({"hidden": (0,)}, "a layer has 0"), ({"init_std": 0.0}, "init_std is 0.0")],
)
def test_values_out_of_range(settings, message):
    with pytest.raises(ValueError, match=message):
        RowIndex(**{"num_users": 3, "out_features": 2, **settings})


def test_toy_ratings_of_figures_2_13_and_2_14_are_fitted():
    """With two features the six known ratings are fitted exactly; all other ratings of both users are predicted."""
    data = ToyRatings(layout="index", standardize_target=False)
    torch.manual_seed(0)
    net = RowIndex(num_users=3, out_features=5, rank=2, bias=False, init_std=1.0).double()
    task = task_of(net, data.spec)
    batch = data.splits["train"].batch()
    batch = batch._replace(y=batch.y.double())
    for _ in range(3):
        minimize(lambda: task.training_loss(batch)[0], net.parameters(), max_iter=200, tolerance_grad=1e-12)
    found = net(batch.x).detach()
    known = ~batch.y.isnan()
    assert int(known.sum()) == 6
    assert_close(found[known], batch.y[known], atol=1e-6, rtol=0)
    assert found.isfinite().all()


def test_softmax_outputs_are_multinomial_matrix_factorization():
    """-sum over i, j of c_ij log of the softmax of u_i.v_j over j, with unknown counts 0. Aggarwal 2.5.7, eq. 2.60."""
    net, c = made(bias=False), partly_known(2)
    step = task_of(net, ROWS, Multinomial()).gradient(Batch(EVERYONE, c))
    u, v, counts = net.embedding.weight.detach().numpy(), net.head.weight.detach().numpy(), np.nan_to_num(c.numpy())
    s = u @ v.T
    shares = np.exp(s) / np.exp(s).sum(1, keepdims=True)
    assert step.loss.item() == pytest.approx(-(counts * np.log(shares)).sum() / M, rel=1e-12)
    error = (counts.sum(1, keepdims=True) * shares - counts) / M
    np.testing.assert_allclose(net.embedding.weight.grad, error @ v, rtol=1e-10)
    np.testing.assert_allclose(net.head.weight.grad, error.T @ u, rtol=1e-10)


def test_vectors_of_rows_and_columns():
    net = RowIndex(num_users=5, out_features=4, rank=3)
    assert torch.equal(net.vectors(), net.embedding.weight)
    assert torch.equal(net.vectors("sum"), net.embedding.weight + net.head.weight)
