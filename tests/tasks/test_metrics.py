"""Metrics by hand."""

import numpy as np
import pytest
import torch
from nnzoo.tasks.metrics.classification import ClassificationMetrics
from nnzoo.tasks.metrics.multilabel import MultilabelMetrics, MultilabelSequenceMetrics
from nnzoo.tasks.metrics.reconstruction import ReconstructionMetrics
from nnzoo.tasks.metrics.regression import RegressionMetrics
from nnzoo.tasks.metrics.tagging import SpanMetrics
from sklearn.metrics import mean_absolute_error, mean_squared_error, r2_score


def test_classification_metrics() -> None:
    sums = ClassificationMetrics()
    sums.update(torch.tensor([0, 1, 2]), torch.tensor([0, 1, 1]), None)
    sums.update(torch.tensor([2]), torch.tensor([2]), None)
    assert sums.compute(0.0) == {"acc": 0.75, "errors": 1}
    sums.reset()
    mask = torch.tensor([[True, True, False], [True, False, False]])
    sums.update(torch.zeros(2, 3).long(), torch.tensor([[0, 1, 1], [0, 1, 1]]), mask)
    assert sums.compute(0.0) == {"acc": pytest.approx(2 / 3), "errors": 1}


def test_multilabel_metrics_of_vectors() -> None:
    sums = MultilabelMetrics()
    decision = torch.tensor([[True, False], [True, True], [False, False], [True, False]])
    target = torch.tensor([[1.0, 0.0], [1.0, 0.0], [0.0, 1.0], [1.0, 0.0]])
    sums.update(decision, target, None)
    assert sums.compute(0.0) == {"acc": 0.5, "errors": 2}


def test_multilabel_metrics_of_sequences() -> None:
    """Two wrong steps in one of two sequences; errors at padding are ignored."""
    sums = MultilabelSequenceMetrics()
    target = torch.ones(2, 3, 2)
    decision = torch.ones(2, 3, 2, dtype=torch.bool)
    decision[0, 0, 0] = decision[0, 1, 1] = decision[1, 2, 0] = False
    mask = torch.tensor([[True, True, True], [True, True, False]])
    sums.update(decision, target, mask)
    assert sums.compute(0.0) == {"acc": 0.6, "errors": 2, "mistakes": 1, "seq_acc": 0.5, "seq_errors": 1}
    sums.reset()
    sums.update(decision, target, None)
    assert sums.compute(0.0) == {"acc": 0.5, "errors": 3, "mistakes": 1.5, "seq_acc": 0, "seq_errors": 2}


def test_regression_metrics() -> None:
    sums = RegressionMetrics()
    sums.update(torch.tensor([[1.0], [2.0]]), torch.tensor([[1.0], [4.0]]), None)
    sums.update(torch.tensor([[6.0]]), torch.tensor([[7.0]]), None)
    # squares 0 4 1, target mean 4, spread 9 + 0 + 9
    expected = {"mse": 5 / 3, "rmse": (5 / 3) ** 0.5, "mae": 1.0, "r2": 1 - 5 / 18}
    assert sums.compute(0.0) == pytest.approx(expected)


def test_regression_metrics_of_sequences_and_constants() -> None:
    sums = RegressionMetrics()
    mask = torch.tensor([[True, False]])
    sums.update(torch.tensor([[[1.0, 3.0], [9.0, 9.0]]]), torch.tensor([[[2.0, 2.0], [0.0, 0.0]]]), mask)
    found = sums.compute(0.0)
    assert (found["mse"], found["mae"]) == (1, 1)
    assert found["r2"] == 0  # a constant that is missed, as in scikit-learn


@pytest.mark.parametrize("offset", [0.0, 1e6, 1e9])
def test_regression_metrics_equal_scikit_learn(offset: float) -> None:
    """Several outputs, each with its own variance; the variance of large numbers does not cancel."""
    numbers = np.random.default_rng(0)
    target = numbers.normal(size=(50, 3)) * [1, 10, 0] + [0, 5, 2] + offset
    decision = target + numbers.normal(size=(50, 3)) * [0.5, 1, 0]
    sums = RegressionMetrics()
    for rows in (slice(0, 7), slice(7, 50)):
        sums.update(torch.tensor(decision[rows]), torch.tensor(target[rows]), None)
    found = sums.compute(0.0)
    assert found["r2"] == pytest.approx(r2_score(target, decision), rel=1e-6)
    assert found["mse"] == pytest.approx(mean_squared_error(target, decision), rel=1e-6)
    assert found["mae"] == pytest.approx(mean_absolute_error(target, decision), rel=1e-6)


@pytest.mark.parametrize("offset", [0.0, 1e6])
def test_reconstruction_metrics_equal_scikit_learn(offset: float) -> None:
    """r2 of all numbers together: an input with little variance has little weight."""
    numbers = np.random.default_rng(0)
    target = numbers.normal(size=(50, 3)) * [1, 10, 1e-3] + [0, 5, 2] + offset
    found = target + numbers.normal(size=(50, 3))
    sums, parts = ReconstructionMetrics(), ReconstructionMetrics()
    sums.update(torch.tensor(found), torch.tensor(target), None)
    expected = {
        "mse": mean_squared_error(target, found),
        "rmse": mean_squared_error(target, found) ** 0.5,
        "mae": mean_absolute_error(target, found),
        "r2": r2_score(target, found, multioutput="variance_weighted"),
    }
    assert sums.compute(0.0) == pytest.approx(expected, rel=1e-6)
    assert expected["r2"] > 0.9 > r2_score(target, found)
    for rows in (slice(0, 7), slice(7, 50)):  # with a checkpoint between
        parts.update(torch.tensor(found[rows]), torch.tensor(target[rows]), None)
        again = ReconstructionMetrics()
        again.load_state(parts.state())
        parts = again
    assert parts.compute(0.0) == sums.compute(0.0)


def test_reconstruction_metrics_do_not_depend_on_batches() -> None:
    target, found = torch.rand(2, 600, 50, generator=torch.Generator().manual_seed(0))
    whole = ReconstructionMetrics()
    whole.update(found, target, None)
    for cut in ([1, 299, 300], [256, 256, 88]):
        parts = ReconstructionMetrics()
        for each in zip(found.split(cut), target.split(cut), strict=True):
            parts.update(*each, None)
        assert parts.state() == whole.state()


def test_reconstruction_metrics_of_constants() -> None:
    sums = ReconstructionMetrics()
    sums.update(torch.tensor([[1.0, 3.0], [1.0, 3.0]]), torch.full((2, 2), 2.0), None)
    assert sums.compute(0.0) == {"mse": 1, "rmse": 1, "mae": 1, "r2": 0}
    sums.reset()
    mask = torch.tensor([[True, False]])
    sums.update(torch.full((1, 2, 2), 2.0), torch.tensor([[[2.0, 2.0], [9.0, 9.0]]]), mask)
    assert sums.compute(0.0) == {"mse": 0, "rmse": 0, "mae": 0, "r2": 1}


def test_compute_without_update_is_refused() -> None:
    with pytest.raises(AssertionError, match="compute was called before update"):
        ClassificationMetrics().compute(0.0)


def test_span_metrics() -> None:
    """Three true spans, three predicted spans, two of them correct; padding is ignored."""
    tags = ["O", "B-NP", "I-NP", "B-VP", "I-VP"]
    given = torch.tensor([[1, 2, 3, 0, 0], [1, 2, 2, 1, 1]])
    decided = torch.tensor([[1, 2, 4, 0, 3], [1, 2, 0, 1, 1]])
    mask = torch.tensor([[True] * 4 + [False], [True] * 3 + [False] * 2])
    sums = SpanMetrics(tags)
    sums.update(decided, given, mask)
    found = {"f1": 2 / 3, "precision": 2 / 3, "recall": 2 / 3, "acc": 5 / 7, "errors": 2}
    assert sums.compute(0.0) == pytest.approx(found)
    parts = SpanMetrics(tags)
    parts.update(decided[:1], given[:1], mask[:1])
    parts.update(decided[1:], given[1:], mask[1:])
    assert parts.sums == sums.sums == [2, 7, 2, 3, 3]
    sums.reset()
    sums.update(decided, given, None)
    assert sums.sums == [3, 10, 4, 6, 5]


def test_span_metrics_without_spans() -> None:
    """Without a predicted span, precision, recall and F1 are 0."""
    sums = SpanMetrics(["B-NP", "O"])
    sums.update(torch.ones(1, 2, dtype=torch.long), torch.tensor([[0, 1]]), None)
    assert sums.compute(0.0) == {"f1": 0, "precision": 0, "recall": 0, "acc": 0.5, "errors": 1}
