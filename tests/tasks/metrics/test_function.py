"""Metrics that are functions of all predictions and targets."""

import torch
from nnzoo.tasks.metrics.function import FunctionMetric
from sklearn.metrics import f1_score


def macro_f1(prediction: torch.Tensor, target: torch.Tensor) -> float:
    return f1_score(target, prediction, average="macro")


def test_all_batches_count_together() -> None:
    prediction, target = torch.randint(3, (2, 40), generator=torch.Generator().manual_seed(0))
    *first, last = zip(prediction.split(11), target.split(11), strict=True)
    metric, other = FunctionMetric(macro_f1), FunctionMetric(macro_f1)
    for batch in first:
        metric.update(*batch)
    for each in (metric, other):
        each.persistent(True)
    other.load_state_dict(metric.state_dict())
    for each in (metric, other):
        each.update(*last)
        assert float(each.compute()) == f1_score(target, prediction, average="macro")
    metric.reset()
    metric.update(target, target)
    assert float(metric.compute()) == 1
