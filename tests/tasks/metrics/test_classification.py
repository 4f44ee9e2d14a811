"""Metrics of predicted classes."""

import pytest
import torch
from nnzoo.tasks.metrics.classification import ClassificationMetrics
from torch.testing import assert_close


@pytest.mark.parametrize("shape", [(3, 7), (3, 7, 4)])
def test_terms_of_many_networks(shape):
    generator = torch.Generator().manual_seed(0)
    prediction, target = (torch.randint(3, shape, generator=generator) for _ in range(2))
    mask = None if len(shape) == 2 else torch.rand(shape, generator=generator) > 0.5
    metrics = ClassificationMetrics()
    found = metrics.member_terms(prediction, target, mask)
    for row in range(3):
        given = prediction[row], target[row], None if mask is None else mask[row]
        assert_close(found[row], torch.stack(metrics.terms(*given)))
