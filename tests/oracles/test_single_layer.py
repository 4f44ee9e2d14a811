"""O31: one layer of linear units is least squares, logistic regression, the SVM or softmax regression by its loss.

Networks of the catalogue, learned to the optimum from real data, against scikit-learn's solvers. Aggarwal 1.2.1.5,
2.2-2.3. Where there is a penalty, decay / 2 times the squares of all parameters, that of the bias is one, too, as in
the text, where the bias is the weight of a constant input; liblinear's is the same.
"""

from pathlib import Path

import numpy as np
import pytest
import torch
from nnzoo import api
from nnzoo.builders.data import build_data
from nnzoo.builders.tasks import build_task
from nnzoo.config.compose import compose
from nnzoo.spec import Batch
from nnzoo.tasks.base import Task
from nnzoo.training.gradient_check import in_float64
from sklearn.datasets import load_diabetes
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.svm import LinearSVC

DECAY = 0.03
DESCENT = ("optimizer=momentum", "data.val=0", "init=zero")


def network(*overrides: str) -> tuple[Task, Batch]:
    """Return a task of the catalogue and its training data, both in float64."""
    config = api.plain(compose([*DESCENT, *overrides]))
    data = build_data(config)
    task = build_task(config, data)
    in_float64(task.net)
    train = data.splits["train"].batch()
    real = train.y.is_floating_point()
    return task, train._replace(x=train.x.double(), y=train.y.double() if real else train.y)


def learn(task: Task, batch: Batch, steps: int) -> None:
    """Take steps on all of the data."""
    (optimizer,), _ = task.configure_optimizers()
    for _ in range(steps):
        task.update(batch, optimizer)
    decay = optimizer.param_groups[0]["weight_decay"]
    slope = torch.cat([(p.grad + decay * p.detach()).flatten() for p in task.net.parameters()])
    assert slope.norm() < 1e-6, "the optimum is not reached"


def agree(task: Task, weight: np.ndarray, bias: np.ndarray | None = None, **tolerance: float) -> None:
    layer = task.net.model.linear
    np.testing.assert_allclose(layer.weight.detach().numpy(), np.atleast_2d(weight), **tolerance)
    if bias is not None:
        np.testing.assert_allclose(layer.bias.detach().numpy(), np.atleast_1d(bias), **tolerance)


def test_identity_and_squared_loss_are_least_squares(tmp_path: Path) -> None:
    x, y = load_diabetes(return_X_y=True)
    np.savez(tmp_path / "diabetes.npz", x=x, y=y / y.std())
    given = (f"data.path={tmp_path / 'diabetes.npz'}", "data.standardize=true", "optimizer.momentum=0.97")
    task, batch = network("model=linear_regression", "data=array", *given, "optimizer.lr=0.2")
    learn(task, batch, 1200)
    reference = LinearRegression().fit(batch.x.numpy(), batch.y.numpy())
    agree(task, reference.coef_, reference.intercept_, atol=1e-4)


def test_logistic_loss_is_logistic_regression() -> None:
    task, batch = network(
        "model=logistic_regression", "data=breast_cancer", "optimizer.lr=0.5", f"optimizer.weight_decay={DECAY}"
    )
    learn(task, batch, 500)
    reference = LogisticRegression(C=1 / DECAY / len(batch.y), solver="liblinear", tol=1e-10, max_iter=10000)
    reference.fit(batch.x.numpy(), batch.y.numpy())
    agree(task, reference.coef_, reference.intercept_, atol=1e-5)


@pytest.mark.parametrize("name", ["iris", "wine"])
def test_softmax_and_cross_entropy_are_multinomial_logistic_regression(name: str) -> None:
    task, batch = network(
        "model=softmax_regression",
        "model.bias=false",
        f"data={name}",
        "optimizer.lr=0.5",
        f"optimizer.weight_decay={DECAY}",
    )
    learn(task, batch, 500)
    reference = LogisticRegression(C=1 / DECAY / len(batch.y), fit_intercept=False, tol=1e-10, max_iter=10000)
    reference.fit(batch.x.numpy(), batch.y.numpy())
    agree(task, reference.coef_, atol=1e-5)


def test_squared_hinge_loss_is_the_l2_svm() -> None:
    task, batch = network("model=l2_svm", "data=breast_cancer", "optimizer.lr=0.1", f"optimizer.weight_decay={DECAY}")
    learn(task, batch, 900)
    reference = LinearSVC(C=1 / DECAY / len(batch.y), tol=1e-10, max_iter=100000, dual=False)
    reference.fit(batch.x.numpy(), batch.y.numpy())
    agree(task, reference.coef_, reference.intercept_, atol=1e-5)


def test_hinge_loss_is_the_svm() -> None:
    """Its kinks want steps that grow smaller, 1 / (decay * t)."""
    task, batch = network(
        "model=linear_svm", "data=breast_cancer", "optimizer=sgd", "optimizer.lr=1", f"optimizer.weight_decay={DECAY}"
    )
    (optimizer,), _ = task.configure_optimizers()
    for step in range(1, 2001):
        optimizer.param_groups[0]["lr"] = 1 / (DECAY * (step + 100))
        task.update(batch, optimizer)
    reference = LinearSVC(loss="hinge", C=1 / DECAY / len(batch.y), tol=1e-8, max_iter=1000000)
    reference.fit(batch.x.numpy(), batch.y.numpy())

    def objective(weight: np.ndarray, bias: float) -> float:
        margins = (2 * batch.y.numpy() - 1) * (batch.x.numpy() @ weight + bias)
        return float(np.maximum(0, 1 - margins).mean() + DECAY / 2 * (weight @ weight + bias**2))

    layer = task.net.model.linear
    best = objective(reference.coef_[0], float(reference.intercept_[0]))
    assert objective(layer.weight[0].detach().numpy(), layer.bias.item()) == pytest.approx(best, rel=1e-3)
    agree(task, reference.coef_, reference.intercept_, atol=0.02)
