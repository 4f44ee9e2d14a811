import pytest
from nnzoo.config.files import configs_dir
from nnzoo.config.groups import GROUPS
from nnzoo.config.inventory import (
    comment,
    first_line,
    list_groups,
    list_options,
    options,
    other_settings,
    setting,
    to_text,
)
from nnzoo.errors import UserError


@pytest.mark.parametrize("kind", GROUPS)
def test_every_option_has_a_title(kind):
    rows = list_options(kind).splitlines()
    assert [row.split()[0] for row in rows] == list(options(GROUPS[kind]))
    assert len(rows) >= 1
    assert all(len(row.split(maxsplit=1)) == 2 for row in rows)


def test_list_options():
    assert list_options("experiments", "lenet5") == (
        "zaki_meira/lenet5_mnist  LeNet-5 with ReLU on MNIST: 1.47 % test errors [Zaki-Meira 26, CNN example]\n"
    )
    assert list_options("lenet5") == list_options("models", "*lenet5*")
    assert "weights of a constant input" in list_options("threshold_mlp_folded")


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (("modles",), "no models match 'modles'; did you mean 'models'?"),
        (("modles", "x"), "unknown kind 'modles'; did you mean 'models'?"),
        (("data", "mnits"), "no data match 'mnits'; did you mean 'mnist'?"),
        (("zzz",), "no models match 'zzz'"),
    ],
)
def test_unknown_names_give_a_one_line_error(args, message):
    with pytest.raises(UserError) as caught:
        list_options(*args)
    assert str(caught.value) == message


def test_help_shows_every_group():
    assert all(f"  {group}=" in list_groups() for group in GROUPS.values())


def test_groups_match_the_config_folders():
    assert set(GROUPS.values()) == {path.name for path in configs_dir().iterdir() if any(path.glob("**/*.yaml"))}


def test_list_options_by_group_name():
    assert list_options("loss") == list_options("losses")
    assert list_options("scheduler", "cos") == "cosine  torch.optim.lr_scheduler.CosineAnnealingLR\n"


def test_to_text():
    assert to_text([[1.0], None, True, "a"]) == "[[1.0],null,true,a]"


@pytest.mark.parametrize(
    ("value", "text"),
    [(None, "null"), (True, "true"), ([1, [2.5, "x"], None], "[1,[2.5,x],null]"), ((False,), "[false]"), ("A", "A")],
)
def test_values_as_on_the_command_line(value, text):
    assert to_text(value) == text
    assert setting("key", value) == ("key", text)


def test_a_component_is_set_by_its_class():
    assert setting("model.cell", {"_target_": "mine.Cell", "size": 3}) == ("model.cell._target_", "mine.Cell")
    assert setting("init", {"a": 1}) == ("init", "{'a': 1}")


def test_other_settings_of_an_option(tmp_path):
    file = tmp_path / "net.yaml"
    body = "defaults:\n  - override /loss: huber\nmodel:\n  _target_: mine.Net\nclaim: {title: x}\n"
    file.write_text(
        f"# @package _global_\n{body}trainer: {{max_epochs: 3, x: {{y: 1}}}}\nseed: null\nevaluate: [val]\n"
    )
    assert list(other_settings("model", file)) == ["loss=huber", "trainer.max_epochs=3", "seed=null", "evaluate=[val]"]
    file.write_text(body)
    assert list(other_settings("model", file)) == []


def test_comment_at_the_beginning_of_a_file():
    assert comment("# @package _global_\n# One line.\n#  Another.\n\n# no part\na: 1\n") == "One line.\nAnother."
    assert comment("a: 1\n# late") == ""
    assert first_line("One.\nTwo.") == "One."
    assert first_line("") == first_line(None) == ""
