"""Parts of the messages about overrides that Hydra cannot compose."""

import pytest
from nnzoo.config.diagnosis import expand_sweep, missing_key, similar_nested_key, sweep_values, wrong_container
from nnzoo.config.grammar import parse_override
from omegaconf import OmegaConf

CONFIG = OmegaConf.create(
    {"seed": 1, "init": "???", "model": {"hidden": 3, "in_features": 2}, "trainer": {"max_epochs": 3}, "_x": 1}
)


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("a=1", [1]),
        ("a=[1,2]", [[1, 2]]),
        ("a=b,c", ["b", "c"]),
        ("a=range(0,2)", ["0", "1"]),
        ("a=interval(0,1)", []),
        ("a=glob(*)", []),
    ],
)
def test_values_of_an_override(text, values):
    override = parse_override(text)
    assert [str(each) if isinstance(each, str) else each for each in sweep_values(override)] == values
    assert expand_sweep(override) == ([f"a={each}" for each in values] if override.is_sweep_override() else [text])


@pytest.mark.parametrize(
    ("key", "message"),
    [
        ("seed", None),
        ("model.hidden", None),
        ("init", None),
        ("seed.x", "'seed' is 1; it has no key 'x'"),
        ("model.hiden", "unknown key 'model.hiden'; did you mean 'model.hidden'?"),
        ("model.num_classes", "'model.num_classes' comes from the data; leave it out"),
        ("max_epochs", "unknown key 'max_epochs'; did you mean 'trainer.max_epochs'?"),
        ("sed", "unknown key 'sed'; did you mean 'seed'?"),
        ("los", "unknown key 'los'; did you mean 'loss'?"),
    ],
)
def test_a_key_that_is_not_there(key, message):
    error = missing_key(CONFIG, key, ("loss",))
    assert (None if error is None else str(error)) == message


def test_a_nested_key_is_only_meant_if_no_other_is_as_near():
    assert similar_nested_key(CONFIG, "max_epoch") == "trainer.max_epochs"
    assert similar_nested_key(CONFIG, "hidden") == "model.hidden"
    assert similar_nested_key(CONFIG, "seeds") is None
    assert similar_nested_key(CONFIG, "zzz") is None


@pytest.mark.parametrize(
    ("text", "error", "message"),
    [
        ("evaluate=3", "evaluate: not ListConfig", "evaluate is 3; it takes a list, such as 'evaluate=[a,b]'"),
        (
            "metrics=3",
            "metrics: no conversion to Dict[str, Any]",
            "metrics is 3; it takes a mapping, such as 'metrics={name: value}'",
        ),
        ("seed=a", "seed: not an int", None),
        ("other=3", "evaluate: not ListConfig", None),
    ],
)
def test_a_value_in_place_of_a_list_or_mapping(text, error, message):
    found = wrong_container([parse_override(text)], ValueError(error))
    assert (None if found is None else str(found)) == message
