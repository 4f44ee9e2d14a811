"""Parameters of estimators and the settings of the run that they stand for."""

import re

import nnzoo
import pytest
from nnzoo.estimators.settings import RESERVED, flattened
from sklearn.base import clone
from sklearn.datasets import load_iris
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

X, Y = load_iris(return_X_y=True)
X, Y = X[::5], Y[::5]


def test_settings_are_parameters():
    net = nnzoo.NNZooClassifier(settings={"model.hidden": [4], "loss": "brier"})
    assert net.get_params() == net.get_params(deep=False) | {"model__hidden": [4], "settings__loss": "brier"}
    given = net.settings
    assert net.set_params(model__hidden=[8], settings__optimizer="sgd", max_epochs=3) is net
    assert net.settings == {"model.hidden": [8], "loss": "brier", "optimizer": "sgd"}
    assert given == {"model.hidden": [4], "loss": "brier"}
    assert net.max_epochs == 3
    assert clone(net).get_params() == net.get_params()
    assert nnzoo.NNZooRegressor().set_params(optimizer__lr=0.1).settings == {"optimizer.lr": 0.1}


def test_settings_of_each_form_reach_the_run(tmp_path):
    settings = {"model": {"hidden": [3]}, "optimizer": "sgd", "optimizer.lr": 0.2}
    net = nnzoo.NNZooClassifier(max_epochs=2, settings=settings, random_state=7, directory=tmp_path).fit(X, Y)
    config = net.network_.config
    assert config["model"]["hidden"] == [3]
    assert config["optimizer"] | {"_partial_": True} == config["optimizer"]
    assert (config["choices"]["optimizer"], config["optimizer"]["lr"], config["seed"]) == ("sgd", 0.2, 7)
    assert len(net.history_) == config["trainer"]["max_epochs"] == 2


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"model": "mlpp"}, "unknown model 'mlpp'; did you mean 'mlp'?"),
        ({"settings": {"model.hiden": [3]}}, "did you mean 'model.hidden'?"),
        ({"settings": {"optimizer.lr": "fast"}}, "optimizer.lr is 'fast'; it takes float"),
        ({"settings": {"seed": 3}}, "settings: leave out seed; it is set by the parameter random_state"),
        ({"settings": {"data": {"val": 0.1}}}, "leave out data.val; it is set by the parameter validation_fraction"),
        ({"settings": ["model.hidden=[3]"]}, "settings is ['model.hidden=[3]']; it takes a mapping"),
        ({"settings": {"resume": "auto"}}, "unknown section of settings 'resume'"),
        ({"model": "autoencoder", "max_epochs": 1}, "model 'autoencoder' learns the target input, not classes"),
        ({"validation_fraction": 1.5}, "validation_fraction is 1.5"),
        ({"validation_fraction": "x"}, "validation_fraction is 'x'; it takes a number"),
        ({"max_epochs": 2.5}, "max_epochs is 2.5; it takes an integer or None"),
        ({"random_state": -1}, "random_state is -1; as a seed it must be from 0"),
        ({"max_epochs": "many"}, "max_epochs is 'many'; it takes an integer or None"),
        ({"model": "lenet5"}, "lenet5"),
    ],
)
def test_wrong_parameter_is_one_line_of_a_value_error(parameters, message):
    net = nnzoo.NNZooClassifier(**parameters)
    with pytest.raises(ValueError, match=re.escape(message)) as caught:
        net.fit(X, Y)
    assert "\n" not in str(caught.value)
    assert isinstance(caught.value, nnzoo.UserError)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("optimzer__lr", "unknown section of parameter 'optimzer'; did you mean 'optimizer'?"),
        ("settings__los", "unknown section of parameter 'los'; did you mean 'loss'?"),
        ("epochs", "Invalid parameter 'epochs'"),
    ],
)
def test_unknown_name_is_refused_by_set_params(name, message):
    net = nnzoo.NNZooRegressor()
    with pytest.raises(ValueError, match=re.escape(message)):
        net.set_params(**{name: 1})
    assert net.settings is None


def test_reserved_settings_cannot_be_set():
    for key in RESERVED:
        with pytest.raises(nnzoo.UserError, match=f"settings: leave out {key}; it is set by "):
            flattened({key: 1})


def test_grid_over_settings_in_a_pipeline():
    net = nnzoo.NNZooClassifier("linear", max_epochs=3, random_state=0)
    grid = {"nnzooclassifier__optimizer__lr": [1e-6, 0.3], "nnzooclassifier__settings__optimizer": ["adam"]}
    search = GridSearchCV(make_pipeline(StandardScaler(), net), grid, cv=2).fit(X, Y)
    assert search.best_params_["nnzooclassifier__optimizer__lr"] == 0.3
    best = search.best_estimator_[-1]
    assert best.settings == {"optimizer.lr": 0.3, "optimizer": "adam"}
    assert best.network_.config["optimizer"]["lr"] == 0.3
    assert net.settings is None
