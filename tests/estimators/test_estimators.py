"""What estimators do with labels, frames, pictures and runs."""

import pickle
import re
import tempfile
from pathlib import Path

import nnzoo
import numpy as np
import pandas as pd
import polars as pl
import pytest
import torch
from joblib import Parallel, delayed
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import clone
from sklearn.datasets import load_digits, load_iris
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import cross_val_score
from torch import nn

X, Y = load_iris(return_X_y=True)
X, Y = X[::3], Y[::3]
RNG = np.random.default_rng(0)
FAST = {"optimizer.lr": 0.1}
DIVERGES = {"optimizer": "sgd", "optimizer.lr": 1e30}


def classifier(**parameters):
    return nnzoo.NNZooClassifier(
        **{"model": "linear", "max_epochs": 10, "settings": FAST, "random_state": 0} | parameters
    )


@pytest.fixture(scope="module")
def fitted():
    return classifier().fit(X, Y)


@pytest.mark.parametrize(
    "names",
    [
        np.array([10, -3, 7]),
        np.array(["setosa", " z b", "Ünder "], dtype=object),
        np.array([2.0, 1.0, 0.0]),
    ],
    ids=["int", "str", "float"],
)
def test_labels_of_any_kind(names):
    net = classifier().fit(X, names[Y])
    assert net.classes_.tolist() == sorted(names.tolist())
    assert net.predict(X).dtype == names.dtype
    assert net.score(X, names[Y]) > 0.8
    probabilities = net.predict_proba(X)
    assert_allclose(probabilities.sum(1), 1, rtol=1e-6)
    assert_array_equal(net.classes_[probabilities.argmax(1)], net.predict(X))
    assert_array_equal(net.classes_[net.decision_function(X).argmax(1)], net.predict(X))


@pytest.mark.parametrize("names", [[False, True], [" yes", "no"]])
@pytest.mark.parametrize("model", ["linear", "perceptron"])  # two outputs, and one
def test_two_classes(names, model):
    y = np.array(names)[(Y > 0).astype(int)]
    net = classifier(model=model).fit(X, y)
    assert net.score(X, y) > 0.9
    scores = net.decision_function(X)
    assert scores.shape == (len(X),)
    assert_array_equal(net.predict(X), net.classes_[(scores > 0).astype(int)])
    assert roc_auc_score(y == net.classes_[1], scores) > 0.95
    assert hasattr(net, "predict_proba") == (model == "linear")


@pytest.mark.parametrize("one_hot", [False, True])
def test_sets_of_labels(one_hot):
    y = np.eye(3, dtype=int)[Y] if one_hot else np.stack([Y > 0, Y > 1], 1).astype(int)
    net = classifier(settings={"optimizer.lr": 0.3}).fit(X, y)
    found = net.predict(X)
    assert found.shape == y.shape
    assert (found == y).mean() > 0.8
    assert_array_equal(found, net.predict_proba(X) > 0.5)
    assert_array_equal(found, net.decision_function(X) > 0)
    with pytest.raises(ValueError, match="class_weight='balanced' is for classes, but y is a set of labels"):
        net.set_params(class_weight="balanced").fit(X, y)


@pytest.mark.parametrize(
    ("y", "parameters", "message"),
    [
        (["a"] * len(X), {}, "y has one class, 'a'; a classifier needs at least two"),
        (["a", "a "] * (len(X) // 2), {}, "two classes of y differ only in surrounding blanks"),
        ([None, *["a", "b"] * (len(X) // 2)][: len(X)], {}, "y has values of several types: NoneType, str"),
        (Y, {"class_weight": {5: 2.0}}, "class_weight: there is no class 5; the classes are [0, 1, 2]"),
        (Y, {"class_weight": "even"}, "class_weight is 'even'; it must be balanced"),
        (
            Y,
            {"class_weight": [1.0, 2.0, 1.0]},
            "class_weight is [1.0, 2.0, 1.0]; it must be 'balanced' or {class: weight}",
        ),
        (Y, {"model": "mlp", "settings": DIVERGES}, "the run is diverged: "),
    ],
)
def test_data_and_parameters_that_do_not_fit(y, parameters, message):
    with pytest.raises(ValueError, match=re.escape(message)) as caught:
        classifier(**parameters).fit(X, y)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("library", [pd, pl])
def test_frames_with_categories_and_ids(library):
    region = np.array(["north", "south", "west"])[Y]
    frame = library.DataFrame({"row_id": RNG.permutation(len(X)), "region": region, "length": X[:, 0]})
    net = classifier().fit(frame, region)
    assert net.feature_names_in_.tolist() == ["row_id", "region", "length"]
    assert [column.name for column in net.network_.preprocessing.columns] == ["row_id", "region", "length"]
    assert net.score(frame, region) > 0.9
    with pytest.raises(ValueError, match="feature names"):
        net.predict(frame[["length", "region", "row_id"]])


def test_numeric_frames_and_arrays_are_the_same(fitted):
    frame = pd.DataFrame(X, columns=list("abcd"))
    named = classifier().fit(frame, pd.Series(Y))
    assert_array_equal(named.predict_proba(frame), fitted.predict_proba(X))
    with pytest.warns(UserWarning, match="X has feature names, but NNZooClassifier was fitted without"):
        assert_array_equal(fitted.predict(frame), fitted.predict(X))
    unnamed = classifier().fit(pd.DataFrame(X), Y)
    assert not hasattr(unnamed, "feature_names_in_")
    assert_array_equal(unnamed.predict_proba(pd.DataFrame(X)), fitted.predict_proba(X))
    assert_array_equal(unnamed.predict_proba(X), fitted.predict_proba(X))


def test_missing_cells_are_filled_on_request(fitted):
    x = X.copy()
    x[::4, 1] = np.nan
    net = classifier(settings=FAST | {"data.missing": "mean"}).fit(x, Y)
    (column,) = [each for each in net.network_.preprocessing.columns if each.name == "2"]
    assert column.fill == pytest.approx(np.nanmean(x[:, 1]))
    assert_allclose(net.predict_proba(x[:1]), net.predict_proba(np.where(np.isnan(x), column.fill, x)[:1]))
    with pytest.raises(ValueError, match=r"^X contains NaN in row 1, column 2; settings={'data.missing': 'mean'} .*$"):
        fitted.predict(x)


def test_pictures():
    digits = load_digits()
    x, y = digits.images[:40].repeat(2, 1).repeat(2, 2), digits.target[:40]
    net = classifier(model="lenet5", settings=None, max_epochs=1).fit(x, y)
    assert net.network_.spec.shape == (1, 16, 16)
    assert net.predict(x[:5]).shape == (5,)


def test_predictions_are_those_of_the_run(tmp_path):
    net = classifier(validation_fraction=0.2, directory=tmp_path).fit(X, Y)
    assert net.run_.parent.parent == tmp_path
    found = nnzoo.predict(net.run_, X, probabilities=True)
    assert_array_equal(net.predict(X), found["prediction"])
    assert_array_equal(net.predict_proba(X), found["probabilities"])
    best = torch.load(net.run_ / "checkpoints" / "best.ckpt")["epoch"] + 1
    assert net.history_["val/acc"][best] == net.history_["val/acc"].max()
    target = RNG.normal(size=len(X)) * 100
    regressor = nnzoo.NNZooRegressor("linear", max_epochs=1, random_state=0, directory=tmp_path).fit(X, target)
    assert_array_equal(regressor.predict(X), nnzoo.predict(regressor.run_, X)["prediction"])


def test_without_a_directory_nothing_is_left(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    net = classifier().fit(X, Y)
    assert list(Path(tmp_path).iterdir()) == []
    assert net.run_ is net.network_.run is None
    assert net.network_.config["choices"]["callbacks"] == "checkpoints"  # no figures
    assert net.history_["train/loss"].iloc[-1] < net.history_["train/loss"].iloc[0]
    with pytest.raises(ValueError, match="diverged"):
        classifier(model="mlp", settings=DIVERGES).fit(X, Y)
    assert list(Path(tmp_path).iterdir()) == []
    assert capsys.readouterr() == ("", "")


def test_seed(fitted):
    other = classifier(random_state=1).fit(X, Y)
    assert (other.predict_proba(X) != fitted.predict_proba(X)).any()
    state = np.random.RandomState(5)
    one, two = (classifier(random_state=state, max_epochs=1).fit(X, Y) for _ in range(2))
    assert (one.predict_proba(X) != two.predict_proba(X)).any()
    again = classifier(random_state=np.random.RandomState(5), max_epochs=1).fit(X, Y)
    assert_array_equal(one.predict_proba(X), again.predict_proba(X))


def test_all_examples_are_for_training(fitted):
    moments = [column.mean for column in fitted.network_.preprocessing.columns]
    assert_allclose(moments, X.mean(0))


def test_pickled(fitted):
    again = pickle.loads(pickle.dumps(fitted))
    assert_array_equal(again.predict_proba(X), fitted.predict_proba(X))
    assert again.history_.equals(fitted.history_)
    assert again.fit(X, Y).score(X, Y) == fitted.score(X, Y)


def share(prediction, target):
    return (prediction == target).float().mean()


class Bottleneck(nn.Module):
    """A network of the user."""

    def __init__(self, *, in_features: int, out_features: int, width: int = 2) -> None:
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(in_features, width), nn.Tanh(), nn.Linear(width, out_features))

    def forward(self, x):
        return self.layers(x)


def test_own_network():
    net = classifier(model=Bottleneck, settings=FAST | {"model.width": 5}, max_epochs=15).fit(X, Y)
    assert net.network_.model.layers[0].weight.shape == (5, 4)
    assert net.score(X, Y) > 0.8


def test_objects():
    given = nn.Linear(4, 3)
    before = given.weight.detach().clone()
    smoothed = nn.CrossEntropyLoss(label_smoothing=0.1)
    settings = FAST | {"loss": smoothed, "optimizer": torch.optim.NAdam, "metrics": {"share": share}}
    net = clone(classifier(model=given, settings=settings)).fit(X, Y)
    assert_array_equal(given.weight.detach(), before)
    assert (net.network_.model.weight != before).any()
    assert_allclose(net.history_["train/share"], net.history_["train/acc"], rtol=1e-6)
    assert net.score(X, Y) > 0.7
    again = pickle.loads(pickle.dumps(net))
    assert_array_equal(again.predict(X), net.predict(X))
    assert_array_equal(again.fit(X, Y).decision_function(X), net.decision_function(X))


@pytest.mark.slow
def test_processes():
    net = classifier()
    alone = cross_val_score(net, X, Y, cv=4)
    assert_array_equal(cross_val_score(net, X, Y, cv=4, n_jobs=2), alone)
    found = Parallel(n_jobs=2)(delayed(net.fit(X, Y).predict)(part) for part in (X[:10], X[10:]))
    assert_array_equal(np.concatenate(found), net.predict(X))
