"""Limits of YAML files, at their edges."""

from typing import Any

import pytest
from nnzoo.runs import yaml_limits
from nnzoo.runs.readers import Loader
from nnzoo.runs.yaml_limits import MAX_DEPTH, MAX_SCALAR, check_plain, check_text


def nested(depth: int) -> Any:
    """Return lists in each other, with a number in the innermost."""
    node: Any = 1
    for _ in range(depth):
        node = [node]
    return node


def test_nesting() -> None:
    """Of the text and of what is read from it alike; of lists and mappings."""
    check_text(str(nested(MAX_DEPTH)), Loader)
    check_plain(nested(MAX_DEPTH))
    check_plain({"a": nested(MAX_DEPTH - 1)})
    message = f"nested more than {MAX_DEPTH} times"
    with pytest.raises(ValueError, match=message):
        check_text(str(nested(MAX_DEPTH + 1)), Loader)
    for node in (nested(MAX_DEPTH + 1), {"a": nested(MAX_DEPTH)}):
        with pytest.raises(ValueError, match=message):
            check_plain(node)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("[1, 2, 3]", 4),
        ("{a: 1, b: 2}", 5),  # a mapping has its keys as values, too
        ("[[1, 2], [3]]", 6),
        ("[&a [1, 2], *a]", 7),  # an alias counts as what it repeats
        ("[&a 1, *a, *a]", 4),
        ("[&a [&b [1, 2], *b], *a, *b]", 18),
    ],
)
def test_number_of_values(monkeypatch: pytest.MonkeyPatch, text: str, number: int) -> None:
    monkeypatch.setattr(yaml_limits, "MAX_NODES", number)
    check_text(text, Loader)
    monkeypatch.setattr(yaml_limits, "MAX_NODES", number - 1)
    with pytest.raises(ValueError, match=f"more than {number - 1} values"):
        check_text(text, Loader)


def test_length_of_a_value() -> None:
    check_text("a" * MAX_SCALAR, Loader)
    with pytest.raises(ValueError, match=f"a value of {MAX_SCALAR + 1} characters; the limit is {MAX_SCALAR}"):
        check_text("a" * (MAX_SCALAR + 1), Loader)


def test_size_of_an_integer() -> None:
    check_plain([2**64 - 1, -(2**64) + 1])
    for number in (2**64, -(2**64)):
        with pytest.raises(ValueError, match="an integer of more than 64 bits"):
            check_plain({number: 1})
