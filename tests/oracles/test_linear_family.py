"""The linear family: what Aggarwal, chapters 1 and 2, says is the same, is the same; and against scikit-learn.

O: equivalences, E: exercises. Bias is a constant input unless said otherwise; y is -1 or +1. The worked numbers are in
`test_linear_numbers.py`.
"""

import math
import warnings

import numpy as np
import pytest
import torch
from nnzoo.analysis.layers.saliency import relevance, saliency
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
from nnzoo.models.mlp import MLP
from nnzoo.rules.perceptron import Perceptron
from nnzoo.rules.widrow_hoff import WidrowHoff as WidrowHoffRule
from nnzoo.spec import Batch
from nnzoo.tasks.learners.closed_form import Ridge
from nnzoo.tasks.learners.fisher import Fisher
from sklearn.datasets import load_breast_cancer, load_iris
from sklearn.linear_model import LogisticRegression, SGDClassifier
from sklearn.linear_model import Perceptron as ScikitPerceptron
from sklearn.linear_model import Ridge as ScikitRidge
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVC

from tests.support.closed_forms import solved
from tests.support.gradients import assert_close_with_gradients
from tests.support.linear import descend, net_of, points, task_of
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


@pytest.mark.parametrize("a", [0.5, 3.0])
def test_o30_a_margin_only_scales(a):
    """E2.1: L_a(W; decay) = a L_1(W / a; decay a), so a > 0 is the SVM of another penalty."""
    x, y = points()
    weight, decay = torch.randn(1, 3, dtype=torch.float64), 0.3

    def objective(weight, margin, decay):
        return Hinge(margin=margin)(x @ weight.T, y).sum() + decay / 2 * weight.square().sum()

    torch.testing.assert_close(objective(weight, a, decay), a * objective(weight / a, 1.0, decay * a))


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


def test_o8_least_squares_classification_is_fishers_discriminant():
    """The direction of both closed forms, with a bias; and that of each by its name: Widrow-Hoff, Adaline, LMS."""
    x, y = fishers_points()
    fisher = solved(Fisher, x, y).net.linear.weight.detach()
    squares = solved(Ridge, x, y, loss=WidrowHoff()).net.linear.weight.detach()
    assert cosine(squares, fisher) == pytest.approx(1, abs=1e-9)
    net = net_of(3, 1, bias=True)
    minimize(lambda: WidrowHoff()(net(torch.from_numpy(x)), torch.from_numpy(y)).sum(), net.parameters(), max_iter=200)
    torch.testing.assert_close(net.linear.weight.detach(), squares, rtol=1e-6, atol=1e-6)
    assert cosine(solved(Ridge, x, y, loss=WidrowHoff(), bias=False).net.linear.weight, fisher) < 0.999


def test_o8_the_widrow_hoff_rule_ends_at_the_least_squares():
    """Eq. 2.9 is LMS, the delta rule: its steps, summed over all examples, are 0 at the closed form only."""
    x, y = fishers_points()
    solution = solved(Ridge, x, y, loss=WidrowHoff())
    errors = WidrowHoffRule().error(solution.net(torch.from_numpy(x)), torch.from_numpy(y)).detach().numpy()
    np.testing.assert_allclose(np.c_[x, np.ones(len(x))].T @ errors, 0, atol=1e-9)


@pytest.mark.parametrize("kind", ["features and targets", "neither"])
def test_o8_without_a_bias_features_and_targets_have_to_be_centred(kind):
    """N12: with 70 of 200 positive, targets are 1.3 and -0.7, twice the class fractions that the book takes."""
    x, y = fishers_points()
    fisher = solved(Fisher, x, y).net.linear.weight
    targets = (2.0 * y - 1)[:, None]
    if kind == "neither":
        assert cosine(solved(Ridge, x, targets, bias=False).net.linear.weight, fisher) < 0.999
        return
    errors = WidrowHoffRule().error(torch.full((200, 1), float(targets.mean())), torch.from_numpy(y))
    assert sorted(set(errors[:, 0].tolist())) == pytest.approx([-0.7, 1.3])  # what is left after the mean
    fractions = np.where(y, (1 - y).mean(), -y.mean())[:, None]
    assert sorted(set(fractions[:, 0])) == pytest.approx([-0.35, 0.65])
    centred = x - x.mean(0)
    twice, once = (
        solved(Ridge, centred, each, bias=False).net.linear.weight for each in (errors.double().numpy(), fractions)
    )
    torch.testing.assert_close(twice, 2 * once, rtol=1e-5, atol=1e-8)
    assert cosine(once, fisher) == pytest.approx(1, abs=1e-9)


def fishers_points():
    """Return 200 points of two classes with the same covariance, 70 of them in class 1."""
    numbers = np.random.default_rng(0)
    y = np.arange(200) < 70
    x = numbers.normal(size=(200, 3)) @ numbers.normal(size=(3, 3)) + np.outer(y, [1.0, 0.5, -1.0]) + 0.3
    return x, y.astype(int)


def cosine(a, b):
    return torch.nn.functional.cosine_similarity(a.detach(), b.detach()).item()


def test_o16_t5_single_steps_end_at_the_closed_form_of_n_times_their_penalty():
    """(D^T D + n decay I)^-1 D^T y, where eq. 2.12 has the penalty of the whole sum.

    With a constant rate single steps end in a circle around it, at a distance of the order of the rate: of two rates,
    2 w(lr / 2) - w(lr) is an order nearer.
    """
    x, _ = points(20)
    y = torch.randn(20, 1, dtype=torch.float64)
    decay, ends = 0.1, []
    solution = solved(Ridge, x.numpy(), y.numpy(), penalty=20 * decay, bias=False).net.linear.weight.detach()
    for lr, epochs in ((4e-3, 10), (2e-3, 20)):
        net = net_of(3, 1, weight=solution)
        ends.append(descend(net, half_squared, x, y, lr=lr, decay=decay, epochs=epochs).clone())
    errors = [(end - solution).norm().item() for end in (*ends, 2 * ends[1] - ends[0])]
    assert errors[1] / errors[0] == pytest.approx(0.5, abs=0.05)
    assert errors[2] < 0.05 * errors[1]
    mean = net_of(3, 1)
    optimizer = torch.optim.SGD(mean.parameters(), lr=0.2, weight_decay=decay)
    for _ in range(500):  # the mean of single steps at the same weights
        optimizer.zero_grad()
        half_squared(mean(x), y).mean().backward()
        optimizer.step()
    torch.testing.assert_close(mean.linear.weight.detach(), solution, rtol=1e-6, atol=1e-6)
    reference = ScikitRidge(alpha=20 * decay, fit_intercept=False).fit(x.numpy(), y[:, 0].numpy())
    np.testing.assert_allclose(solution[0], reference.coef_, rtol=1e-6)


def half_squared(output, target):
    return Squared()(output, target) / 2


def test_o17_saliency_of_a_linear_network_is_its_weights():
    """Aggarwal 2.4: of the winning class, whatever the input."""
    net, x = net_of(3, 4, weight=torch.randn(4, 3)), torch.randn(20, 3, dtype=torch.float64)
    winners = net(x).argmax(1)
    assert len(set(winners.tolist())) > 2
    assert torch.equal(saliency(net, x), net.linear.weight[winners])
    torch.testing.assert_close(relevance(net, x, winners, over="all"), net.linear.weight.abs().sum(0))


def test_o12_linear_layers_with_the_perceptron_criterion_are_a_perceptron():
    """Lemma 1.5.1: hidden layers of linear units can say what one layer can, and nothing else.

    The criterion, its gradient with respect to the inputs and every prediction are those of the product of the
    matrices.
    """
    torch.manual_seed(1)
    deep = MLP(in_features=4, out_features=1, hidden=(5, 3), activation="identity", bias=False).double()
    product = deep.layers[-1].weight
    for layer in reversed([part for part in deep.layers[:-1] if isinstance(part, torch.nn.Linear)]):
        product = product @ layer.weight
    single = net_of(4, 1, weight=product.detach())
    x, y = points(60, 4)
    x.requires_grad_()
    one, other = (PerceptronCriterion()(net(x), y) for net in (deep, single))
    assert_close_with_gradients(one, other, [x])
    predicted = [task_of(net, Perceptron(), 2, 1.0)[0].head.predict(net(x)) for net in (deep, single)]
    assert torch.equal(*predicted)
    # It learns what a line separates, but not exclusive or.
    corners = torch.tensor([[-1.0, -1, 1], [1, 1, 1], [1, -1, 1], [-1, 1, 1]], dtype=torch.float64)
    for targets, separable in (([1, 1, 0, 0], False), ([1, 1, 1, 0], True)):
        net = MLP(in_features=3, out_features=1, hidden=(4,), activation="identity", bias=False).double()
        task, optimizer = task_of(net, Perceptron(online=True), 2, 0.1)
        fewest = 4.0
        for _ in range(50):
            task.update(Batch(corners, torch.tensor(targets)), optimizer)
            fewest = min(fewest, ZeroOne()(net(corners), torch.tensor(targets)).sum().item())
        assert (fewest == 0) == separable
