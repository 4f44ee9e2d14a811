"""Matrix factorization against sums by hand, linear algebra, and alternating least squares.

Shapes: m users, n items, k numbers in each vector.
"""

from collections.abc import Iterable
from functools import partial

import numpy as np
import pytest
import torch
from nnzoo.errors import UserError
from nnzoo.losses.regression.squared import Squared
from nnzoo.models.matrix_factorization import MatrixFactorization
from nnzoo.models.mlp import MLP
from nnzoo.spec import Batch, DataSpec
from nnzoo.tasks.base import Task
from nnzoo.tasks.components import Components
from nnzoo.tasks.penalties import ActivationPenalty, Penalty, WeightPenalty
from torch import Tensor, nn
from torch.testing import assert_close

from tests.support.networks import Unmasked
from tests.support.optima import minimize

M, N, K = 4, 5, 3
PAIRS = torch.tensor([[1, 1], [1, 3], [2, 3], [4, 5], [1, 5], [4, 2]])
RATINGS = torch.tensor([4.0, 5.0, 2.0, 5.0, 3.0, 1.0], dtype=torch.float64)[:, None]


def made(*, users: int = M, items: int = N, rank: int = K, **settings: object) -> MatrixFactorization:
    torch.manual_seed(0)
    net = MatrixFactorization(num_users=users + 1, num_items=items + 1, rank=rank, init_std=0.5, **settings).double()
    for parameter in net.parameters():  # biases start at 0
        parameter.data += 0.3 * torch.randn_like(parameter)
    return net


def task_of(net: nn.Module, spec: DataSpec, lr: float = 0.1, **penalties: Penalty) -> Task:
    components = Components(
        net=Unmasked(net),
        loss=Squared(),
        optimizer=partial(torch.optim.SGD, lr=lr),
        spec=spec,
        config={"seed": 0},
        penalties=penalties,
    )
    task = Task(components=components)
    task.setup("fit")
    return task


def spec_of(net_users: int = M, net_items: int = N) -> DataSpec:
    return DataSpec("ids", (2,), "real", 1, sizes=(net_users + 1, net_items + 1))


def every(values: Tensor) -> Batch:
    """Return all entries of a matrix (m, n) as examples."""
    places = torch.cartesian_prod(*(torch.arange(1, size + 1) for size in values.shape))
    return Batch(places, values.reshape(-1, 1))


def minimized(task: Task, batch: Batch, rounds: int = 60) -> float:
    """Minimize the training loss with second-order steps; return it."""
    for _ in range(rounds):
        minimize(
            lambda: task.training_loss(batch)[0],
            task.net.parameters(),
            max_iter=100,
            tolerance_grad=1e-12,
            tolerance_change=1e-16,
        )
    return float(task.training_loss(batch)[0].detach())


def predicted(net: nn.Module, users: int, items: int) -> Tensor:
    """Return all ratings: (m, n)."""
    with torch.no_grad():
        return net(every(torch.zeros(users, items)).x).view(users, items)


def test_value_by_hand():
    net = made()
    u, v, b, c = (layer.weight for layer in (net.user_vectors, net.item_vectors, net.user_biases, net.item_biases))
    for (i, j), found in zip(PAIRS.tolist(), net(PAIRS)[:, 0], strict=True):
        product = sum(u[i - 1, q] * v[j - 1, q] for q in range(K))
        assert_close(found, (net.mean + b[i - 1] + c[j - 1]).squeeze() + product)


def test_ratings_are_entries_of_a_matrix_product():
    """A network with a one-hot user as input and all items as outputs: e_r U V^T. Aggarwal 2.5.7, figure 2.13."""
    net = made(biases=False)
    one_hot = torch.eye(M, dtype=torch.float64)
    assert_close(predicted(net, M, N), one_hot @ net.user_vectors.weight.detach() @ net.item_vectors.weight.detach().T)


def test_gradient_of_a_user_sums_over_its_ratings():
    net = made()
    u, v = net.user_vectors.weight, net.item_vectors.weight
    ((net(PAIRS) - RATINGS).square() / 2).sum().backward()
    error = (net(PAIRS) - RATINGS).detach()[:, 0]
    for user in range(M):
        own = [k for k, (i, _) in enumerate(PAIRS.tolist()) if i == user + 1]
        by_hand = sum((error[k] * v[PAIRS[k, 1] - 1] for k in own), torch.zeros(K).double())
        assert_close(u.grad[user], by_hand.detach())
        assert_close(net.user_biases.weight.grad[user, 0], sum((error[k] for k in own), torch.zeros(()).double()))
    assert not u.grad[2].any()  # user 3 rates nothing
    assert not v.grad[3].any()  # nobody rates item 4
    assert_close(net.mean.grad[0], error.sum())


def test_sgd_steps_equal_the_updates_of_the_text():
    """u <= u (1 - a l) + a e v and v <= v (1 - a l) + a e u, both with the old values. Aggarwal 2.5.7.

    The penalty is on the vectors of the rated pair; the loss is e^2, so the learning rate is half of the text's.
    """
    rate, shrinkage = 0.2, 0.3
    net = made(biases=False)
    penalty = ActivationPenalty(weight=shrinkage, norm="l2", layers="*_vectors")
    task = task_of(net, spec_of(), lr=rate / 2, penalty=penalty)
    (optimizer,) = task.configure_optimizers()[0]
    u, v = (layer.weight.detach().clone().numpy() for layer in (net.user_vectors, net.item_vectors))
    for pair, rating in zip(PAIRS, RATINGS, strict=True):
        task.update(Batch(pair[None], rating[None]), optimizer)
        i, j = (pair - 1).tolist()
        error = rating.item() - u[i] @ v[j]
        u[i], v[j] = (
            u[i] * (1 - rate * shrinkage) + rate * error * v[j],
            v[j] * (1 - rate * shrinkage) + rate * error * u[i],
        )
    np.testing.assert_allclose(net.user_vectors.weight.detach(), u, rtol=1e-12)
    np.testing.assert_allclose(net.item_vectors.weight.detach(), v, rtol=1e-12)


def test_known_entries_of_rows_have_the_same_gradient_as_pairs():
    """A linear network from one-hot users to rows of ratings, unknown ones left out. Aggarwal 2.5.7."""
    net = made(biases=False)
    rows = MLP(in_features=M, out_features=N, hidden=(K,), activation="identity", bias=False).double()
    first, second = (layer for layer in rows.layers if isinstance(layer, nn.Linear))
    first.weight.data = net.user_vectors.weight.detach().T.clone()
    second.weight.data = net.item_vectors.weight.detach().clone()
    y = torch.full((M, N), float("nan"), dtype=torch.float64)
    y[PAIRS[:, 0] - 1, PAIRS[:, 1] - 1] = RATINGS[:, 0]
    rated = [0, 1, 3]
    spec = DataSpec("binary", (M,), "real", N, partial=True)
    one = task_of(rows, spec).gradient(Batch(torch.eye(M, dtype=torch.float64)[rated], y[rated]))
    other = task_of(net, spec_of()).gradient(Batch(PAIRS, RATINGS))
    assert_close(one.loss, other.loss)
    assert_close(first.weight.grad.T, net.user_vectors.weight.grad)
    assert_close(second.weight.grad, net.item_vectors.weight.grad)


@pytest.mark.parametrize("rank", [1, 2])
def test_full_matrix_is_approximated_like_the_truncated_svd(rank: int):
    """The least squared error is the sum of the squared singular values that are left out (Eckart and Young)."""
    matrix = torch.randn(6, 5, dtype=torch.float64)
    net = made(users=6, items=5, rank=rank, biases=False)
    loss = minimized(task_of(net, spec_of(6, 5)), every(matrix))
    u, s, vt = np.linalg.svd(matrix.numpy())
    assert loss * 30 == pytest.approx((s[rank:] ** 2).sum(), rel=1e-9)
    np.testing.assert_allclose(predicted(net, 6, 5), u[:, :rank] * s[:rank] @ vt[:rank], atol=1e-5)


def test_matrix_of_the_same_rank_is_fitted_exactly():
    matrix = torch.randn(6, 2, dtype=torch.float64) @ torch.randn(2, 5, dtype=torch.float64)
    assert np.linalg.matrix_rank(matrix.numpy()) == 2
    net = made(users=6, items=5, rank=2, biases=False)
    assert minimized(task_of(net, spec_of(6, 5)), every(matrix)) < 1e-16
    assert_close(predicted(net, 6, 5), matrix, rtol=1e-6, atol=1e-6)


def alternating_least_squares(
    pairs: Iterable[tuple[int, int]], ratings: "np.ndarray", shape: tuple[int, int], rank: int, penalty: float
) -> "tuple[np.ndarray, np.ndarray]":
    """Minimize sum (r - u.v)^2 + penalty (|U|^2 + |V|^2) over known ratings: users and items in turn, exactly."""
    users, items = np.array(list(pairs)).T
    rng = np.random.default_rng(0)
    u, v = (rng.normal(size=(size, rank)) for size in shape)
    for _ in range(3000):
        for one, other, rows, columns in ((u, v, users, items), (v, u, items, users)):
            for row in range(len(one)):
                x = other[columns[rows == row]]
                one[row] = np.linalg.solve(x.T @ x + penalty * np.eye(rank), x.T @ ratings[rows == row])
    return u, v


def test_known_ratings_equal_alternating_least_squares():
    """With as many numbers in a vector as the smaller side has, every local optimum is global: one loss, one matrix."""
    shape, penalty = (4, 5), 0.6
    rng = np.random.default_rng(1)
    known = np.argwhere(rng.random(shape) < 0.6)
    ratings = rng.integers(1, 6, len(known)).astype(float)
    u, v = alternating_least_squares(map(tuple, known), ratings, shape, 4, penalty)
    error = ratings - (u @ v.T)[known[:, 0], known[:, 1]]
    expected = (error**2).sum() + penalty * ((u**2).sum() + (v**2).sum())

    net = made(users=4, items=5, rank=4, biases=False)
    weights = WeightPenalty(weight=2 * penalty / len(known))  # half of the squares, beside a mean
    batch = Batch(torch.from_numpy(known + 1), torch.from_numpy(ratings)[:, None])
    loss = minimized(task_of(net, spec_of(4, 5), weights=weights), batch)
    assert loss * len(known) == pytest.approx(expected, rel=1e-8)
    np.testing.assert_allclose(predicted(net, 4, 5), u @ v.T, atol=1e-4)


def test_biases_alone_are_an_additive_least_squares_model():
    net = made(rank=0)
    assert {name for name, _ in net.named_parameters()} == {"mean", "user_biases.weight", "item_biases.weight"}
    loss = minimized(task_of(net, spec_of()), Batch(PAIRS, RATINGS), rounds=5)
    design = np.zeros((len(PAIRS), 1 + M + N))
    design[:, 0] = 1
    design[np.arange(len(PAIRS)), PAIRS[:, 0]] = design[np.arange(len(PAIRS)), M + PAIRS[:, 1]] = 1
    fitted = design @ np.linalg.lstsq(design, RATINGS.numpy(), rcond=None)[0]
    assert loss == pytest.approx(((RATINGS.numpy() - fitted) ** 2).mean(), abs=1e-12)


def test_unseen_ids_have_zero_bias_and_vector():
    """Vector and bias are 0: the mean and the bias that is known are left."""
    net = made()
    pairs = torch.tensor([[0, 0], [2, 0], [0, 3]])
    found = net(pairs)[:, 0]
    expected = [net.mean[0], net.mean[0] + net.user_biases.weight[1, 0], net.mean[0] + net.item_biases.weight[2, 0]]
    assert_close(found, torch.stack(expected))
    found.sum().backward()
    assert not net.user_vectors.weight.grad.any()
    assert net.user_biases.weight.grad.flatten().tolist() == [0, 1, 0, 0]


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"rank": -1}, "rank is -1; it must be at least 0"),
        ({"rank": 0, "biases": False}, "rank is 0; it must be at least 1 without biases"),
        ({"init_std": 0.0}, "init_std is 0.0; it must be above 0"),
        ({"init_std": float("inf")}, "init_std is inf"),
    ],
)
def test_values_out_of_range_are_refused(settings, message):
    with pytest.raises(ValueError, match=message):
        MatrixFactorization(num_users=3, num_items=3, **settings)


def test_vectors_of_users_and_items():
    net = MatrixFactorization(num_users=5, num_items=4, rank=3)
    assert torch.equal(net.vectors(), net.user_vectors.weight)
    assert torch.equal(net.vectors("output"), net.item_vectors.weight)
    with pytest.raises(UserError, match="vectors=sum needs an output for each input"):
        net.vectors("sum")
    nodes = MatrixFactorization(num_users=5, num_items=5, rank=3)
    assert torch.equal(nodes.vectors("both"), torch.cat([nodes.user_vectors.weight, nodes.item_vectors.weight], 1))
    with pytest.raises(UserError, match="a model of biases only has no vectors"):
        MatrixFactorization(num_users=5, num_items=4, rank=0).vectors()
