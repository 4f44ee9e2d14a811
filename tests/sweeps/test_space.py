"""The parameters of a sweep, from the command line and from YAML."""

import math

import pytest
from nnzoo.config.hydra_configs import parse_overrides
from nnzoo.errors import UserError
from nnzoo.sweeps.space import Choice, Range, Space, from_override, from_yaml, plain_value
from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution


def parsed(text):
    (override,) = parse_overrides([text])
    return from_override(override)


@pytest.mark.parametrize(
    ("text", "param"),
    [
        ("a=0.1,0.2", Choice("a", ("0.1", "0.2"))),
        ("a=[16],[64,32]", Choice("a", ("[16]", "[64,32]"))),
        ("a=choice(x,'y z')", Choice("a", ("x", "y\\ z"))),
        ("a=1,1,2", Choice("a", ("1", "2"))),
        ("a=interval(0,1)", Range("a", 0.0, 1.0)),
        ("a=int(interval(1,5))", Range("a", 1, 5)),
        ("a=tag(log,interval(1e-4,1e-1))", Range("a", 1e-4, 0.1, log=True)),
        ("a=tag(log,int(interval(1,64)))", Range("a", 1, 64, log=True)),
        ("a=range(1,4)", Range("a", 1, 3, step=1)),
        ("a=range(0,1,0.25)", Range("a", 0.0, 0.75, step=0.25)),
        ("a=range(10,1,-3)", Choice("a", ("10", "7", "4"))),
        ("a=range(1,2)", Choice("a", ("1",))),
    ],
)
def test_values_in_hydras_grammar(text, param):
    assert parsed(text) == param


@pytest.mark.parametrize("text", ["plain", "a b", "a, b", "it's", 'say "x"', "back\\slash", "grün"])
def test_plain_value_of_a_text(text):
    (value,) = from_yaml("a", [text]).values
    assert plain_value(value) == text


def test_plain_value_of_what_the_command_line_gives():
    assert [plain_value(value) for value in parsed("a=x y,'u, v',[1,'b c'],0.1").values] == [
        "x y",
        "u, v",
        "[1,'b c']",
        "0.1",
    ]


def test_range_excludes_its_stop():
    assert parsed("a=range(1,4)").grid(None) == [1, 2, 3]


@pytest.mark.parametrize("text", ["a=shuffle(1,2,3)", "a=shuffle(range(1,4))"])
def test_shuffled_values_keep_their_order(text):
    """A sweep that continues has the same trials."""
    assert [int(value) for value in parsed(text).grid(None)] == [1, 2, 3]


@pytest.mark.parametrize(
    ("node", "param"),
    [
        ([1, "a b", [16], None, True], Choice("a", ("1", "'a b'", "[16]", "null", "true"))),
        ({"low": 1, "high": 3}, Range("a", 1, 3)),
        ({"low": 1e-3, "high": 1, "log": True}, Range("a", 1e-3, 1, log=True)),
        ({"low": 0, "high": 1, "step": 0.5}, Range("a", 0.0, 1.0, step=0.5)),
        ("tag(log,interval(1,2))", Range("a", 1.0, 2.0, log=True)),
    ],
)
def test_values_in_yaml(node, param):
    assert from_yaml("a", node) == param


@pytest.mark.parametrize(
    ("node", "message"),
    [
        ([], "sweep.params.a is empty"),
        (3, "sweep.params.a is 3; it takes a list, or a range"),
        ("3", "sweep.params.a is '3'; it takes a list"),
        ({"low": 1}, "sweep.params.a.high is None; it takes a number"),
        ({"low": "x", "high": 2}, "sweep.params.a.low is 'x'; it takes a number"),
        ({"low": 1, "high": 2, "lg": True}, "unknown key of sweep.params.a 'lg'; did you mean 'log'?"),
        ({"low": 2, "high": 1}, "the lower bound 2 must be below the upper bound 1"),
        ({"low": 0, "high": 1, "log": True}, "the lower bound is 0; on a logarithmic scale it must be above 0"),
        ({"low": 1, "high": 2, "log": True, "step": 1}, "a range has either log or step"),
        ({"low": 1, "high": 2, "log": "yes"}, "sweep.params.a.log is 'yes'; it takes true or false"),
        ({"low": 1, "high": 2, "step": "small"}, "sweep.params.a.step is 'small'; it takes a number"),
        ({"low": 1, "high": 2, "step": -1}, "step is -1; it must be above 0"),
        ({"low": 1, "high": math.inf}, "the bounds must be finite"),
    ],
)
def test_wrong_values_in_yaml(node, message):
    with pytest.raises(UserError) as caught:
        from_yaml("a", node)
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a=interval(1,0)", "the lower bound 1.0 must be below the upper bound 0.0"),
        ("a=tag(log,interval(0,1))", "on a logarithmic scale it must be above 0"),
        ("a=tag(lgo,interval(1,2))", "unknown tag in 'a=tag(lgo,interval(1,2))' 'lgo'; did you mean 'log'?"),
        ("a=range(3,1)", "has no values"),
        ("a=range(1000000)", "a range takes a step that is not 0 and has at most 100000 values"),
        ("a=range(1,3,0)", "a range takes a step that is not 0"),
        ("a=1,choice(2,3)", "several values are single values, not ranges or other lists of values"),
        ("a=1,interval(2,3)", "several values are single values"),
    ],
)
def test_wrong_values_in_hydras_grammar(text, message):
    with pytest.raises(UserError) as caught:
        parsed(text)
    assert message in str(caught.value)


def test_grid_of_a_range():
    assert Range("a", 1e-4, 1e-1, log=True).grid(4) == [1e-4, 1e-3, 1e-2, 1e-1]
    assert Range("a", 0.0, 1.0).grid(5) == [0, 0.25, 0.5, 0.75, 1]
    assert Range("a", 1, 5).grid(3) == [1, 3, 5]
    assert Range("a", 1, 3).grid(None) == [1, 2, 3]
    assert Range("a", 1, 2).grid(5) == [1, 2]
    with pytest.raises(UserError, match=r"a is a range; a grid needs its number of values"):
        Range("a", 0.0, 1.0).grid(None)


def test_size_of_a_space():
    assert Space((Choice("a", ("1", "2")), Range("b", 1, 3), Range("c", 0.0, 1.0, step=0.5))).size == 18
    assert Space((Range("a", 0.0, 1.0),)).size == math.inf


def test_overrides_of_a_point_give_the_value_back():
    (found,) = Space(()).overrides({"a": 0.1 + 0.2})
    assert parse_overrides([found])[0].value() == 0.1 + 0.2
    found = Space(()).overrides({"model.hidden": "[16,8]", "model.depth": 3})
    assert found == ["model.hidden=[16,8]", "model.depth=3"]


@pytest.mark.parametrize(
    ("param", "text", "distribution"),
    [
        (Choice("a", ("x", "[1,2]")), "x,[1,2]", CategoricalDistribution(("x", "[1,2]"))),
        (Range("a", 0.5, 2.0), "0.5 to 2.0", FloatDistribution(0.5, 2.0)),
        (Range("a", 0.1, 1.0, log=True), "0.1 to 1.0, log", FloatDistribution(0.1, 1.0, log=True)),
        (Range("a", 0.0, 1.0, step=0.25), "0.0 to 1.0, step 0.25", FloatDistribution(0.0, 1.0, step=0.25)),
        (Range("a", 1, 64, log=True), "1 to 64, log", IntDistribution(1, 64, log=True)),
        (Range("a", 1, 7, step=3), "1 to 7, step 3", IntDistribution(1, 7, step=3)),
        (Range("a", 1, 7), "1 to 7", IntDistribution(1, 7)),
        (Range("a", 1, 2.5), "1 to 2.5", FloatDistribution(1, 2.5)),
    ],
)
def test_text_and_distribution(param, text, distribution):
    assert str(param) == text
    assert param.distribution() == distribution


def test_parameters_on_a_logarithmic_scale():
    space = Space((Choice("a", ("1",)), Range("b", 1, 8, log=True), Range("c", 1, 8), Range("d", 0.1, 1.0, log=True)))
    assert space.log == {"b", "d"}


@pytest.mark.parametrize(
    ("param", "value", "rounded"),
    [
        (Range("a", 0.0, 1.0), 0.123456, 0.1235),
        (Range("a", 0.0, 1.0), 1.5, 1.0),
        (Range("a", 0.0, 1.0), -0.5, 0.0),
        (Range("a", 1, 9), 3.7, 4),
        (Range("a", 1, 9, step=4), 6.9, 5),
        (Range("a", 1, 9, step=4), 7.1, 9),
        (Range("a", 0.5, 2.0, step=0.5), 1.3, 1.5),
        (Choice("a", ("1.23456",)), "1.23456", "1.23456"),
    ],
)
def test_a_value_is_rounded_to_one_of_the_parameter(param, value, rounded):
    assert param.rounded(value) == rounded
    assert type(param.rounded(value)) is type(rounded)
