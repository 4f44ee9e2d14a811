"""YAML files of runs."""

from pathlib import Path
from typing import Any

import pytest
from nnzoo.runs.readers import FAST_LENGTH, config_to_yaml, read_yaml, to_yaml


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
