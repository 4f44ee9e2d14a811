"""Estimators against those of scikit-learn that minimize the same objective."""

import nnzoo
import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose
from sklearn.compose import TransformedTargetRegressor
from sklearn.datasets import load_breast_cancer, load_diabetes
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

RNG = np.random.default_rng(0)


def test_ridge():
    x, y = load_diabetes(return_X_y=True)
    net = nnzoo.NNZooRegressor("ridge", settings={"task.penalty": 3.0}).fit(x, y)
    oracle = make_pipeline(
        StandardScaler(), TransformedTargetRegressor(Ridge(alpha=3.0), transformer=StandardScaler())
    ).fit(x, y)
    assert_allclose(net.predict(x), oracle.predict(x), rtol=1e-5)
    assert_allclose(net.network_.model.linear.weight[0].detach(), oracle[-1].regressor_.coef_, rtol=1e-4, atol=1e-6)
    assert net.score(x, y) == pytest.approx(oracle.score(x, y), abs=1e-6)


def test_least_squares_of_several_targets():
    x, y = RNG.normal(size=(40, 3)) * [1, 10, 100], RNG.normal([5, 500], size=(40, 2))
    net = nnzoo.NNZooRegressor("ridge", settings={"task.penalty": 0.0}).fit(x, y)
    assert_allclose(net.predict(x), LinearRegression().fit(x, y).predict(x), rtol=1e-5, atol=1e-5)
    assert net.predict(x[:1]).shape == (1, 2)


def test_logistic_regression():
    x, y = load_breast_cancer(return_X_y=True)
    net = nnzoo.NNZooClassifier("logistic_regression", settings={"task": "newton", "task.penalty": 0.5}).fit(x, y)
    oracle = make_pipeline(StandardScaler(), LogisticRegression(C=2.0, tol=1e-8)).fit(x, y)
    assert_allclose(net.predict_proba(x), oracle.predict_proba(x), atol=2e-5)
    assert_allclose(net.decision_function(x), oracle.decision_function(x), atol=2e-3)
    assert (net.predict(x) == oracle.predict(x)).all()
    assert net.score(x, y) == oracle.score(x, y)


def test_softmax_regression():
    x = RNG.normal(size=(90, 2))
    y = np.array(["b", "c", "a"])[(x @ RNG.normal(size=(2, 3)) + RNG.gumbel(size=(90, 3))).argmax(1)]
    settings = {"optimizer.lr": 0.1, "loader.batch_size": 90, "data.standardize": False}
    net = nnzoo.NNZooClassifier("softmax_regression", max_epochs=250, settings=settings, random_state=0).fit(x, y)
    oracle = LogisticRegression(C=np.inf, tol=1e-8).fit(x, y)
    assert net.classes_.tolist() == oracle.classes_.tolist()
    weight = net.network_.model.linear.weight.detach()
    assert_allclose(weight - weight.mean(0), oracle.coef_ - oracle.coef_.mean(0), atol=2e-3)
    assert_allclose(net.predict_proba(x), oracle.predict_proba(x), atol=1e-3)
    assert_allclose(net.predict_proba(x), torch.from_numpy(net.decision_function(x)).softmax(1), atol=1e-6)
    assert (net.predict(x) == oracle.predict(x)).all()


def test_class_weight():
    x = RNG.normal(size=(80, 2))
    y = np.where(x[:, 0] + RNG.logistic(size=80) > 1.5, "rare", "common")
    settings = {"optimizer.lr": 0.1, "loader.batch_size": 80, "data.standardize": False}
    net = nnzoo.NNZooClassifier("softmax_regression", max_epochs=150, settings=settings, random_state=0)
    for weights in ({"rare": 4.0}, "balanced"):
        oracle = LogisticRegression(C=np.inf, tol=1e-8, class_weight=weights).fit(x, y)
        net.set_params(class_weight=weights).fit(x, y)
        assert_allclose(net.predict_proba(x), oracle.predict_proba(x), atol=2e-3)
