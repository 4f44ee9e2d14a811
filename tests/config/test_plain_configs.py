"""Configs in which numbers are replaced, against configs that are composed as a whole."""

import pytest
from nnzoo.config.composer import Composer
from nnzoo.config.plain_configs import PlainConfigs, differing, number
from nnzoo.errors import UserError
from omegaconf import OmegaConf

COMMON = ["model=mlp", "data=iris", "penalties=weights", "optimizer=momentum"]
RUNS = [
    ["seed=0", "optimizer.lr=0.1"],
    ["seed=1", "optimizer.lr=0.1"],
    ["seed=2", "optimizer.lr=0.03"],
    ["seed=3", "optimizer.lr=1e-3"],
    ["seed=3", "optimizer.lr=1"],
    ["seed=4", "model.hidden=[3]"],
    ["seed=5", "model.hidden=[3]"],
    ["optimizer=adam", "optimizer.lr=0.2", "seed=1"],
    ["optimizer=adam", "optimizer.lr=0.3", "seed=2"],
    ["penalties.weights.weight=0.5", "seed=7"],
    ["penalties.weights.weight=0.25", "seed=8"],
]


@pytest.mark.parametrize("common", [COMMON, [*COMMON, "cv=3", "fold=0"], [*COMMON, "data.seed=1"]])
def test_configs_are_those_that_are_composed(common):
    composer = Composer(common)
    configs = PlainConfigs(composer)
    for overrides in RUNS:
        expected = OmegaConf.to_container(composer.compose(overrides), resolve=True)
        found = configs.config(overrides)
        assert found == expected
        assert type(found["optimizer"]["lr"]) is float


def test_configs_do_not_share_data():
    configs = PlainConfigs(Composer(COMMON))
    first, second = (configs.config([f"seed={seed}"]) for seed in (1, 2))
    second["model"]["hidden"].append(7)
    assert 7 not in first["model"]["hidden"]
    assert 7 not in configs.config(["seed=3"])["model"]["hidden"]


def test_only_the_first_configs_are_composed(monkeypatch):
    composer = Composer(COMMON)
    configs = PlainConfigs(composer)
    composed = []
    original = composer.compose
    monkeypatch.setattr(composer, "compose", lambda more: composed.append(more) or original(more))
    for seed in range(6):
        configs.config([f"seed={seed}", "optimizer.lr=0.1"])
    assert len(composed) == 2


def test_wrong_type_is_an_error():
    configs = PlainConfigs(Composer(COMMON))
    for seed in (1, 2):
        configs.config([f"seed={seed}"])
    with pytest.raises(UserError, match="seed"):
        configs.config(["seed=1.5"])


@pytest.mark.parametrize(
    ("text", "value"), [("3", 3), ("-3", -3), ("0.5", 0.5), (".5", 0.5), ("-1.5e-3", -0.0015), ("1e3", 1000.0)]
)
def test_number_of_a_text(text, value):
    assert number(text) == value
    assert type(number(text)) is type(value)


@pytest.mark.parametrize(
    ("one", "other", "paths"),
    [
        ({"a": 1, "b": {"c": 2}}, {"a": 1, "b": {"c": 2}}, []),
        ({"a": 1, "b": {"c": 2, "d": 0}}, {"a": 3, "b": {"c": 3, "d": 0}}, [("a",), ("b", "c")]),
        ({"a": 1}, {"a": 4}, None),
        ({"a": 1}, {"b": 3}, None),
        ({"a": 0}, {"a": True}, None),
        ({"a": [1]}, {"a": [3]}, None),
        ({"a": "x"}, {"a": 3.0}, [("a",)]),
    ],
)
def test_where_two_configs_differ(one, other, paths):
    assert differing(one, other, True if other == {"a": True} else 3) == paths
