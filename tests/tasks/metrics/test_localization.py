"""Overlap of boxes against torchvision, and the metrics that follow from it."""

import pytest
import torch
from nnzoo.tasks.metrics.localization import LocalizationMetrics, intersection_over_union
from torch.testing import assert_close
from torchvision.ops import box_iou


def random_boxes(n):
    corners = torch.rand(n, 2, 2).sort(1).values  # (N, corner, axis)
    return corners.flatten(1)


def test_overlap_is_that_of_torchvision():
    torch.manual_seed(0)
    boxes, others = random_boxes(200), random_boxes(200)
    expected = box_iou(boxes, others).diagonal()
    assert 20 < (expected == 0).sum() < 180
    assert_close(intersection_over_union(boxes, others), expected)


def test_overlap_by_hand():
    box = torch.tensor([[0.0, 0.0, 0.5, 0.5]])
    for other, expected in (
        ([0.25, 0.0, 0.75, 0.5], 1 / 3),
        ([0.0, 0.0, 0.5, 0.5], 1.0),
        ([0.5, 0.0, 1.0, 0.5], 0.0),  # only an edge is common
        ([0.4, 0.4, 0.1, 0.1], 0.0),  # right is left of left: empty
        ([0.2, 0.2, 0.2, 0.2], 0.0),
    ):
        assert float(intersection_over_union(box, torch.tensor([other]))) == pytest.approx(expected)
    empty = torch.zeros(1, 4)
    assert float(intersection_over_union(empty, empty)) == 0


def test_metrics_over_batches():
    torch.manual_seed(0)
    target = torch.cat([torch.randint(3, (60, 1)), random_boxes(60)], 1)
    prediction = target.clone()
    prediction[:, 1:] += 0.1 * torch.randn(60, 4)
    prediction[:20, 0] = 0
    metrics = LocalizationMetrics()
    for rows in (slice(0, 25), slice(25, 60)):
        metrics.update(prediction[rows], target[rows], None)
    overlap = box_iou(prediction[:, 1:], target[:, 1:]).diagonal()
    valid = (prediction[:, 3:] > prediction[:, 1:3]).all(1)
    overlap = overlap.where(valid, 0.0)
    wrong = prediction[:, 0] != target[:, 0]
    found = metrics.compute(0.0)
    assert 5 < int(((overlap < 0.5) & ~wrong).sum()) < 50
    assert found == pytest.approx(
        {
            "localization_error": float((wrong | (overlap < 0.5)).double().mean()),
            "iou": float(overlap.mean()),
            "acc": float((~wrong).double().mean()),
            "errors": int(wrong.sum()),
        }
    )


def test_an_overlap_of_a_half_is_found():
    metrics = LocalizationMetrics()
    metrics.update(torch.tensor([[1, 0, 0, 0.5, 0.5]]), torch.tensor([[1, 0, 0, 1, 0.5]]), None)
    assert metrics.compute(0.0)["localization_error"] == 0


def test_of_many_networks():
    torch.manual_seed(0)
    predicted, target = (torch.cat([torch.randint(2, (3, 8, 1)), torch.rand(3, 8, 4)], -1) for _ in range(2))
    metrics = LocalizationMetrics()
    found = metrics.member_terms(predicted, target, None)
    for member in range(3):
        assert found[member].tolist() == [t.item() for t in metrics.terms(predicted[member], target[member], None)]


@pytest.mark.parametrize(("right", "missed"), [(0.5, 0), (0.49, 1)])
def test_an_overlap_of_one_half_is_enough(right, missed):
    metrics = LocalizationMetrics()
    metrics.update(torch.tensor([[2.0, 0.0, 0.0, right, 1.0]]), torch.tensor([[2.0, 0.0, 0.0, 1.0, 1.0]]), None)
    assert metrics.compute(0.0) == {
        "localization_error": missed,
        "iou": pytest.approx(right),
        "acc": 1,
        "errors": 0,
    }
