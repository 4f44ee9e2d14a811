"""Additional metrics of a config: objects of torchmetrics, and functions."""

from typing import Any

import pytest
import torch
from nnzoo.builders.metric_sizes import metric_sizes
from nnzoo.builders.metrics import build_metrics
from nnzoo.config.given import Given
from nnzoo.errors import UserError
from nnzoo.spec import DataSpec
from torchmetrics import MeanSquaredError
from torchmetrics.classification import MulticlassAccuracy

CLASSES = DataSpec("real", (4,), "classes", 3)
PATH = "torchmetrics.classification.{}"


def made(metrics: dict[str, Any] | None, given: Given | None = None, **config: Any) -> dict[str, Any]:
    return build_metrics({"metrics": metrics, "allow": [], **config}, CLASSES, given or Given({}))


def test_without_metrics() -> None:
    assert made(None) == {}
    assert made({}) == {}


def test_a_metric_has_the_number_of_classes_unless_it_is_set() -> None:
    node = {"_target_": PATH.format("MulticlassAccuracy"), "average": "micro"}
    found = made({"a": node, "b": {**node, "num_classes": 5}})
    assert list(found) == ["a", "b"]
    assert [metric.num_classes for metric in found.values()] == [3, 5]
    assert isinstance(found["a"], MulticlassAccuracy)


def test_a_function_becomes_a_metric() -> None:
    def error(prediction: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
        return (prediction != target).float().mean()

    metric = MeanSquaredError()
    found = made(
        {"error": {"_target_": "from_python.error"}, "mse": {"_target_": "from_python.MeanSquaredError"}},
        Given({"metrics.error": error, "metrics.mse": metric}),
    )
    assert found["mse"] is metric
    found["error"].update(torch.tensor([1, 2, 0, 1]), torch.tensor([1, 2, 2, 1]))
    assert found["error"].compute() == 0.25


def test_other_classes_are_refused() -> None:
    node = {"_target_": f"{__name__}.Mean"}
    with pytest.raises(UserError, match=r"^metrics\.x is Mean, neither a torchmetrics\.Metric nor a function$"):
        made({"x": node}, allow=[__name__.partition(".")[0]])


class Mean:
    """Can be called, but is no function."""

    def __call__(self, prediction: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
        return prediction.mean()


def test_sizes_follow_from_the_kind_of_target() -> None:
    def both(num_classes: int, num_labels: int, top: int = 1) -> None: ...

    labels = DataSpec("real", (4,), "multilabel", 5)
    tokens = DataSpec("tokens", (), "next_token", 7, sequence=True, per_step=True, vocabulary=("a", "b"))
    real = DataSpec("real", (4,), "real", 2)
    for spec, sizes in (
        (CLASSES, {"num_classes": 3}),
        (labels, {"num_labels": 5}),
        (tokens, {"num_classes": 7}),
        (real, {}),
    ):
        assert metric_sizes(both, {}, spec) == sizes
        assert metric_sizes(both, {"num_classes": 9, "num_labels": 9}, spec) == {}
        assert metric_sizes(lambda top: None, {}, spec) == {}
