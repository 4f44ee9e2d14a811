"""What a call of `nnzoo.train` asks for: data by name, by file, by settings or as an object."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from nnzoo.errors import UserError
from nnzoo.models.mlp import MLP
from nnzoo.rules.perceptron import Perceptron
from nnzoo.training.request import is_data, read_request, read_settings, with_objects

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


@pytest.mark.parametrize(
    ("data", "target", "expected"),
    [
        ({"data": ROWS, "target": ROWS}, None, True),
        ({"data": ROWS, "target": ROWS, "frame": None}, None, True),
        ({"data": ROWS, "labels": ROWS}, None, False),
        ({"age": ROWS, "price": ROWS}, "price", True),
        ({"age": ROWS, "price": ROWS}, "weight", False),
        ({"age": ROWS, 3: ROWS}, 3, False),
        ({"_target_": "nnzoo.data.tables.array.Array"}, None, False),
    ],
)
def test_columns_are_data_and_other_mappings_are_settings(data: dict[Any, Any], target: Any, expected: bool) -> None:
    assert is_data(data, target) is expected


def test_columns_are_passed_on() -> None:
    columns = {"age": [1, 2], "price": [3, 4]}
    request = read_request([], columns, "price", {})
    assert request.lines == ["data=array", "data.target=price"]
    assert request.source is columns
    settings = {"model": "mlp"}
    read_request([], "a.CSV", None, settings)
    assert settings == {"model": "mlp"}
    assert read_request([], "a.CSV", None, {}).lines == ["data.path=a.CSV", "data=array"]


def test_objects_and_their_settings() -> None:
    net = torch.nn.Linear(4, 3)
    lines, given = with_objects(["seed=1"], {"model": net, "optimizer": torch.optim.SGD, "optimizer.lr": 0.5})
    digest = next(line for line in lines if "weights" in line)
    assert lines == [
        "++model._target_=from_python.Linear",
        digest,
        "++optimizer._target_=torch.optim.sgd.SGD",
        "seed=1",
        "++optimizer.lr=0.5",
    ]
    assert given.objects == {"model": net}


@pytest.mark.parametrize(
    ("overrides", "settings", "message"),
    [
        (["model=mlp"], {"model": MLP}, "model is given twice, as 'model=mlp' and as an object; leave one of them out"),
        (["+model=mlp"], {"model": MLP}, "model is given twice, as '[+]model=mlp' and as an object"),
        (
            ["model.hidden=[3]"],
            {"model": torch.nn.Linear(4, 3)},
            r"model\.hidden has no effect: the network is built already; pass its class or functools\.partial",
        ),
        ([], {"seed": len}, "seed is len; pass a class in place of a function or an instance"),
    ],
)
def test_objects_that_are_refused(overrides: list[str], settings: dict[str, Any], message: str) -> None:
    with pytest.raises(UserError, match=f"^{message}"):
        with_objects(overrides, settings)


def test_a_metric_may_be_given_beside_overrides() -> None:
    """Metrics and callbacks have names, and a setting of one is no setting of the others."""
    lines, _ = with_objects(["metrics.x.top_k=3"], {"metrics": {"f1": error}})
    assert lines[:2] == [f"++metrics.f1._target_={__name__}.error", "metrics.x.top_k=3"]


def error(prediction: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
    return (prediction != target).float().mean()


def test_calls_that_build_everything_from_a_config_take_no_objects() -> None:
    assert read_settings(["seed=1"], "iris", None, {"model": "mlp"}) == (["seed=1", "model=mlp", "data=iris"], None)
    lines, source = read_settings([], ROWS, None, {})
    assert (lines, source is ROWS) == (["data=array"], True)
    with pytest.raises(UserError, match=r"^model has no import path: pass a class of a module, or a name of nnzoo$"):
        read_settings([], "iris", None, {"model": torch.nn.Linear(4, 3)})


class Own:
    """A class that only its import path names."""


def test_classes_are_named_by_their_paths_and_allowed() -> None:
    lines, given = with_objects([], {"rule": Perceptron, "head": Own, "allow": ["zoo"]})
    root = __name__.partition(".")[0]
    assert lines == [
        "rule=nnzoo.rules.perceptron.Perceptron",
        f"head={__name__}.Own",
        f"allow=[{','.join(sorted(['zoo', root]))}]",
    ]
    assert not given.objects
    assert with_objects([], {"rule": Perceptron})[0] == ["rule=nnzoo.rules.perceptron.Perceptron"]
    both, _ = with_objects([], {"rule": Own, "loss": torch.nn.MSELoss})
    assert both[-1] == f"allow=[{root}]"
