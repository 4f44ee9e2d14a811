"""`nnzoo info` of the user's functions."""

from pathlib import Path

import pytest
from nnzoo.cli.class_descriptions import describe_class, is_class
from nnzoo.errors import UserError

SOURCE = '''
from torch import nn


def make(in_features: int, out_features: int, *, depth: int, width: int = 16) -> nn.Module:
    """A small network.

    width: hidden units.
    """


def gap(prediction, target, scale: float = 1.0):
    return 0.0
'''


@pytest.fixture(autouse=True)
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "own_functions_described.py").write_text(SOURCE)
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)


def test_a_function_that_makes_a_network() -> None:
    assert is_class("own_functions_described.make")
    text = describe_class("own_functions_described.make")
    assert text.startswith("model=own_functions_described.make: A small network.\n\nwidth: hidden units.\n")
    assert "inputs    vector" in text
    assert "model.width=16   int" in text
    assert "model.depth=...  int  required" in text
    assert "in_features" not in text
    assert "try       nnzoo train model=own_functions_described.make 'allow=[own_functions_described]'" in text


def test_a_metric_shows_its_settings_without_what_it_is_called_with() -> None:
    text = describe_class("own_functions_described.gap", "metrics")
    assert "metrics.gap.scale=1.0  float" in text
    assert "prediction" not in text


def test_names_that_are_no_functions() -> None:
    assert not is_class("trainer.max_epochs")
    with pytest.raises(UserError, match=r"has no class or function 'mak'; did you mean 'make'\?$"):
        describe_class("own_functions_described.mak")
