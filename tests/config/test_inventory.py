import pytest
from nnzoo.config.compose import configs_dir
from nnzoo.config.groups import GROUPS
from nnzoo.config.inventory import choices, options, plain, table
from nnzoo.errors import UserError


@pytest.mark.parametrize("kind", GROUPS)
def test_every_option_has_a_line(kind):
    rows = table(kind).splitlines()
    assert [row.split()[0] for row in rows] == list(options(GROUPS[kind]))
    assert len(rows) >= 1
    assert all(len(row.split(maxsplit=1)) == 2 for row in rows)


def test_lines():
    assert table("experiments", "lenet5") == (
        "zaki_meira/lenet5_mnist  LeNet-5 with ReLU on MNIST: 1.47 % test errors [Zaki-Meira 26, CNN example]\n"
    )
    assert table("lenet5") == table("models", "*lenet5*")
    assert "as weights of a constant input" in table("threshold_mlp_folded")


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


def test_help_shows_every_group():
    assert all(f"  {group}=" in choices() for group in GROUPS.values())


def test_every_group_is_listed():
    assert set(GROUPS.values()) == {path.name for path in configs_dir().iterdir() if any(path.glob("**/*.yaml"))}


def test_a_kind_is_also_called_as_on_the_command_line():
    assert table("loss") == table("losses")
    assert table("scheduler", "cos") == "cosine  torch.optim.lr_scheduler.CosineAnnealingLR\n"


def test_values_are_spelled_for_the_command_line():
    assert plain([[1.0], None, True, "a"]) == "[[1.0],null,true,a]"
