"""Classes of the wrong kind: an error that names the setting and the class that it has to be derived from."""

from typing import Any

import pytest
from nnzoo.builders.data import build_data
from nnzoo.builders.evaluations import build_evaluations
from nnzoo.builders.tasks import build_task
from nnzoo.callbacks.checks import check
from nnzoo.config.compose import compose
from nnzoo.errors import UserError
from nnzoo.training.loggers import check_loggers
from nnzoo.training.saved import plain
from torch import nn

ALLOW = f"allow=[{__name__.partition('.')[0]}]"


class Wrong(nn.Module):
    def __init__(self) -> None:
        super().__init__()


def make(parameters):
    return parameters


def build(config: dict[str, Any]) -> None:
    """Build what a run consists of."""
    build_evaluations(config)
    check_loggers(config)
    check(config, build_task(config, build_data(config)), validated=True)


@pytest.mark.parametrize(
    ("place", "base"),
    [
        ("data", "nnzoo.data.base.Data"),
        ("transforms.x", "nnzoo.transforms.base.Transform"),
        ("rule", "nnzoo.rules.base.Rule"),
        ("optimizer", "torch.optim.optimizer.Optimizer"),
        ("scheduler", "torch.optim.lr_scheduler.LRScheduler"),
        ("metrics.x", "torchmetrics.metric.Metric"),
        ("penalties.x", "nnzoo.tasks.penalties.base.Penalty"),
        ("task", "nnzoo.tasks.base.Task"),
        ("evaluations.x", "nnzoo.evaluations.base.Evaluation"),
        ("logger.x", "pytorch_lightning.loggers.logger.Logger"),
        ("callbacks.x", "pytorch_lightning.callbacks.callback.Callback"),
    ],
)
def test_a_class_of_another_kind(place: str, base: str) -> None:
    config = plain(compose(["model=linear", f"{place}={__name__}.Wrong", ALLOW, "data=xor"][: 3 + (place != "data")]))
    with pytest.raises(UserError) as caught:
        build(config)
    assert str(caught.value) == f"{place} is {__name__}.Wrong, which is not derived from {base}"


def test_a_function_in_place_of_a_class() -> None:
    config = plain(compose(["model=linear", "data=xor", f"penalties.x={__name__}.make", ALLOW]))
    with pytest.raises(UserError, match=r"make' is not a class; only classes are built"):
        build(config)


def test_a_function_that_builds_no_optimizer() -> None:
    config = plain(compose(["model=linear", "data=xor", f"optimizer={__name__}.make", ALLOW]))
    with pytest.raises(UserError, match=r"optimizer 'make' returns (?s:.*); it must return a torch\.optim\.Optimizer"):
        build(config)
