"""Configs composed without the settings of Hydra itself equal those that Hydra composes."""

from textwrap import indent

import pytest
from hydra import compose as hydra_compose
from nnzoo.config import composition
from nnzoo.config.compose import compose
from nnzoo.config.composition import compose_unchecked
from nnzoo.config.files import configs_dir
from nnzoo.config.hydra_configs import COMPOSE_ERRORS, HydraContext
from omegaconf import OmegaConf, open_dict

EXPERIMENT = "experiment=mmds/consecutive_ones_exact"
OVERRIDES = [
    [],
    ["model=perceptron", "data=iris"],
    ["model=conv_autoencoder", "optimizer=sgd", "optimizer.lr=0.1", "+optimizer.maximize=true"],
    ["penalties=weights", "~rule", "metrics={}"],
    [EXPERIMENT],
    [EXPERIMENT, "~loss", "callbacks=none", "name='a b'"],
    ["debug=profile", "sweep=random", "trainer.max_epochs=2"],
    ["model=mlp", "model.hidden=[5]"],
    ["model=mlp", "optimizer={lr:0.5}", "model.dropout=0.2"],  # the same options with other values
    ["scheduler=cosine", "model=rnn", "loss=hinge", "data=copy", "head=classification"],
    ["task=fisher", "data=adding"],  # both set trainer.max_epochs; the task counts
    ["data=brown", "model=skip_gram"],  # based on another option
]


def parts(config):
    """The settings with their types, the choices and the overrides of a composed config."""
    choices = {key: value for key, value in config.hydra.runtime.choices.items() if not key.startswith("hydra/")}
    task = OmegaConf.to_container(config.hydra.overrides.task, resolve=False)
    types = {key: OmegaConf.get_type(config, key) for key in config if key != "hydra"}
    with open_dict(config):
        del config["hydra"]
    return OmegaConf.to_yaml(config), OmegaConf.get_type(config), OmegaConf.is_struct(config), types, choices, task


def write_network(folder, text):
    (folder / "model").mkdir(exist_ok=True)
    (folder / "model" / "mine.yaml").write_text(text)


def by_hydra(overrides, own_configs=None):
    with HydraContext(own_configs):
        return hydra_compose("train", overrides, return_hydra_config=True)


@pytest.mark.parametrize("overrides", OVERRIDES, ids=" ".join)
def test_equals_hydra(overrides, monkeypatch):
    theirs = parts(by_hydra(overrides))
    monkeypatch.setattr(composition, "hydra_compose", None)
    assert parts(compose_unchecked(overrides)) == theirs


def test_equals_hydra_with_own_configs(tmp_path, monkeypatch):
    write_network(tmp_path, "defaults: [mlp, _self_]\nhidden: [7]\n")
    theirs = parts(by_hydra(["model=mine"], tmp_path))
    monkeypatch.setattr(composition, "hydra_compose", None)
    ours = parts(compose_unchecked(["model=mine"], tmp_path))
    assert ours == theirs
    assert "7" in ours[0]


def test_an_option_with_settings_of_other_groups_is_merged_in_order(tmp_path, monkeypatch):
    (tmp_path / "data").mkdir()
    text = (configs_dir() / "data" / "iris.yaml").read_text()
    node = text if "# @package" in text else f"# @package _global_\ndata:\n{indent(text, '  ')}"
    (tmp_path / "data" / "mine.yaml").write_text(f"{node}\ncallbacks:\n  best: null\nmodel:\n  activation: tanh\n")
    theirs = parts(by_hydra(["data=mine"], tmp_path))
    monkeypatch.setattr(composition, "hydra_compose", None)
    assert parts(compose_unchecked(["data=mine"], tmp_path)) == theirs


def test_own_configs_are_read_again(tmp_path):
    for size in (7, 8):
        write_network(tmp_path, f"defaults: [mlp, _self_]\nhidden: [{size}]\n")
        assert compose_unchecked(["model=mine"], tmp_path).model.hidden == [size]


def test_settings_of_hydra_are_left_to_hydra():
    assert compose_unchecked(["hydra.verbose=true", "seed=3"]).hydra.verbose is True
    assert compose(["hydra.verbose=true", "seed=3"]).seed == 3


@pytest.mark.parametrize("wrong", ["seed=x", "seeed=1", "model=mlpp", "model=mlp,gan", "seed=1,2"])
def test_errors_are_those_of_hydra(wrong):
    with pytest.raises(COMPOSE_ERRORS) as theirs:
        by_hydra([wrong])
    with pytest.raises(COMPOSE_ERRORS) as ours:
        compose_unchecked([wrong])
    assert (type(ours.value), str(ours.value)) == (type(theirs.value), str(theirs.value))


def test_a_change_of_a_config_does_not_change_the_next():
    overrides = ["model=mlp", "data=iris", "callbacks=default"]
    before, changed = compose_unchecked(overrides), compose_unchecked(overrides)
    changed.model.hidden.append(3)
    changed.data._target_ = "other"
    changed.trainer.max_epochs = 77
    with open_dict(changed):
        del changed.callbacks
    assert compose_unchecked(overrides) == before
