"""The linear family: worked numbers of Aggarwal, chapters 1 and 2. y is -1 or +1.

N: worked numbers, E: exercises, B and K: claims. The equivalences are in `test_linear_family.py`.
"""

import pytest
import torch
from nnzoo.losses.margin.hinge import Hinge
from nnzoo.losses.margin.logistic import Logistic
from nnzoo.losses.margin.perceptron import PerceptronCriterion
from nnzoo.losses.margin.squared_hinge import SquaredHinge
from nnzoo.losses.margin.widrow_hoff import WidrowHoff
from nnzoo.losses.margin.zero_one import ZeroOne
from nnzoo.losses.regression.squared import Squared
from nnzoo.rules.margin_perceptron import MarginPerceptron
from nnzoo.rules.perceptron import Perceptron
from nnzoo.spec import Batch, DataSpec
from nnzoo.tasks.learners.closed_form import Ridge
from nnzoo.tasks.penalties import WeightPenalty

from tests.support.closed_forms import solved
from tests.support.linear import net_of, task_of
from tests.support.optima import minimize

# Aggarwal 1.4.1: four points with five features, y = 2, 4, 6, 8
X1 = torch.tensor([[1, 1, 0, 0, 0], [2, 0, 1, 0, 0], [3, 0, 0, 1, 0], [4, 0, 0, 0, 1]], dtype=torch.float64)
Y1 = torch.tensor([[2.0], [4], [6], [8]], dtype=torch.float64)
SHORTEST = torch.tensor([[60.0, 2, 4, 6, 8]], dtype=torch.float64) / 31


def solution(a):
    """Return weights without training error; there are no others."""
    return torch.tensor([[a, 2 - a, 4 - 2 * a, 6 - 3 * a, 8 - 4 * a]], dtype=torch.float64)


@pytest.mark.parametrize(("a", "test_error"), [(2.0, 0.0), (0.0, 124.0), (60 / 31, 4 / 31)])
def test_n1_weights_without_training_error(a, test_error):
    """The mean squared error for x ~ N(0, I) is exact on 10 points with the same second moments."""
    net = net_of(5, 1, weight=solution(a))
    assert Squared()(net(X1), Y1).max() < 1e-24
    directions = torch.eye(5, dtype=torch.float64) * 5**0.5
    x = torch.cat([directions, -directions])
    truth = net_of(5, 1, weight=solution(2.0))(x).detach()
    assert Squared()(net(x), truth).mean().item() == pytest.approx(test_error, abs=1e-12)


def test_n1_descent_from_zero_takes_the_shortest():
    net = net_of(5, 1)
    optimizer = torch.optim.SGD(net.parameters(), lr=0.02)
    for _ in range(1500):
        optimizer.zero_grad()
        Squared()(net(X1), Y1).sum().backward()
        optimizer.step()
    torch.testing.assert_close(net.linear.weight.detach(), SHORTEST)
    torch.testing.assert_close(solution(60 / 31), SHORTEST)


@pytest.mark.parametrize(
    ("penalty", "expected"),
    [
        (0.0, SHORTEST[0].tolist()),
        (0.1, [1.92926045, 0.06430868, 0.12861736, 0.19292605, 0.25723473]),
        (1.0, [1.875, 0.0625, 0.125, 0.1875, 0.25]),
    ],
)
def test_n1_ridge(penalty, expected):
    found = solved(Ridge, X1.numpy(), Y1.numpy(), penalty=penalty, bias=False).net.linear.weight
    assert found[0].tolist() == pytest.approx(expected, abs=6e-9)


def test_n1_the_l1_penalty_chooses_the_true_weights():
    """Sum |w| = |a| + 10 |2 - a| without training error; so a small penalty ends near [2, 0, 0, 0, 0]."""
    net, penalty = net_of(5, 1), WeightPenalty(weight=1.0, norm="l1")
    penalty.bind(net, DataSpec("real", (5,), "real", 1))
    for a in (-1.0, 0.0, 60 / 31, 2.0, 2.5):
        net.linear.weight.data = solution(a)
        assert penalty.value(Batch(X1, Y1)).item() == pytest.approx(abs(a) + 10 * abs(2 - a))
    # The derivative of the squared error balances that of the penalty: a subgradient is 0 near the true weights.
    weight = 0.01
    net.linear.weight.data = torch.tensor([[2 - weight / 60, 0, 0, 0, 0]], dtype=torch.float64)
    Squared()(net(X1), Y1).sum().backward()
    gradient = net.linear.weight.grad[0]
    assert gradient[0].item() == pytest.approx(-weight)
    assert (gradient[1:].abs() < weight).all()


LOSSES = (PerceptronCriterion(), WidrowHoff(), Logistic(), Hinge(), SquaredHinge())


def test_n2_the_loss_of_a_positive_example():
    rows = {
        -3.0: (3, 16, 3.048587, 4, 16),
        -2.0: (2, 9, 2.126928, 3, 9),
        -1.0: (1, 4, 1.313262, 2, 4),
        0.0: (0, 1, 0.693147, 1, 1),
        0.5: (0, 0.25, 0.474077, 0.5, 0.25),
        1.0: (0, 0, 0.313262, 0, 0),
        2.0: (0, 1, 0.126928, 0, 0),
        3.0: (0, 4, 0.048587, 0, 0),
    }
    z = torch.tensor([[s] for s in rows], dtype=torch.float64)
    got = torch.stack([loss(z, torch.ones(len(rows), dtype=torch.long)) for loss in LOSSES], 1)
    torch.testing.assert_close(got, torch.tensor(list(rows.values()), dtype=torch.float64), atol=1e-6, rtol=0)


@pytest.mark.parametrize(
    ("ties", "lr", "path"),
    [
        ("error", 1.0, [(-1, -1), (0, 0), (-1, 1), (0, 0)]),
        ("positive", 2.0, [(0, 0), (0, 0), (-2, 2), (0, 0)]),  # eq. 1.4: an error counts twice
        ("half", 2.0, [(-1, -1), (1, 1), (0, 2), (2, 0), (0, -2), (2, 0), (0, 2), (2, 0)]),  # then the last four again
    ],
)
def test_n6_the_perceptron_goes_round_on_exclusive_or(ties, lr, path):
    """E1.4: (-1,-1) and (1,1) against (1,-1) and (-1,1), from zero; all conventions for sign(0) (T1)."""
    x = torch.tensor([[-1.0, -1], [1, 1], [1, -1], [-1, 1]], dtype=torch.float64)
    y = torch.tensor([1, 1, 0, 0])
    net = net_of(2, 1)
    task, optimizer = task_of(net, Perceptron(ties=ties), 2, lr)
    for step, expected in enumerate([*path, *path[-4:], *path[-4:]]):
        i = step % 4
        task.update(Batch(x[i : i + 1], y[i : i + 1]), optimizer)
        assert tuple(net.linear.weight[0].tolist()) == expected


SETS, EXAMPLES = 200, 20


@pytest.fixture(scope="module", params=[100, pytest.param(1000, marks=pytest.mark.slow)])
def twenty_points(request):
    """Epochs; accuracies (no bias or one, 3 runs, SETS); share of points on which two classifiers differ (2, 3).

    Each is trained on 20 points of the unit square, is x1 > x2? Runs: the perceptron, and the hinge loss with rates 1
    and 0.1. Exercise 1.11.
    """
    generator = torch.Generator().manual_seed(0)
    x = torch.rand(SETS, EXAMPLES, 2, generator=generator, dtype=torch.float64)
    test = torch.rand(1000, 2, generator=generator, dtype=torch.float64)
    constants = torch.tensor([0.0, 1], dtype=torch.float64).view(2, 1, 1, 1)
    inputs = torch.cat([x.expand(2, SETS, EXAMPLES, 2), constants.expand(2, SETS, EXAMPLES, 1)], -1)
    runs = [(Perceptron(), 1.0), (MarginPerceptron(), 1.0), (MarginPerceptron(), 0.1)]
    weight = torch.zeros(2, 3, SETS, 3, dtype=torch.float64)
    for step in range(request.param * EXAMPLES):
        at = inputs[:, :, step % EXAMPLES]
        y = (at[..., 0] > at[..., 1]).long()
        for run, (rule, lr) in enumerate(runs):
            output = (weight[:, run] * at).sum(-1, keepdim=True)
            weight[:, run] += lr * rule.error(output, y) * at
    positive = weight @ torch.cat([test, torch.ones(1000, 1)], 1).T > 0  # (2, 3, SETS, 1000)
    accuracy = (positive == (test[:, 0] > test[:, 1])).double().mean(-1)
    return request.param, accuracy, (positive[:, :, 0::2] != positive[:, :, 1::2]).double().mean((-1, -2))


def test_n10_hinge_and_perceptron_on_twenty_points(twenty_points):
    """Without a bias; means of 200 sets each, so both vary by sd / sqrt(200) around the same number."""
    epochs, accuracies, _ = twenty_points
    published = {
        100: [(0.963, 0.043), (0.962, 0.030), (0.949, None)],
        1000: [(0.963, 0.043), (0.970, 0.032), (0.966, None)],
    }
    for accuracy, (mean, deviation) in zip(accuracies[0], published[epochs], strict=True):
        assert accuracy.mean().item() == pytest.approx(mean, abs=3 * (2 / SETS) ** 0.5 * accuracy.std().item())
        if deviation is not None:
            assert accuracy.std().item() == pytest.approx(deviation, rel=0.35)


def test_n10_the_hinge_loss_has_the_smaller_spread_and_not_always_the_better_mean(twenty_points):
    epochs, accuracies, _ = twenty_points
    perceptron, hinge, slow = accuracies[0]
    assert hinge.std() < perceptron.std()
    for better in (hinge, slow):
        assert 0.25 < (better > perceptron).double().mean() < 0.62  # 33 to 54 % of the sets
    assert (hinge.mean() > perceptron.mean()).item() == (epochs == 1000)
    assert slow.mean() < hinge.mean()


def test_n10_classifiers_of_different_sets_disagree(twenty_points):
    """Perceptron 0.056, hinge 0.047 to 0.071."""
    perceptron, *hinge = twenty_points[2][0].tolist()
    assert perceptron == pytest.approx(0.056, abs=0.015)
    assert all(0.035 < each < 0.085 for each in hinge)


def test_n10_a_bias_makes_both_worse(twenty_points):
    """Perceptron 0.946 to 0.947, hinge 0.924 to 0.943."""
    accuracy = twenty_points[1].mean(-1)
    perceptron, *hinge = accuracy[1].tolist()
    assert perceptron == pytest.approx(0.9465, abs=0.012)
    assert all(0.912 < each < 0.955 for each in hinge)
    assert (accuracy[1] < accuracy[0]).all()


def test_b8_the_criterion_can_fall_while_errors_rise():
    """1.2.1.1: shrinking all weights lowers the surrogate; turning them, too, at the price of errors."""
    x = torch.tensor([[10.0, 0], [1, 1], [1, 1], [1, 1]], dtype=torch.float64)
    y = torch.tensor([0, 1, 1, 1])
    before, after = (torch.tensor([w], dtype=torch.float64) for w in ([1.0, 0], [-0.1, 0]))
    losses = [PerceptronCriterion()(x @ w.T, y).sum() for w in (before, after)]
    errors = [ZeroOne()(x @ w.T, y).sum().item() for w in (before, after)]
    assert losses[1] < losses[0]
    assert errors == [1, 3]


def test_k15_what_is_too_right_moves_least_squares_and_not_the_svm():
    x = torch.tensor([[-2.0], [-1], [1], [2]], dtype=torch.float64)
    y = torch.tensor([0, 0, 1, 1])
    far = torch.cat([x, torch.full((4, 1), 30.0, dtype=torch.float64)]), torch.cat([y, torch.ones(4, dtype=torch.long)])
    thresholds = {}
    for name, loss in {"widrow_hoff": WidrowHoff(), "hinge": Hinge(), "logistic": Logistic()}.items():
        found = []
        for data in ((x, y), far):
            net = net_of(1, 1, bias=True)

            def decayed(loss=loss, data=data, net=net):
                return loss(net(data[0]), data[1]).sum() + 1e-3 * net.linear.weight.square().sum()

            minimize(decayed, net.parameters(), max_iter=500, tolerance_change=1e-9)
            found.append((-net.linear.bias / net.linear.weight).item())
        thresholds[name] = found[1] - found[0]
    assert thresholds["widrow_hoff"] > 1  # a positive example is now on the wrong side
    assert abs(thresholds["hinge"]) < 0.1
    assert abs(thresholds["logistic"]) < 0.1
