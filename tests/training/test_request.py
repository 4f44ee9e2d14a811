"""What a call of `nnzoo.train` asks for: data by name, by file, by settings or as an object."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from nnzoo.training.request import read_request

ROWS = np.zeros((4, 2))


@pytest.mark.parametrize(
    ("data", "lines", "source"),
    [
        (None, [], None),
        ("iris", ["data=iris"], None),
        ({"_target_": "nnzoo.data.tables.bundled.Iris"}, ["data._target_=nnzoo.data.tables.bundled.Iris"], None),
        ("a b.csv", ["data.path='a b.csv'", "data=array"], None),
        (Path("a.npz"), ["data.path=a.npz", "data=array"], None),
        (ROWS, ["data=array"], ROWS),
    ],
    ids=["none", "name", "settings", "text", "path", "object"],
)
def test_data(data: Any, lines: list[str], source: Any) -> None:
    request = read_request([], data, None, {})
    assert request.lines == lines
    assert request.source is source


def test_target_and_further_settings() -> None:
    request = read_request(["seed=1"], "a.csv", "price", {"model": "mlp"})
    assert request.lines == ["seed=1", "model=mlp", "data.path=a.csv", "data=array", "data.target=price"]
    assert read_request(["data=iris"], ROWS, None, {}).lines == ["data=iris"]
