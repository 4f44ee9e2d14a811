"""The linear family: what Aggarwal, chapters 1 and 2, says is the same, is the same; and against scikit-learn.

O: equivalences, N: worked numbers, E: exercises. Bias is a constant input unless said otherwise; y is -1 or +1.
"""

import math
import warnings
from functools import partial

import numpy as np
import pytest
import torch
from nnzoo.losses.margin.hinge import Hinge
from nnzoo.losses.margin.least_absolute import LeastAbsolute
from nnzoo.losses.margin.logistic import Logistic
from nnzoo.losses.margin.perceptron import PerceptronCriterion
from nnzoo.losses.margin.squared_hinge import SquaredHinge
from nnzoo.losses.margin.widrow_hoff import WidrowHoff
from nnzoo.losses.margin.zero_one import ZeroOne
from nnzoo.losses.multiclass.cross_entropy import CrossEntropy
from nnzoo.losses.multiclass.perceptron import MulticlassPerceptron
from nnzoo.losses.multiclass.weston_watkins import WestonWatkins
from nnzoo.losses.regression.squared import Squared
from nnzoo.models.linear import Linear
from nnzoo.rules.margin_perceptron import MarginPerceptron
from nnzoo.rules.perceptron import Perceptron
from nnzoo.spec import Batch, DataSpec
from nnzoo.tasks.components import Components
from nnzoo.tasks.learners.rule import RuleTask
from sklearn.datasets import load_breast_cancer, load_iris
from sklearn.linear_model import LogisticRegression, Ridge, SGDClassifier
from sklearn.linear_model import Perceptron as ScikitPerceptron
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVC

from tests.support.networks import Unmasked
from tests.support.optima import minimize

LOSSES = {
    "perceptron": PerceptronCriterion(),
    "widrow_hoff": WidrowHoff(),
    "logistic": Logistic(),
    "hinge": Hinge(),
    "squared_hinge": SquaredHinge(),
}
DELTA = {  # O6: the update is lr y delta x
    "perceptron": lambda m: float(m <= 0),
    "widrow_hoff": lambda m: 1 - m,
    "logistic": lambda m: 1 / (1 + math.exp(m)),
    "hinge": lambda m: float(m < 1),
    "squared_hinge": lambda m: max(0.0, 1 - m),
}
HALVED = ("widrow_hoff", "squared_hinge")  # T3: as printed, squares are of half the loss


def net_of(inputs, outputs, *, bias=False, weight=None):
    net = Linear(in_features=inputs, out_features=outputs, bias=bias).double()
    with torch.no_grad():
        net.linear.weight.copy_(torch.zeros(outputs, inputs) if weight is None else weight)
        if bias:
            net.linear.bias.zero_()
    return net


def descend(net, loss, x, y, *, lr, decay=0.0, epochs=1):
    """Stochastic gradient descent, one example at a time in order, with weight decay on the weights alone."""
    groups = [{"params": [net.linear.weight], "weight_decay": decay}]
    if net.linear.bias is not None:
        groups.append({"params": [net.linear.bias]})
    optimizer = torch.optim.SGD(groups, lr=lr)
    for _ in range(epochs):
        for i in range(len(x)):
            optimizer.zero_grad()
            loss(net(x[i : i + 1]), y[i : i + 1]).sum().backward()
            optimizer.step()
    return net.linear.weight.detach()


def points(n=40, inputs=3, classes=2, seed=0):
    generator = torch.Generator().manual_seed(seed)
    x = torch.randn(n, inputs, generator=generator, dtype=torch.float64)
    return x, torch.randint(classes, (n,), generator=generator)


def task_of(net, rule, classes, lr):
    spec = DataSpec("real", (net.linear.in_features,), "classes", classes)
    optimizer = partial(torch.optim.SGD, lr=lr)
    task = RuleTask(components=Components(net=Unmasked(net), loss=rule, optimizer=optimizer, spec=spec, config={}))
    (optimizer,), _ = task.configure_optimizers()
    return task, optimizer


def table(load):
    x, y = load(return_X_y=True)
    return torch.from_numpy(StandardScaler().fit_transform(x)), torch.from_numpy(y).long()


TABLES = [load_iris, load_breast_cancer]


@pytest.mark.parametrize("name", LOSSES)
def test_o1_a_bias_is_the_weight_of_an_input_that_is_always_one(name):
    x, y = points()
    with_bias, with_one = net_of(3, 1, bias=True), net_of(4, 1)
    ones = torch.cat([x, torch.ones(len(x), 1)], 1)
    descend(with_bias, LOSSES[name], x, y, lr=0.1)
    descend(with_one, LOSSES[name], ones, y, lr=0.1)
    torch.testing.assert_close(with_bias.linear.weight[0], with_one.linear.weight[0, :3])
    torch.testing.assert_close(with_bias.linear.bias[0], with_one.linear.weight[0, 3])
    torch.testing.assert_close(with_bias(x), with_one(ones))


@pytest.mark.parametrize("seed", range(5))
def test_o2_the_perceptron_parts_what_can_be_parted(seed):
    x, _ = points(60, 4, seed=seed)
    x = torch.cat([x, torch.ones(len(x), 1)], 1)
    score = x @ torch.tensor([1.0, -2.0, 0.5, 1.0, 0.3], dtype=torch.float64)
    x, y = x[score.abs() > 0.1], (score[score.abs() > 0.1] > 0).long()
    net = net_of(5, 1)
    task, optimizer = task_of(net, Perceptron(online=True), 2, 1.0)
    bound = (x.norm(dim=1).max() * 2.55 / 0.1) ** 2  # mistakes at most (R |w*| / gap)^2
    for _ in range(int(bound)):
        _, output, *_ = task.update(Batch(x, y), optimizer)
        if not ((output[:, 0] > 0) != y.bool()).any():
            break
    assert ZeroOne()(net(x), y).sum() == 0


@pytest.mark.parametrize("classes", [2, 4])
def test_o3_the_learning_rate_only_scales_the_perceptron(classes):
    """E2.3: from zero; false with a fixed decay, true again if lr * decay is fixed, false from elsewhere."""
    x, y = points(40, 3, classes)
    loss, outputs = (PerceptronCriterion(), 1) if classes == 2 else (MulticlassPerceptron(), 4)
    one = descend(net_of(3, outputs), loss, x, y, lr=1.0)
    quarter = descend(net_of(3, outputs), loss, x, y, lr=0.25)
    torch.testing.assert_close(quarter, 0.25 * one)
    one = descend(net_of(3, outputs), loss, x, y, lr=1.0, decay=0.125)
    torch.testing.assert_close(descend(net_of(3, outputs), loss, x, y, lr=0.25, decay=0.5), 0.25 * one)
    assert not torch.allclose(descend(net_of(3, outputs), loss, x, y, lr=0.25, decay=0.125), 0.25 * one)
    start = torch.ones(outputs, 3)
    one = descend(net_of(3, outputs, weight=start), loss, x, y, lr=1.0)
    assert not torch.allclose(descend(net_of(3, outputs, weight=start), loss, x, y, lr=0.25), 0.25 * one)


def test_o4_descent_on_the_criterion_is_the_perceptron_update_of_half_the_rate():
    """W <- W + lr (y - sign(z)) x, eq. 1.4, on errors is 2 lr y x."""
    x, y = points()
    weight = torch.tensor([[0.3, -0.2, 0.1]], dtype=torch.float64)
    got = descend(net_of(3, 1, weight=weight), PerceptronCriterion(), x, y, lr=0.5)
    for xi, yi in zip(x, 2 * y - 1, strict=True):
        weight = weight + 0.25 * (yi - (weight @ xi).sign()) * xi
    torch.testing.assert_close(got, weight)


def test_o5_the_perceptron_criterion_is_the_hinge_loss_shifted_by_one():
    z = torch.linspace(-3, 3, 61, dtype=torch.float64)[:, None]
    y = torch.ones(61, dtype=torch.long)
    torch.testing.assert_close(Hinge()(z, y), PerceptronCriterion()(z - 1, y))


@pytest.mark.parametrize("name", LOSSES)
def test_o6_every_update_is_decay_and_a_mistake_function(name):
    """E2.13: W <- W (1 - lr decay) + lr y delta(m) x, m = y W.x; O15: decay is torch's weight_decay."""
    x, y = points()
    lr, decay = 0.1, 0.3
    weight = torch.tensor([0.3, -0.2, 0.1], dtype=torch.float64)
    half = 2 if name in HALVED else 1
    loss = LOSSES[name] if half == 1 else lambda z, t: LOSSES[name](z, t) / 2
    got = descend(net_of(3, 1, weight=weight[None]), loss, x, y, lr=lr, decay=decay)
    for xi, yi in zip(x, (2 * y - 1).tolist(), strict=True):
        weight = weight * (1 - lr * decay) + lr * yi * DELTA[name](yi * float(weight @ xi)) * xi
    torch.testing.assert_close(got[0], weight)


def test_o7_logistic_loss_of_probabilities_and_of_outputs_is_the_same():
    """-log |y/2 - 0.5 + p| with p = sigmoid(z), eq. 2.15; log(1 + exp(-y z)), eq. 2.18; the gradient, 2.17."""
    z = torch.linspace(-4, 4, 33, dtype=torch.float64).repeat(2)[:, None].requires_grad_()
    target = torch.tensor([0] * 33 + [1] * 33)
    y = 2 * target - 1
    p = z.sigmoid()[:, 0]
    loss = Logistic()(z, target)
    torch.testing.assert_close(loss, -(y / 2 - 0.5 + p).abs().log())
    loss.sum().backward()
    mistake = torch.where(target == 1, 1 - p, p)
    torch.testing.assert_close(z.grad[:, 0], (-y * mistake).detach())


@pytest.mark.parametrize("way", ["bias", "centred"])
def test_o8_least_squares_classification_is_fishers_discriminant(way):
    """With a bias, or with features and targets centred; N12: centred targets are twice the class fractions."""
    x, y = fishers_points()
    signs = 2.0 * y - 1
    if way == "bias":
        weight = np.linalg.lstsq(np.c_[x, np.ones(len(x))], signs, rcond=None)[0][:-1]
    else:
        weight = np.linalg.lstsq(x - x.mean(0), signs - signs.mean(), rcond=None)[0]
    assert cosine(weight, fisher(x, y)) == pytest.approx(1)
    neither = np.linalg.lstsq(x, signs, rcond=None)[0]
    assert cosine(neither, fisher(x, y)) < 0.9999


def fishers_points():
    numbers = np.random.default_rng(0)
    y = np.arange(200) < 70
    return numbers.normal(size=(200, 3)) @ numbers.normal(size=(3, 3)) + np.outer(y, [1.0, 0.5, -1.0]) + 0.3, y


def fisher(x, y):
    within = sum(np.cov(x[y == k].T, bias=True) * (y == k).sum() for k in (False, True))
    return np.linalg.solve(within, x[y].mean(0) - x[~y].mean(0))


def cosine(a, b):
    return a @ b / np.linalg.norm(a) / np.linalg.norm(b)


def test_n12_centred_targets_are_twice_the_fractions():
    _, y = fishers_points()
    centred = (2.0 * y - 1) - (2.0 * y - 1).mean()
    fractions = np.where(y, (~y).mean(), -y.mean())
    assert sorted(set(fractions)) == pytest.approx([-0.35, 0.65])
    np.testing.assert_allclose(centred, 2 * fractions)


def test_o9_losses_repaired():
    """(y-z)^2 = (1-yz)^2; with 0 for m > 1 it is the squared hinge; |y-z| = |1-m| so repaired is the hinge."""
    z = torch.linspace(-3, 3, 61, dtype=torch.float64).repeat(2)[:, None]
    target = torch.tensor([0] * 61 + [1] * 61)
    y = 2 * target - 1
    m = y * z[:, 0]
    torch.testing.assert_close(WidrowHoff()(z, target), (y - z[:, 0]) ** 2)
    torch.testing.assert_close(SquaredHinge()(z, target), torch.where(m > 1, 0, WidrowHoff()(z, target)))
    torch.testing.assert_close(LeastAbsolute()(z, target), (y - z[:, 0]).abs())
    torch.testing.assert_close(Hinge()(z, target), torch.where(m > 1, 0, LeastAbsolute()(z, target)))


@pytest.mark.parametrize("name", ["softmax", "weston_watkins"])
def test_o10_o11_with_two_classes_it_is_the_binary_one(name):
    """E2.4, E2.5: W_1 - W_0 goes as the binary weights with twice the rate and half the decay (T6)."""
    many, binary = {"softmax": (CrossEntropy(), Logistic()), "weston_watkins": (WestonWatkins(), Hinge())}[name]
    x, y = points()
    start = torch.randn(2, 3, dtype=torch.float64)
    two = descend(net_of(3, 2, weight=start), many, x, y, lr=0.1, decay=0.2)
    one = descend(net_of(3, 1, weight=start[1:] - start[:1]), binary, x, y, lr=0.2, decay=0.1)
    torch.testing.assert_close(two[1:] - two[:1], one)
    probability = (x @ (two[1] - two[0])).sigmoid()
    torch.testing.assert_close((x @ two.T).softmax(1)[:, 1], probability)


def test_o11_the_multiclass_perceptron_of_two_classes_is_the_perceptron():
    """From zero and with the same rate: W_1 = -W_0 = W. A tie is an error in both (T1)."""
    x, y = points()
    two = descend(net_of(3, 2), MulticlassPerceptron(), x, y, lr=0.1)
    one = descend(net_of(3, 1), PerceptronCriterion(), x, y, lr=0.1)
    torch.testing.assert_close(two, torch.cat([-one, one]))


def test_o16_closed_form_is_the_limit_of_descent_and_t5_its_penalty_n_times_larger():
    """(D^T D + n decay I)^-1 D^T y is where single steps with decay end; eq. 2.12 has a whole step's penalty."""
    x, _ = points(20)
    y = torch.randn(20, 1, dtype=torch.float64)
    decay = 0.1
    net = net_of(3, 1)
    optimizer = torch.optim.SGD(net.parameters(), lr=0.2, weight_decay=decay)
    for _ in range(2000):  # the mean of single steps at the same weights
        optimizer.zero_grad()
        (Squared()(net(x), y) / 2).mean().backward()
        optimizer.step()
    expected = torch.linalg.solve(x.T @ x + 20 * decay * torch.eye(3, dtype=torch.float64), x.T @ y)
    torch.testing.assert_close(net.linear.weight.detach().T, expected)
    reference = Ridge(alpha=20 * decay, fit_intercept=False).fit(x.numpy(), y[:, 0].numpy())
    np.testing.assert_allclose(reference.coef_, expected[:, 0].numpy(), rtol=1e-8)


def test_o17_saliency_of_a_linear_network_is_its_weights():
    net = net_of(3, 4, weight=torch.randn(4, 3))
    x = torch.randn(3, dtype=torch.float64, requires_grad=True)
    for k in range(4):
        (saliency,) = torch.autograd.grad(net(x)[k], x)
        assert torch.equal(saliency, net.linear.weight[k])


@pytest.mark.parametrize("a", [0.5, 3.0])
def test_o30_a_margin_only_scales(a):
    """E2.1: L_a(W; decay) = a L_1(W / a; decay a), so a > 0 is the SVM of another penalty."""
    x, y = points()
    weight, decay = torch.randn(1, 3, dtype=torch.float64), 0.3

    def objective(weight, margin, decay):
        return Hinge(margin=margin)(x @ weight.T, y).sum() + decay / 2 * weight.square().sum()

    torch.testing.assert_close(objective(weight, a, decay), a * objective(weight / a, 1.0, decay * a))


def test_n1_a_table_with_too_many_features():
    """1.4.1: zero error in many ways; descent from zero takes the shortest; ridge by eq. 2.12."""
    x = torch.tensor([[1, 1, 0, 0, 0], [2, 0, 1, 0, 0], [3, 0, 0, 1, 0], [4, 0, 0, 0, 1]], dtype=torch.float64)
    y = torch.tensor([[2.0], [4], [6], [8]], dtype=torch.float64)
    for exact in ([2, 0, 0, 0, 0], [0, 2, 4, 6, 8]):
        assert not Squared()(net_of(5, 1, weight=torch.tensor([exact]))(x), y).any()
    net = net_of(5, 1)
    optimizer = torch.optim.SGD(net.parameters(), lr=0.02)
    for _ in range(3000):
        optimizer.zero_grad()
        Squared()(net(x), y).sum().backward()
        optimizer.step()
    shortest = torch.tensor([60.0, 2, 4, 6, 8], dtype=torch.float64) / 31
    torch.testing.assert_close(net.linear.weight.detach()[0], shortest)
    beside_truth = (shortest - torch.tensor([2.0, 0, 0, 0, 0])).square().sum()  # test error for x ~ N(0, I)
    assert beside_truth.item() == pytest.approx(4 / 31)
    for penalty, expected in {
        0.1: [1.92926045, 0.06430868, 0.12861736, 0.19292605, 0.25723473],
        1.0: [1.875, 0.0625, 0.125, 0.1875, 0.25],
    }.items():
        ridge = torch.linalg.solve(x.T @ x + penalty * torch.eye(5, dtype=torch.float64), x.T @ y)
        assert ridge[:, 0].tolist() == pytest.approx(expected, abs=1e-8)


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
    got = torch.stack([loss(z, torch.ones(len(rows), dtype=torch.long)) for loss in LOSSES.values()], 1)
    torch.testing.assert_close(got, torch.tensor(list(rows.values()), dtype=torch.float64), atol=1e-6, rtol=0)


@pytest.mark.parametrize(
    ("ties", "lr", "path"),
    [
        ("error", 1.0, [(-1, -1), (0, 0), (-1, 1), (0, 0)]),
        ("positive", 2.0, [(0, 0), (0, 0), (-2, 2), (0, 0)]),  # eq. 1.4: an error counts twice
    ],
)
def test_n6_the_perceptron_goes_round_on_exclusive_or(ties, lr, path):
    """E1.4: (-1,-1) and (1,1) against (1,-1) and (-1,1), from zero; both conventions for sign(0) (T1)."""
    x = torch.tensor([[-1.0, -1], [1, 1], [1, -1], [-1, 1]], dtype=torch.float64)
    y = torch.tensor([1, 1, 0, 0])
    net = net_of(2, 1)
    task, optimizer = task_of(net, Perceptron(ties=ties), 2, lr)
    for _ in range(3):
        for i, expected in enumerate(path):
            task.update(Batch(x[i : i + 1], y[i : i + 1]), optimizer)
            assert tuple(net.linear.weight[0].tolist()) == expected


def test_n10_hinge_and_perceptron_on_twenty_points():
    """E1.11: 20 points of the unit square, is x1 > x2? The hinge's spread over training sets is the smaller one."""
    sets, examples = 200, 20
    generator = torch.Generator().manual_seed(0)
    x = torch.rand(sets, examples, 2, generator=generator, dtype=torch.float64)
    test = torch.rand(1000, 2, generator=generator, dtype=torch.float64)
    accuracy = {}
    for name, rule in {"perceptron": Perceptron(), "hinge": MarginPerceptron()}.items():
        weight = torch.zeros(sets, 2, dtype=torch.float64)
        for step in range(100 * examples):
            at = x[:, step % examples]
            error = rule.error((weight * at).sum(1, keepdim=True), (at[:, 0] > at[:, 1]).long())
            weight += error * at
        right = (test @ weight.T > 0) == (test[:, :1] > test[:, 1:])
        accuracy[name] = right.double().mean(0)
    assert accuracy["perceptron"].mean().item() == pytest.approx(0.963, abs=0.01)
    assert accuracy["hinge"].mean().item() == pytest.approx(0.962, abs=0.01)
    assert accuracy["hinge"].std() < accuracy["perceptron"].std()


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


@pytest.mark.parametrize("load", TABLES)
def test_perceptron_is_that_of_scikit_learn(load):
    """Every weight after ten epochs in the same order, one class against all."""
    x, y = table(load)
    reference = ScikitPerceptron(shuffle=False, max_iter=10, tol=None).fit(x.numpy(), y.numpy())
    net = net_of(x.shape[1], len(reference.coef_), bias=True)
    task, optimizer = task_of(net, Perceptron(online=True), int(y.max()) + 1, 1.0)
    for _ in range(10):
        task.update(Batch(x, y), optimizer)
    np.testing.assert_allclose(net.linear.weight.detach().numpy(), reference.coef_, atol=1e-9)
    np.testing.assert_allclose(net.linear.bias.detach().numpy(), reference.intercept_, atol=1e-9)


@pytest.mark.parametrize("load", TABLES)
@pytest.mark.parametrize(("name", "theirs"), [("hinge", "hinge"), ("logistic", "log_loss"), ("squared_hinge",) * 2])
def test_descent_is_that_of_scikit_learn(load, name, theirs):
    """Three epochs of single steps with decay."""
    x, y = table(load)
    reference = SGDClassifier(
        loss=theirs, alpha=0.01, learning_rate="constant", eta0=0.01, shuffle=False, max_iter=3, tol=None
    ).fit(x.numpy(), y.numpy())
    net = net_of(x.shape[1], len(reference.coef_), bias=True)
    descend(net, LOSSES[name], x, y, lr=0.01, decay=0.01, epochs=3)
    np.testing.assert_allclose(net.linear.weight.detach().numpy(), reference.coef_, atol=1e-8)
    np.testing.assert_allclose(net.linear.bias.detach().numpy(), reference.intercept_, atol=1e-8)


@pytest.mark.parametrize("load", TABLES)
@pytest.mark.parametrize("name", ["squared_hinge", "logistic", "softmax"])
def test_the_optimum_of_scikit_learn_is_ours(load, name):
    """Where their solver ends, the gradient of our loss and penalty is zero."""
    x, y = table(load)
    two = int(y.max()) == 1
    if name == "squared_hinge":
        reference = LinearSVC(fit_intercept=False, C=0.1, tol=1e-10, max_iter=100000, dual=False)
    else:
        reference = LogisticRegression(fit_intercept=False, C=0.1, tol=1e-10, max_iter=10000)
    if name == "logistic":  # of more than two classes their own is the softmax one
        y, two = (y == 1).long(), True
    with warnings.catch_warnings(action="ignore"):
        found = torch.from_numpy(reference.fit(x.numpy(), y.numpy()).coef_)
    if name == "softmax" and two:  # W_1 = -W_0, and half the penalty each
        found = torch.cat([-found, found]) / 2
    loss = CrossEntropy() if name == "softmax" else LOSSES[name]
    penalty = 2.0 if name == "softmax" and two else 1.0
    weight = found.requires_grad_()
    objective = 0.1 * loss(x @ weight.T, y).sum() + penalty * weight.square().sum() / 2
    (gradient,) = torch.autograd.grad(objective, weight)
    assert gradient.abs().max() < 1e-4
    assert weight.abs().max() > 0.1
