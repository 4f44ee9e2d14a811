"""Metrics of maps of classes against scikit-learn."""

import pytest
import torch
from nnzoo.tasks.metrics.segmentation import SegmentationMetrics
from sklearn.metrics import accuracy_score, jaccard_score


def test_against_scikit_learn_over_batches():
    torch.manual_seed(0)
    metrics = SegmentationMetrics(4)
    predicted, target = torch.randint(3, (2, 7, 5, 6))  # class 3 occurs in neither
    for rows in (slice(0, 3), slice(3, 7)):
        metrics.update(predicted[rows], target[rows], None)
    found = metrics.compute(0.0)
    expected = jaccard_score(target.flatten(), predicted.flatten(), average="macro")
    assert found == pytest.approx({"iou": expected, "acc": accuracy_score(target.flatten(), predicted.flatten())})


def test_a_class_that_is_only_predicted_has_no_intersection():
    metrics = SegmentationMetrics(2)
    metrics.update(torch.tensor([[[0, 1]]]), torch.tensor([[[0, 0]]]), None)
    assert metrics.compute(0.0) == {"iou": 0.25, "acc": 0.5}


def test_of_many_networks():
    torch.manual_seed(0)
    metrics = SegmentationMetrics(3)
    predicted, target = torch.randint(3, (2, 4, 2, 5, 5))
    found = metrics.member_terms(predicted, target, None)
    for member in range(4):
        assert found[member].tolist() == [t.item() for t in metrics.terms(predicted[member], target[member], None)]
