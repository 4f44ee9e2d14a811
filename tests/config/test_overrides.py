from pathlib import Path

import numpy as np
import pytest
import torch
from nnzoo.config.compose import compose
from nnzoo.config.hydra_configs import parse_overrides
from nnzoo.config.overrides import closing_position, quote_override, split_elements, to_overrides, why_unreadable
from nnzoo.errors import UserError
from nnzoo.formatting import to_shell
from omegaconf import OmegaConf

READ_AS_TEXT = [
    "данные.npz",
    "データ/網路.npz",
    "Müller",
    "🙂.csv",
    "my file.csv",
    "a (1).csv",
    "Report (a, b).csv",
    "$HOME/x.csv",
    "~/x.csv",
    "~x.npz",
    "it's.csv",
    '5" disk.csv',
    "'a' b.csv",
    "[draft] x.csv",
    "{draft} x.csv",
    r"C:\Users\me\x.csv",
    r"C:\my data (1)\x.csv",
    "C:\\my data (1)\\",
    r"a\b.csv",
    "a=b.csv",
    "12:30.csv",
    "a@b.csv",
    "a#1&b;c!d%e^f<g>h|i`j*k?l.csv",
    "1e5.npz",
    "007.npz",
    "true.csv",
    "2020-01-01.csv",
    "normal(0.1)",
]


@pytest.mark.parametrize("value", READ_AS_TEXT)
def test_text_is_kept_unchanged(value):
    line = quote_override(f"data.path={value}")
    assert parse_overrides([line])[0].value() == value
    assert quote_override(line) == line
    assert compose([f"name={value}"]).name == value  # from Python


@pytest.mark.parametrize(
    ("value", "meaning"),
    [
        ("[1,2.5,true,null,a]", [1, 2.5, True, None, "a"]),
        ("[größe, alter, 3]", ["größe", "alter", 3]),
        ("[[1,ж],[2]]", [[1, "ж"], [2]]),
        ("['a], b', ж]", ["a], b", "ж"]),
        ("{a: ж, b: 2, c: [д]}", {"a": "ж", "b": 2, "c": ["д"]}),
        ('{"*": xavier, "*weight_h": "normal(0.1)"}', {"*": "xavier", "*weight_h": "normal(0.1)"}),
        ("{*: xavier, *weight_h: normal(0.1)}", {"*": "xavier", "*weight_h": "normal(0.1)"}),
        ("{'a: b': 1}", {"a: b": 1}),
        ("null", None),
        ("1e-3", 1e-3),
        ("'true'", "true"),
        ("", ""),
    ],
)
def test_other_values_are_parsed(value, meaning):
    assert parse_overrides([f"key={value}"])[0].value() == meaning


@pytest.mark.parametrize(
    ("value", "taken"),
    [("1,2", ["1", "2"]), ("a,ж c.csv", ["a", "'ж c.csv'"]), ("[1],[2]", ["[1]", "[2]"]), ("range(0,2)", ["0", "1"])],
)
def test_sweeps_are_kept(value, taken):
    assert list(parse_overrides([f"key={value}"])[0].sweep_string_iterator()) == taken


@pytest.mark.parametrize("line", ["seed", "~model", "--cfg", "key=[1,2", "key='a", "key={a}", "größe=1"])
def test_invalid_overrides_stay_unchanged(line):
    assert quote_override(line) == line


@pytest.mark.parametrize("value", [*READ_AS_TEXT, "", "true", "1", "a\nb", "a\\", "\\'", "\\\\'\\"])
def test_to_overrides_round_trip(value):
    assert parse_overrides(to_overrides("key", value))[0].value() == value
    assert parse_overrides(to_overrides("key", [value]))[0].value() == [value]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (np.float32(0.1), 0.1),
        (np.float64(1e-3), 0.001),
        (np.int64(3), 3),
        (np.bool_(True), True),
        (np.array(0.25), 0.25),
        (np.array([3, 4]), [3, 4]),
        (np.str_("relu"), "relu"),
        (torch.tensor(0.25), 0.25),
        (torch.tensor(3), 3),
        (torch.tensor(False), False),
        (torch.tensor([[1, 2]]), [[1, 2]]),
        ((torch.tensor(2), np.array(3)), [2, 3]),
        (range(3), [0, 1, 2]),
        (Path("a b"), "a b"),
    ],
    ids=repr,
)
def test_numbers_of_numpy_and_torch(value, expected):
    found = parse_overrides(to_overrides("key", value))[0].value()
    assert (found, type(found)) == (expected, type(expected))


@pytest.mark.parametrize("value", [{1, 2}, b"x", 1j, object(), [object()], [1, object()], {"a": [len]}, {}.keys()])
def test_a_value_that_no_config_can_hold(value):
    with pytest.raises(UserError, match=r"^key(\.a)? is .*; it takes a number, a text, a list or a mapping of them"):
        to_overrides("key", value)


def test_a_mapping_with_a_value_that_no_config_can_hold():
    with pytest.raises(UserError, match=r"^init is \{'a': 1, 'b': <built-in function len>\}; it takes a number"):
        to_overrides("init", {"a": 1, "b": len})
    with pytest.raises(UserError, match=rf"^key is b'{'x' * 58} \.\.\.; it takes"):
        to_overrides("key", b"x" * 100)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("seed", "a setting has the form key=value"),
        ("größe=1", "'größe' is not a key; keys are words separated by dots, such as model.hidden"),
        ("key=[1,2", "a bracket is not closed; quote lists with spaces in the shell: 'key=[1, 2]'"),
        ("key={a: 1", "a bracket is not closed; quote lists with spaces in the shell: 'key=[1, 2]'"),
        ("key='a", "a quotation mark is not closed; in the shell, quote the whole setting as well: \"key='a value'\""),
        ("key={a}", "lists have the form 'key=[1, 2]', mappings the form 'key={a: 1}'"),
    ],
)
def test_why_an_override_cannot_be_read(text, reason):
    assert why_unreadable(text) == reason


@pytest.mark.parametrize(
    ("value", "elements"),
    [
        ("a, b", ["a", "b"]),
        ("[1,2],3", ["[1,2]", "3"]),
        ("f(1,2), {a: 1, b: 2}", ["f(1,2)", "{a: 1, b: 2}"]),
        ("'a,b', c", ["'a,b'", "c"]),
        ("it's,b", ["it's", "b"]),
        ("[1,2", ["[1", "2"]),
        ("", [""]),
    ],
)
def test_elements_of_a_value(value, elements):
    assert split_elements(value) == elements


@pytest.mark.parametrize(
    ("value", "position"),
    [
        ("[1,[2]],3", 6),
        ("{a: ']'}", 7),
        ("'a'b", 2),
        (r"'a\'b'c", 5),
        ("[a", None),
        ("'a", None),
        ("(])", 1),
        ("[it's]", 5),
    ],
)
def test_position_at_which_a_bracket_or_quotation_mark_is_closed(value, position):
    assert closing_position(value) == position


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("init", {"*": "xavier", "*weight_h": "normal(0.1)"}),
        ("init", {"layers.0.*": "zero"}),
        ("class_weight", {"setosa": 2, "iris, blue (1)": 0.5}),
        ("class_weight", {0: 1.0, 1: 3.0}),
    ],
    ids=repr,
)
def test_a_mapping_as_the_value_of_one_setting(key, value):
    assert compose(to_overrides(key, value))[key] == value


@pytest.mark.parametrize("name", ["a${seed}.csv", "${oc.env:HOME}, b.csv", r"a\${seed}'.csv", "$HOME.csv", r"a\b.csv"])
def test_the_name_of_an_existing_file_is_literal(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path(name).write_text("")
    path = str(tmp_path / name)
    for overrides in ([f"data.path={name}"], [f"data.path={path}"], to_overrides("data.path", path)):
        config = compose(["data=array", "data.target=x", *overrides])
        assert OmegaConf.to_container(config, resolve=True)["data"]["path"] in (name, path)
        quoted = [quote_override(text) for text in overrides]
        assert [quote_override(text) for text in quoted] == quoted


def test_a_path_of_python_is_no_interpolation():
    config = compose(["data=array", "data.target=x", *to_overrides("data.path", Path("none/${seed}.csv"))])
    assert OmegaConf.to_container(config, resolve=True)["data"]["path"] == "none/${seed}.csv"


def test_patterns_in_quotation_marks():  # as the page of configs shows them
    config = compose(['init={"*": xavier, "*weight_h": "normal(0.1)"}'])
    assert config.init == {"*": "xavier", "*weight_h": "normal(0.1)"}


def test_to_shell():
    assert to_shell("data.path", "a, b") == "\"data.path='a, b'\""
    assert to_shell("data.path", "$a, b") == r"data.path=\'\$a,\ b\'"
