import nnzoo
import pytest
import yaml
from nnzoo.config.catalogue import cards, list_models, read
from nnzoo.config.compose import compose
from nnzoo.config.files import configs_dir, model_config
from nnzoo.config.signatures import traits_of
from nnzoo.errors import UserError

from tests.support.processes import python


def test_card():
    card = cards()["blstm"]
    assert (card.name, card.family, card.causal) == ("blstm", "recurrent", False)
    assert card.sources == ("Aggarwal 7.2.3",)
    assert card.target == model_config("lstm")["_target_"]
    assert "next_token" in cards()["lstm"].targets
    assert "next_token" not in card.targets  # it would see the token
    assert cards()["mlp"].causal is None
    assert cards()["linear_regression"].targets == ("real", "input")


def test_list_models_with_a_pattern():
    assert list_models("lenet5*") == ["lenet5", "lenet5_original"]
    assert list_models("nothing*") == []
    assert nnzoo.list_models is list_models
    assert {"lstm", "blstm", "perceptron"} <= set(list_models())


def test_configs_do_not_contain_the_card():
    assert "_card_" not in model_config("pocket")
    assert "_card_" not in compose(["model=pocket"]).model
    assert "_card_" not in compose(["model=mlp"]).model


def test_cards_are_read_without_torch():
    code = "import sys, nnzoo; print(len(nnzoo.list_models()), 'torch' in sys.modules)"
    printed = python("-c", code, check=True).stdout
    assert printed.split() == [str(len(cards())), "False"]


CARD = {"title": "A thing", "family": "feedforward", "sources": ["Book 1.2"], "example": "data=digits"}


@pytest.mark.parametrize(
    ("node", "message"),
    [
        ({}, "configs/model/thing.yaml has no card; add _card_: with title, family, sources, example"),
        (
            {"_card_": {**CARD, "title": "", "family": None}},
            "the card in configs/model/thing.yaml has no title, family",
        ),
        (
            {"_card_": {**CARD, "titel": "x"}},
            "unknown key of the card in configs/model/thing.yaml 'titel'; did you mean 'title'?",
        ),
        (
            {"_card_": CARD, "_target_": "nnzoo.layers.linear.maxout.Maxout"},
            "nnzoo.layers.linear.maxout.Maxout of configs/model/thing.yaml has no traits; "
            "add traits = Traits(inputs=...) to the class",
        ),
    ],
)
def test_incomplete_card_is_refused(tmp_path, node, message):
    file = tmp_path / "thing.yaml"
    file.write_text(yaml.safe_dump({"_target_": "nnzoo.models.linear.Linear", **node}))
    with pytest.raises(UserError) as caught:
        read(file)
    assert str(caught.value) == message


def test_traits_of_a_user_defined_network(tmp_path, monkeypatch):
    (tmp_path / "own_networks.py").write_text(
        "raise SystemExit('imported')\n"
        "FORMS = ('vector',)\n"
        "class Base:\n    traits = Traits(inputs=('sequence',), causal=True)\n"
        "class Derived(Base):\n    pass\n"
        "class Late(Base):\n    traits: Traits = Traits(inputs=FORMS)\n"
        "class Forgetful:\n    traits = Traits(inputs=('tokens',))\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    derived = traits_of("own_networks.Derived")
    assert (derived.inputs, derived.causal) == (("sequence",), True)
    assert traits_of("own_networks.Late") is traits_of("own_networks.Nothing") is None
    with pytest.raises(UserError, match="need causal"):
        traits_of("own_networks.Forgetful")


def test_every_model_config_has_a_card():
    assert set(cards()) == {file.stem for file in (configs_dir() / "model").glob("*.yaml")}
