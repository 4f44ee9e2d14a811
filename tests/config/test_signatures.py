import ast
import importlib
import sys
from collections.abc import Sequence
from typing import Any, Literal

import pytest
from nnzoo.config.catalogue import list_models
from nnzoo.config.signatures import (
    REQUIRED,
    default_batch_size,
    definition_path,
    evaluate_annotation,
    find_class,
    find_function,
    ignored_settings,
    matches_type,
    parameters,
    parse,
    solves_in_one_epoch,
    source_of,
    type_name,
)
from nnzoo.errors import UserError

from tests.support.catalogue import config_of


@pytest.mark.parametrize(
    ("value", "kind", "expected"),
    [
        (1, int, True),
        (True, int, False),
        (1.0, int, False),
        (1, float, True),
        (True, float, False),
        ("1", float, False),
        (1, bool, False),
        (None, int | None, True),
        (None, int, False),
        ("x", int | None, False),
        ([1, 2], Sequence[int], True),
        ([1, 2.5], Sequence[int], False),
        ("12", Sequence[int], False),
        ([[1.0], [2]], Sequence[Sequence[float]], True),
        ([1.0], Sequence[Sequence[float]], False),
        ("a", Literal["a", "b"], True),
        ("c", Literal["a", "b"], False),
        ({}, dict[str, int], True),
        ([], dict[str, int], False),
        (object(), Any, True),
    ],
)
def test_matches_type(value, kind, expected):
    assert matches_type(value, kind) == expected


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (int | None, "int or null"),
        (Sequence[Sequence[float]], "a list of a list of float"),
        (Literal["a", "b"], "a | b"),
        (bool, "bool"),
    ],
)
def test_type_name(kind, text):
    assert type_name(kind) == text


def test_parameters():
    assert parameters("nnzoo.models.mlp.MLP") == {
        "in_features": (int, REQUIRED),
        "out_features": (int, REQUIRED),
        "hidden": (Sequence[int], (128,)),
        "activation": (str, "relu"),
        "norm": (Literal["none", "batch", "layer"], "none"),
        "dropout": (float, 0.0),
        "bias": (bool, True),
    }
    assert parameters("torch.optim.SGD")["lr"].type is float
    assert parameters("nnzoo.losses.regression.squared.Squared") is None  # it has no constructor of its own
    assert parameters("nnzoo.nothing.There") is parameters("torch.nn.Linear") is None


@pytest.mark.parametrize("name", list_models())
def test_types_of_all_settings_of_networks_are_known(name):
    """A name in an annotation that is not in `NAMES`, such as an alias of a Literal, leaves a setting unchecked."""
    content = config_of(name)["model"]
    types = parameters(content["_target_"]) or {}
    unknown = [key for key in content if key in types and types[key].type is Any and not isinstance(content[key], dict)]
    assert not unknown


def test_annotations_with_other_names_are_not_evaluated():
    for text in ("complex", "dict[str, complex]", "print('x')", "nn.Module"):
        assert evaluate_annotation(ast.parse(text, mode="eval").body) is Any
    assert evaluate_annotation(ast.parse("Sequence[int] | None", mode="eval").body) == Sequence[int] | None


def test_parameters_include_those_of_components(tmp_path, monkeypatch):
    known = parameters("nnzoo.models.recurrent.lstm.LSTM")
    assert known["output"] == (Literal["standard", "inner", "linear"], "standard")
    assert known["layers"] == (int, 1)
    assert "cell" not in known
    package = tmp_path / "mine"
    package.mkdir()
    (package / "nets.py").write_text(
        "from nnzoo.layers.cells.base import Cell\n"
        "from nnzoo.models.recurrent.network import RecurrentNetwork\n"
        "class Leaky(Cell):\n    def __init__(self, in_features: int, hidden: int = 3, *, rate: float = 0.5): ...\n"
        "class LeakyRNN(RecurrentNetwork, cell=Leaky): ...\n"
        "class Deeper(LeakyRNN): ...\n"
        "class Fixed(LeakyRNN):\n    def __init__(self, *, in_features: int): ...\n"
    )
    (package / "__init__.py").write_text("raise SystemExit('imported')\n")
    monkeypatch.syspath_prepend(tmp_path)
    stack = set(parameters("nnzoo.models.recurrent.network.RecurrentNetwork")) - {"cell"}
    assert set(parameters("mine.nets.LeakyRNN")) == {*stack, "hidden", "rate"}
    assert parameters("mine.nets.Deeper") == parameters("mine.nets.LeakyRNN")
    assert set(parameters("mine.nets.Fixed")) == {"in_features"}


def test_source_is_not_imported(tmp_path, monkeypatch):
    package = tmp_path / "loud"
    (package / "inner").mkdir(parents=True)
    for file in (package / "__init__.py", package / "inner" / "__init__.py"):
        file.write_text("raise SystemExit('imported')\n")
    (package / "inner" / "net.py").write_text(
        "import torch\nclass Net:\n    def __init__(self, *, size: int, kind: torch.dtype = torch.float32): ...\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    assert source_of("loud.inner") == package / "inner" / "__init__.py"
    assert parameters("loud.inner.net.Net") == {"size": (int, REQUIRED), "kind": (Any, "torch.float32")}
    assert "loud" not in sys.modules


@pytest.mark.parametrize(
    ("head", "source"),
    [("# coding: latin-1", b"\xff"), ("", b"\xff"), ("", b"\0")],
    ids=["declared", "encoding", "null"],
)
def test_source_in_other_encodings(tmp_path, monkeypatch, head, source):
    (tmp_path / "encoded.py").write_bytes(head.encode() + b"\nclass Net:\n    name = '" + source + b"'\n")
    monkeypatch.syspath_prepend(tmp_path)
    parse.cache_clear()
    if head:
        assert find_class("encoded", "Net").name == "Net"
    else:
        with pytest.raises(UserError, match=r"encoded.py.* cannot be read: ") as caught:
            find_class("encoded", "Net")
        assert "None" not in str(caught.value)


@pytest.mark.parametrize("module", ["nowhere", "nnzoo.nowhere", "nnzoo.models.nowhere", "sys", "", ".x", "__main__.x"])
def test_source_of_unknown_modules(module):
    assert source_of(module) is None


@pytest.mark.parametrize(
    ("target", "full"),
    [
        ("nnzoo.losses.Huber", "nnzoo.losses.regression.huber.Huber"),
        ("nnzoo.layers.LSTM", "nnzoo.layers.cells.lstm.LSTM"),
        ("nnzoo.losses.regression.huber.Huber", "nnzoo.losses.regression.huber.Huber"),
        ("nnzoo.losses.Hubert", "nnzoo.losses.Hubert"),
        ("torch.nn.Linear", "torch.nn.Linear"),
        ("Linear", "Linear"),
    ],
)
def test_definition_path(target, full):
    assert definition_path(target) == full


@pytest.fixture
def mine(tmp_path, monkeypatch):
    (tmp_path / "mine.py").write_text(
        "def helper(): ...\n"
        "class Data:\n    batch_size = 7\n    one_epoch = True\n"
        "    ignores: frozenset[str] = frozenset({'loss', 'rule'})\n"
        "class More(Data):\n    ignores: frozenset[str] = frozenset({'optimizer'})\n"
        "class Odd:\n    batch_size = 'seven'\n    one_epoch = False\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    return tmp_path


def test_attributes_of_classes(mine):
    assert [default_batch_size(f"mine.{name}") for name in ("Data", "More", "Odd", "None")] == [7, 7, None, None]
    assert [solves_in_one_epoch(f"mine.{name}") for name in ("Data", "More", "Odd", "None")] == [
        True,
        True,
        False,
        False,
    ]
    assert ignored_settings("mine.Data") == {"loss", "rule"}
    assert ignored_settings("mine.More") == {"loss", "rule", "optimizer"}
    assert ignored_settings("mine.Odd") == ignored_settings("nowhere.Data") == frozenset()


def test_functions_and_classes_of_a_module(mine):
    assert find_function("mine", "helper").name == "helper"
    assert find_class("mine", "More").name == "More"
    for find, name in ((find_function, "Data"), (find_class, "helper")):
        assert find("mine", name) is None
        assert find("nowhere", name) is None
        assert find("", name) is None


def test_a_class_of_the_user_may_be_written_later(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(tmp_path)
    assert parameters("later_one.Net") is None
    (tmp_path / "later_one.py").write_text("class Net:\n    def __init__(self, *, size: int = 3): ...\n")
    importlib.invalidate_caches()
    assert parameters("later_one.Net") == {"size": (int, 3)}
