"""Codes as features."""

import nnzoo
import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.datasets import load_digits, load_iris
from sklearn.decomposition import PCA
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

X, Y = load_iris(return_X_y=True)


def test_principal_components():
    net = nnzoo.NNZooTransformer("pca", settings={"model.code": 2}).fit(X)
    scaled = StandardScaler().fit(X)
    oracle = PCA(2).fit(scaled.transform(X))
    codes, wanted = net.transform(X), oracle.transform(scaled.transform(X))
    assert codes.shape == (150, 2)
    assert_allclose(np.abs(codes), np.abs(wanted), atol=1e-5)  # up to the signs
    restored = scaled.inverse_transform(oracle.inverse_transform(wanted))
    assert_allclose(net.inverse_transform(codes), restored, atol=1e-5)


def test_what_is_not_fitted_has_no_codes():
    net = nnzoo.NNZooTransformer("pca")
    for call in (net.transform, net.inverse_transform):
        with pytest.raises(NotFittedError, match="is not fitted yet"):
            call(X[:, :2])


def test_codes_in_a_pipeline(tmp_path):
    settings = {"model.hidden": [], "model.code": 3, "optimizer.lr": 0.05}
    net = nnzoo.NNZooTransformer(max_epochs=10, settings=settings, random_state=0, directory=tmp_path)
    pipe = make_pipeline(net, LogisticRegression()).fit(pd.DataFrame(X, columns=list("abcd")), Y)
    assert pipe.score(pd.DataFrame(X, columns=list("abcd")), Y) > 0.8
    assert pipe[:-1].get_feature_names_out().tolist() == [f"nnzootransformer{i}" for i in range(3)]
    frame = pd.DataFrame(X[:4], columns=list("abcd"))
    assert_array_equal(pipe[0].transform(frame), nnzoo.encode(pipe[0].run_, frame)["code"])


def test_codes_of_pictures():
    images = load_digits().images[:30]
    net = nnzoo.NNZooTransformer(max_epochs=1, settings={"model.hidden": [], "model.code": 5}).fit(images)
    assert net.transform(images).shape == (30, 5)
    assert net.inverse_transform(net.transform(images[:2])).shape == (2, 1, 8, 8)


@pytest.mark.parametrize(("model", "reason"), [("mlp", "target"), ("gan", "GAN has no codes")])
def test_network_without_codes_is_refused(model, reason):
    with pytest.raises(ValueError, match=reason) as caught:
        nnzoo.NNZooTransformer(model, max_epochs=1).fit(X[:, :2] / 10)
    assert "\n" not in str(caught.value)
