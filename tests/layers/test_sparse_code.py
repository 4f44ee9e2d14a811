"""Layers that keep the largest activations of a code, against sorting by hand."""

from math import ceil

import pytest
import torch
from nnzoo.layers.sparse_code import TopR, WinnerTakeAll
from torch.testing import assert_close


@pytest.fixture
def h():
    torch.manual_seed(0)
    return torch.randn(10, 6, dtype=torch.float64)


@pytest.mark.parametrize("training", [True, False])
def test_top_r_keeps_exactly_r_of_each_example(h, training):
    sparse = TopR(r=2).train(training)(h)
    for row, kept in zip(h.tolist(), sparse.tolist(), strict=True):
        assert kept == [value if value in sorted(row)[-2:] else 0 for value in row]
    ties = torch.ones(3, 6)
    assert ((TopR(r=2)(ties) != 0).sum(1) == 2).all()
    steps = h.view(2, 5, 6)
    assert torch.equal(TopR(r=2)(steps), sparse.view(2, 5, 6))


@pytest.mark.parametrize("share", [0.3, 0.25, 0.001, 1.0])
def test_winners_of_each_unit(h, share):
    """ceil(share * 10) examples for each unit."""
    sparse = WinnerTakeAll(units=6, share=share)(h)
    count = ceil(share * 10)
    assert (sparse != 0).sum(0).tolist() == [count] * 6
    for unit in range(6):
        best = sorted(h[:, unit].tolist())[-count:]
        assert sparse[:, unit].tolist() == [value if value in best else 0 for value in h[:, unit].tolist()]
    assert ((WinnerTakeAll(units=6, share=share)(torch.ones(10, 6)) != 0).sum(0) == count).all()


def test_the_gradient_passes_through_kept_units_only(h):
    for layer in (TopR(r=2), WinnerTakeAll(units=6, share=0.3)):
        x, factors = h.clone().requires_grad_(), torch.randn_like(h)
        sparse = layer(x)
        (sparse * factors).sum().backward()
        assert_close(x.grad, factors * (sparse != 0))


def test_thresholds_of_the_batches_apply_in_evaluation(h):
    layer = WinnerTakeAll(units=6, share=0.3).double()
    assert torch.equal(layer.eval()(h), h)  # untrained
    first = layer.train()(h)
    lowest = h.sort(0).values[-3]
    assert torch.equal(layer.eval()(h), first)
    second = 2 * h - 1
    layer.train()(second)
    threshold = 0.9 * lowest + 0.1 * (2 * lowest - 1)
    assert_close(layer.threshold, threshold)
    new = torch.randn(4, 6, dtype=torch.float64)
    expected = torch.where(new >= threshold, new, 0)
    assert_close(layer.eval()(new), expected)
    assert_close(layer(new[2:3]), expected[2:3])  # independent of the other examples
    assert_close(layer.threshold, threshold)


def test_padding_never_wins():
    torch.manual_seed(0)
    h, mask = torch.randn(2, 4, 3), torch.tensor([[True, True, True, False], [True, False, False, False]])
    layer, clean = WinnerTakeAll(units=3, share=0.5), WinnerTakeAll(units=3, share=0.5)
    sparse = layer(h.masked_fill(~mask[..., None], 99.0), mask)
    assert torch.equal(sparse[mask], clean(h[mask]))
    assert not sparse[~mask].any()
    assert torch.equal(layer.threshold, clean.threshold)


def test_invalid_settings_are_refused():
    with pytest.raises(ValueError, match=r"^r is 0; at least 1 unit must be kept$"):
        TopR(r=0)
    for share in (0.0, -0.5, 1.5):
        with pytest.raises(ValueError, match=f"^share is {share}; the share of kept activations must be above 0 and"):
            WinnerTakeAll(units=3, share=share)
