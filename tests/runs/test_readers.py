"""YAML files of runs."""

import os
from pathlib import Path
from typing import Any

import pytest
from nnzoo.errors import UserError
from nnzoo.runs.history import read_history
from nnzoo.runs.readers import FAST_LENGTH, config_to_yaml, read_object, read_yaml, to_yaml


@pytest.mark.parametrize("padding", ["", "#" * FAST_LENGTH])
def test_numbers_with_an_exponent(tmp_path: Path, padding: str) -> None:
    path = tmp_path / "config.yaml"
    path.write_text(f"lr: 1e-3\nother: [+2E5, -1e+2, 1.5e-3, 1e, e5, 1e-3x, '1e-3']\n{padding}")
    assert read_yaml(path) == {"lr": 0.001, "other": [2e5, -100.0, 0.0015, "1e", "e5", "1e-3x", "1e-3"]}


def test_what_is_written_is_read(tmp_path: Path) -> None:
    content: dict[str, Any] = {"b": ["1e-3", "0x1f", 1e-3, 1e22, "\u00fc", "a: b", True, None], "a": {}}
    path = tmp_path / "config.yaml"
    path.write_text(to_yaml(content))
    found = read_yaml(path)
    assert found == content
    assert list(found) == ["b", "a"]


def test_the_text_of_a_config_does_not_depend_on_earlier_ones():
    for value in (1, 1.0, True, "1", [1], None):
        config = {"seed": value, "model": {"_target_": "a.B", "hidden": [1, "1e-3"], "none": None}, "empty": {}}
        assert config_to_yaml(config) == to_yaml(config)
    assert config_to_yaml({}) == to_yaml({})


def aliases(levels: int, first: str = "1") -> str:
    lines = [f"a0: &a0 [{', '.join([first] * 9)}]"]
    lines += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]" for i in range(1, levels)]
    return "\n".join(lines)


HOSTILE = {
    "aliases": (aliases(9), "more than 200000 values"),
    "merged": (
        "a0: &a0 {x: 1}\n" + "\n".join(f"a{i}: &a{i} {{<<: [{', '.join([f'*a{i - 1}'] * 9)}]}}" for i in range(1, 9)),
        "more than 200000 values",
    ),
    "itself": ("a: &a [1, *a]", "&a contains itself"),
    "deep": ("[" * 40_000, "nested more than 50 times"),
    "deep blocks": ("- " * 9_000, "nested more than 50 times"),
    "deep and short": ("[" * 60 + "]" * 60, "nested more than 50 times"),
    "long number": ("a: " + "1:" * 60_000 + "1", "characters"),
    "large integer": ("seed: 0x" + "f" * 9_000, "more than 64 bits"),
    "other types": ("a: !!set {b, c}", "type set"),
    "list as key": ("? [1]\n: 2", "constructing a mapping"),
    "object": ("!!python/object/apply:os.getcwd []", "could not determine a constructor"),
    "too long": ("#" * (1 << 22), "the limit is 2097152"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_yaml_is_one_line(tmp_path: Path, name: str) -> None:
    text, message = HOSTILE[name]
    path = tmp_path / "config.yaml"
    path.write_text(text)
    with pytest.raises(UserError, match=message) as caught:
        read_yaml(path)
    assert len(str(caught.value)) < 300
    assert "\n" not in str(caught.value)


def test_shared_values_of_moderate_size_are_read(tmp_path: Path) -> None:
    path = tmp_path / "config.yaml"
    path.write_text(aliases(3) + "\nb: &b 5\nc: *b")
    found = read_yaml(path)
    assert found["a2"] == [[[1] * 9] * 9] * 9
    assert found["c"] == 5


def test_pipes_are_not_read(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for read in (read_yaml, read_object):
        with pytest.raises(UserError, match="not a regular file"):
            read(tmp_path / "pipe")


@pytest.mark.parametrize("text", ["[" * 100_000, '{"a": 1' + "0" * 5000 + "}", "[1]", "{", "\udcff"])
def test_hostile_json_is_one_line(tmp_path: Path, text: str) -> None:
    path = tmp_path / "status.json"
    path.write_bytes(text.encode(errors="surrogateescape"))
    with pytest.raises(UserError, match=r"status\.json") as caught:
        read_object(path)
    assert "\n" not in str(caught.value)


def test_a_pipe_in_place_of_the_metrics_is_not_read(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "metrics.csv")
    with pytest.raises(UserError, match="not a regular file"):
        read_history(tmp_path / "metrics.csv")
