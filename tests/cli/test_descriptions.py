import shlex

import pytest
from nnzoo.cli import hydra_app as app
from nnzoo.cli.descriptions import all_options, chooses, describe, example_commands, names_of
from nnzoo.config.composer import Composer
from nnzoo.config.groups import GROUPS
from nnzoo.config.signatures import FILLED, parameters
from nnzoo.errors import UserError
from nnzoo.sweeps.plan import read_plan

COMPOSER = Composer([])
OPTIONS = all_options()
IDS = [f"{option.group}={option.name}" for option in OPTIONS]


@pytest.mark.parametrize("option", OPTIONS, ids=IDS)
def test_description_of_every_option_lists_its_settings(option):
    text = describe(f"{option.group}={names_of(option)[0]}")
    assert text.startswith(f"{option.group}={option.name}: ")
    assert "try " in text
    assert "\n\n\n" not in text
    for path, node in option.nodes.items():
        known = parameters(str(node["_target_"])) or {}
        if option.group != "experiment":
            for key in (set(known) | {key for key in node if key[0] != "_"}) - set(FILLED):
                shown = f"{key}._target_" if isinstance(node.get(key), dict) and "_target_" in node[key] else key
                assert f"\n  {path}.{shown}=" in text


def test_options_of_every_group_are_described():
    assert {option.group for option in OPTIONS} == set(GROUPS.values())


COMPOSED = [option for option in OPTIONS if option.group not in ("experiment", "model")]  # others: tests of their own


@pytest.mark.parametrize("option", COMPOSED, ids=[f"{option.group}={option.name}" for option in COMPOSED])
def test_example_commands_are_valid(option, monkeypatch):
    monkeypatch.setattr("shutil.which", lambda name: name)  # as on a machine with SLURM and Ray
    monkeypatch.setattr("nnzoo.config.packages.is_installed", lambda name: True)
    users = [f"{user.group}={user.name}" for user in OPTIONS if chooses(user, option)]
    for command in example_commands(option, users):
        if "experiment=" not in command:
            flags = app.parse_flags(shlex.split(command)[2:])
            read_plan(flags.overrides) if app.is_sweep(flags) else COMPOSER.compose(flags.overrides)


@pytest.mark.parametrize("name", ["corpus", "brown", "cooccurrences"])
def test_the_example_network_takes_the_words(name):
    """The example of mlp is a valid config, but mlp has no vectors of words and does not take pairs of ids."""
    assert f"try       nnzoo train model={'pmi_svd' if name == 'cooccurrences' else 'skip_gram'} data={name}\n" in (
        describe(f"data={name}")
    )


def test_settings_of_an_option_that_is_based_on_another():
    text = describe("data=brown")
    assert "  data.path=text/brown.txt " in text
    assert "neighbours on each side\n" in text
    assert "data.defaults" not in text
    assert "  data.path=images/cifar10_jpeg " in describe("data=cifar10_jpeg")


def test_description_of_a_network():
    text = describe("mlp")
    assert "  model.hidden=[128]     a list of int         units of each hidden layer; []: a linear network\n" in text
    assert "  model.dropout=0.0      float\n" in text
    assert "in_features" not in text
    assert "experiment=zaki_meira/mlp_mnist" in text
    assert "rnn_reber" not in text
    assert "model.hidden_thresholds=[]" in describe("threshold_mlp_folded")


def test_description_lists_the_overrides_of_an_option():
    assert "sets      rule=perceptron task=pocket init=zero\n" in describe("model=pocket")
    assert "sets      optimizer=sgd\n" in describe("rule=perceptron")
    assert "sets      loss=hinge optimizer.weight_decay=0.001\n" in describe("linear_svm")
    assert "sets" not in describe("linear").split("see also")[0]


def test_description_of_data_array():
    text = describe("array")
    assert "  data.path=..." in text
    assert "required" in text
    assert text.endswith("try       nnzoo train model=mlp data=array data.path=...\n")


def test_description_includes_a_mentioned_base_class():
    assert "RecurrentNetwork: " in describe("model=lstm")


def test_name_in_several_groups():
    text = describe("perceptron")
    heads = [line.partition(":")[0] for line in text.splitlines() if "=perceptron: " in line]
    assert heads == ["model=perceptron", "loss=perceptron", "rule=perceptron"]
    assert describe("loss", "perceptron") == describe("losses=perceptron") != text


def test_classes_of_other_packages():
    text = describe("sgd")
    assert "https://docs.pytorch.org/docs/stable/generated/torch.optim.SGD.html" in text
    assert "  optimizer.momentum=0.0      float\n" in text
    assert "  scheduler.mode=min          min | max\n" in describe("plateau")
    assert "callbacks.early_stopping: pytorch_lightning.callbacks.EarlyStopping\n" in describe("early_stopping")
    assert "https://lightning.ai/docs/pytorch/stable/api/lightning.pytorch.callbacks.ModelCheckpoint" in describe(
        "best"
    )


def test_description_of_a_callback():
    text = describe("figures")
    assert text.startswith("callbacks.figures (from callbacks=default): Draw figures of the validation set")
    assert "  callbacks.figures.images=16            int\n" in text
    assert "callbacks.last" not in text


def test_experiment_name_without_source():
    assert describe("lenet5_mnist") == describe("zaki_meira/lenet5_mnist")
    assert "published test/errors one run: 147 He\n" in describe("lenet5_mnist")
    assert "nnzoo reproduce zaki_meira/lenet5_mnist" in describe("lenet5_mnist")


def test_targets_and_example_data():
    assert "targets   real, input\n" in describe("huber")
    assert "try       nnzoo train model=mlp loss=huber data=stairs\n" in describe("huber")
    assert "try       nnzoo train model=matrix_factorization data=toy_ratings\n" in describe("matrix_factorization")
    assert "try       nnzoo train model=matrix_factorization data=movielens" in describe("movielens")
    assert "nnzoo train model=mlp data=conll2000\n" in describe("tagging")


def test_description_of_trainer_and_of_groups():
    assert "  trainer.compile=false                 bool" in describe("trainer")
    assert "\ndefault " in describe("callbacks")
    assert describe("optimizers") == describe("optimizer")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["arrray"], "unknown name 'arrray'; did you mean 'data=array'?"),
        (["hubr"], "unknown name 'hubr'; did you mean 'loss=huber'?"),
        (["loss", "hubr"], "unknown loss 'hubr'; did you mean 'huber'?"),
        (["loss=array"], "unknown loss 'array'; "),
        (["los", "huber"], "unknown kind 'los'; did you mean 'losses'?"),
        (["zzzz"], f"unknown name 'zzzz'; nnzoo list shows {', '.join(GROUPS)}"),
    ],
)
def test_unknown_names_give_a_one_line_error(words, message):
    with pytest.raises(UserError) as caught:
        describe(*words)
    assert str(caught.value).startswith(message)


def test_default_batch_size_of_a_data_set():
    assert "\nbatches   100 examples by default; loader.batch_size changes the number\n" in describe("data=mnist")
