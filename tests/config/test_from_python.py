"""Objects from Python in configs."""

from collections import OrderedDict
from functools import partial
from typing import Any

import pytest
from nnzoo.config.from_python import import_path, is_from_python, is_plain, name_of, nodes, object_name, recorded


class Top:
    """A class of a module."""

    class Inner:
        """A class inside a class."""

    def method(self) -> None: ...


def function() -> None: ...


def test_nodes_of_damaged_configs() -> None:
    metric = {"_target_": "mine.F1"}
    assert dict(nodes({"metrics": {"f1": metric, "acc": None}, "model": {"_target_": "mine.Net"}})) == {
        "metrics.f1": metric,
        "model": {"_target_": "mine.Net"},
    }
    for damaged in ("x", 3, None, [metric]):
        assert not dict(nodes({"metrics": damaged, "callbacks": damaged, "model": damaged}))


def test_names() -> None:
    assert is_from_python("from_python.Net")
    assert not is_from_python("mine.from_python.Net")
    assert not is_from_python(None)
    assert name_of({"_target_": "mine.nets.Net"}) == "Net"


@pytest.mark.parametrize(
    ("found", "name"),
    [
        (Top, "Top"),
        (Top(), "Top"),
        (function, "function"),
        (partial(Top, 1), "Top"),
        (partial(partial(function)), "function"),
        (lambda: None, "lambda"),
    ],
)
def test_name_of_an_object(found: Any, name: str) -> None:
    assert object_name(found) == name


def test_only_classes_and_functions_of_a_module_can_be_imported() -> None:
    def local() -> None: ...

    assert import_path(Top) == f"{__name__}.Top"
    assert import_path(function) == f"{__name__}.function"
    assert import_path(OrderedDict) == "collections.OrderedDict"
    hidden = type("Top", (), {"__module__": __name__, "__qualname__": "Top"})  # another class has its name
    main = type("Top", (), {"__module__": "__main__", "__qualname__": "Top"})
    for other in (Top(), Top.Inner, Top.method, local, lambda: None, hidden, main, partial(Top)):
        assert import_path(other) is None


@pytest.mark.parametrize(
    ("value", "plain"),
    [
        (None, True),
        ([1, (2.5, "x")], True),
        ({"a": [True, {"b": None}]}, True),
        ({1: 2}, False),
        ([1, object()], False),
        ({"a": 1, "b": {2}}, False),
        (b"x", False),
    ],
)
def test_values_that_a_config_can_store(value: Any, plain: bool) -> None:
    assert is_plain(value) is plain


def test_record_of_an_object() -> None:
    path = f"{__name__}.Top"
    assert recorded(Top) == (path, {})
    assert recorded(partial(Top, size=3, kind=[1])) == (path, {"size": 3, "kind": [1]})
    assert recorded(partial(Top, 3)) == recorded(partial(Top, size={1})) == recorded(Top()) == (None, {})
