"""Fisher's discriminant and Newton's method against scikit-learn, on the tables that come with it."""

import warnings

import numpy as np
import pytest
import torch
from nnzoo.errors import DataWarning, UserError
from nnzoo.losses.multiclass.cross_entropy import CrossEntropy
from nnzoo.tasks.learners.fisher import Fisher
from nnzoo.tasks.learners.newton import Newton
from nnzoo.tasks.loop import Diverged
from sklearn.datasets import load_breast_cancer, load_iris
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

from tests.support.closed_forms import solved


def table(load):
    x, y = load(return_X_y=True)
    return StandardScaler().fit_transform(x), y


@pytest.mark.parametrize("load", [load_iris, load_breast_cancer])
def test_fisher_equals_linear_discriminant_analysis(load):
    x, y = table(load)
    with warnings.catch_warnings(action="ignore"):
        reference = LinearDiscriminantAnalysis(solver="lsqr").fit(x, y)
    task = solved(Fisher, x, y)
    output = task.net(torch.as_tensor(x)).detach().numpy()
    expected = reference.decision_function(x)
    expected = expected.reshape(len(x), -1)
    shift = 0 if output.shape[1] == 1 else (output - expected).mean(1, keepdims=True)  # the same for all classes
    np.testing.assert_allclose(output - shift, expected, rtol=1e-5, atol=1e-6)
    decided = task.head.predict(task.net(torch.as_tensor(x))).numpy()
    assert (decided == reference.predict(x)).all()


@pytest.mark.parametrize(
    ("change", "note"),
    [
        (lambda x: np.hstack([x, np.full((len(x), 2), 7.0)]), "2 constant inputs of 6 are left out"),
        (lambda x: np.hstack([x, 2 * x[:, :1] - x[:, 1:2]]), "1 of 5 directions are left out, since the inputs do not"),
    ],
)
def test_fisher_leaves_out_what_does_not_vary_within_the_classes(change, note):
    x, y = table(load_iris)
    x = change(x)
    with warnings.catch_warnings(action="ignore"):
        expected = LinearDiscriminantAnalysis(solver="svd").fit(x, y).decision_function(x)
    with pytest.warns(DataWarning, match=f"^{note}"):
        task = solved(Fisher, x, y)
    output = task.net(torch.as_tensor(x)).detach().numpy()
    np.testing.assert_allclose(output - (output - expected).mean(1, keepdims=True), expected, rtol=1e-5, atol=1e-6)


def test_two_outputs_equal_one():
    x, y = table(load_breast_cancer)
    one, two = solved(Fisher, x, y), solved(Fisher, x, y, outputs=2, loss=CrossEntropy())
    difference = two.net.linear.weight[1] - two.net.linear.weight[0]
    torch.testing.assert_close(one.net.linear.weight[0], difference)


@pytest.mark.parametrize("load", [load_iris, load_breast_cancer])
@pytest.mark.parametrize("penalty", [0.5, 10.0])
def test_newton_equals_logistic_regression(load, penalty):
    x, y = table(load)
    task = solved(Newton, x, y, penalty=penalty, passes=12)
    weight, bias = task.net.linear.weight.detach().numpy(), task.net.linear.bias.detach().numpy()
    for k in range(len(weight)):
        positive = y == (k if len(weight) > 1 else 1)  # one class against all
        reference = LogisticRegression(C=1 / penalty, tol=1e-10, max_iter=10000).fit(x, positive)
        np.testing.assert_allclose(weight[k], reference.coef_[0], rtol=1e-4, atol=1e-5)
        np.testing.assert_allclose(bias[k], reference.intercept_[0], rtol=1e-4, atol=1e-5)


def test_a_newton_step_by_hand():
    """From 0, p = 1/2: H = x x^T / 4, gradient = -y x / 2; one input, two examples."""
    task = solved(Newton, np.array([[1.0], [3.0]]), np.array([0, 1]), bias=False)
    assert task.net.linear.weight.item() == pytest.approx((3 - 1) / 2 / ((1 + 9) / 4))


X = np.array([[0.0, 1.0], [2.0, 1.0], [1.0, 5.0], [4.0, 5.0]])


@pytest.mark.parametrize(
    ("x", "y", "further", "message"),
    [
        (
            X,
            [0, 0, 1, 1],
            {},
            "feature 1 is constant within every class, so it separates classes alone; use task.penalty=1e-3",
        ),
        (X, [1, 1, 1, 1], {}, "class 0 has no training examples; Fisher's discriminant needs some of each class"),
        (X, [2, 1, 1, 2], {}, "class 0 has no training examples; Fisher's discriminant needs some of each class"),
        (
            X,
            [0, 1, 0, 1],
            {"bias": False},
            "Fisher's discriminant needs a bias as threshold; set model.bias=true",
        ),
    ],
)
def test_fisher_user_errors(x, y, further, message):
    with pytest.raises(UserError) as error:
        solved(Fisher, x, y, **further)
    assert str(error.value) == message


def test_penalty_allows_constant_features():
    assert solved(Fisher, X, [0, 0, 1, 1], penalty=0.1).net.linear.weight.isfinite().all()


def test_newton_user_errors():
    with pytest.raises(UserError, match=r"^task 'newton' minimizes the logistic loss; choose loss=logistic$"):
        solved(Newton, X, [0, 0, 1, 1], loss=CrossEntropy(), outputs=2)
    with pytest.raises(Diverged, match=r"the logistic loss is flat in some direction; set task.penalty above 0"):
        solved(Newton, np.zeros((4, 2)), [0, 0, 1, 1])
