import pytest
from nnzoo.errors import UserError
from nnzoo.listing import GROUPS, SHOWN, choices, describe, options, plain, table


@pytest.mark.parametrize("kind", GROUPS)
def test_every_option_has_a_line(kind):
    rows = table(kind).splitlines()
    assert [row.split()[0] for row in rows] == list(options(GROUPS[kind]))
    assert len(rows) >= 3
    assert all(len(row.split(maxsplit=1)) == 2 for row in rows)


def test_lines():
    assert table("experiments", "lenet5") == (
        "zaki_meira/lenet5_mnist  LeNet-5 with ReLU on MNIST: 1.47 % test errors [Zaki-Meira 26, CNN example]\n"
    )
    assert table("lenet5") == table("models", "*lenet5*")
    assert "figure 13.2" in table("threshold_mlp_folded")


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (("modles",), "no models match 'modles'; did you mean 'models'?"),
        (("modles", "x"), "unknown kind 'modles'; did you mean 'models'?"),
        (("data", "mnits"), "no data match 'mnits'; did you mean 'mnist'?"),
        (("zzz",), "no models match 'zzz'"),
    ],
)
def test_misspelt(args, message):
    with pytest.raises(UserError) as told:
        table(*args)
    assert str(told.value) == message


def test_description():
    text = describe("mlp")
    assert "  model.hidden=[128]     a list of int\n" in text
    assert "  model.dropout=0.0      float\n" in text
    assert "in_features" not in text
    assert "zaki_meira/mlp_mnist" in text
    assert "rnn_reber" not in text
    assert "model.hidden_thresholds=[]" in describe("threshold_mlp_folded")


def test_methods_say_what_they_set():
    assert "sets      rule=perceptron task=pocket optimizer=sgd init=zero\n" in describe("pocket")
    assert "sets      loss=hinge optimizer.weight_decay=0.001\n" in describe("linear_svm")
    assert "sets" not in describe("linear").split("variants")[0]
    assert "Rosenblatt" in table("models", "perceptron")


def test_help_shows_every_group():
    assert all(f"  {group}=" in choices() for group in SHOWN)


def test_values_are_spelled_for_the_command_line():
    assert plain([[1.0], None, True, "a"]) == "[[1.0],null,true,a]"
