"""Losses of counts of pairs against their formulas."""

import pytest
import torch
from nnzoo.losses.counts.glove import GloVe
from nnzoo.losses.counts.weighted_logistic import WeightedLogistic
from nnzoo.losses.counts.weighted_squared import WeightedSquared
from nnzoo.spec import DataSpec
from torch.testing import assert_close

SCORES = torch.tensor([[0.3], [-2.0], [1.5], [0.0], [40.0]], dtype=torch.float64)
COUNTS = torch.tensor([[3.0], [1.0], [-2.0], [-0.5], [7.0]], dtype=torch.float64)
B = torch.tensor([[1.0], [1.0], [0.0], [0.0], [1.0]], dtype=torch.float64)
PAIRS = DataSpec("ids", (2,), "signed_counts", 1, sizes=(4, 4))
ALONE = DataSpec("ids", (2,), "counts", 1, sizes=(4, 4))
ROWS = DataSpec("ids", (1,), "counts", 3, sizes=(4,))


def with_gradient(loss, counts=COUNTS):
    scores = SCORES.clone().requires_grad_()
    found = loss(scores, counts)
    found.sum().backward()
    return found.detach(), scores.grad


def test_weighted_squared_error():
    """Aggarwal, eq. 2.57."""
    value, gradient = with_gradient(WeightedSquared())
    assert_close(value, (COUNTS.abs() * (B - SCORES) ** 2)[:, 0])
    assert_close(gradient, 2 * COUNTS.abs() * (SCORES - B))


def test_weighted_logistic():
    """Aggarwal, eq. 2.58 and 2.59 as printed; the gradient is that of 2.6.3."""
    value, gradient = with_gradient(WeightedLogistic())
    likelihood = (B - 1 / (1 + SCORES.exp())).abs()
    assert_close(value, -(COUNTS.abs() * likelihood.log())[:, 0])
    p = 1 / (1 + (-SCORES).exp())
    assert_close(gradient, torch.where(B > 0, -COUNTS.abs() * (1 - p), COUNTS.abs() * p))


def test_the_logistic_loss_of_a_large_score_is_finite():
    scores = torch.tensor([[-1000.0], [1000.0]], requires_grad=True)
    loss = WeightedLogistic()(scores, torch.tensor([[2.0], [-1.0]]))
    assert_close(loss, torch.tensor([2000.0, 1000.0]))
    loss.sum().backward()
    assert_close(scores.grad, torch.tensor([[-2.0], [1.0]]))


def test_glove():
    """Pennington et al. (2014), eq. 8 and 9."""
    scores = torch.tensor([[1.0, -1.0, 2.0]], dtype=torch.float64, requires_grad=True)
    counts = torch.tensor([[5.0, 0.0, 300.0]], dtype=torch.float64)
    loss = GloVe()(scores, counts)
    error = torch.tensor([1 - torch.tensor(5.0).double().log(), 0, 2 - torch.tensor(300.0).double().log()])
    weight = torch.tensor([(5 / 100) ** 0.75, 0.0, 1.0], dtype=torch.float64)
    assert_close(loss, (weight * error**2).sum()[None])
    loss.sum().backward()
    assert_close(scores.grad, 2 * (weight * error)[None])


def test_glove_with_power_0_still_ignores_pairs_that_do_not_occur():
    assert GloVe(power=0.0)(torch.tensor([[3.0]]), torch.tensor([[0.0]])).tolist() == [0.0]


def test_predictions():
    assert_close(WeightedLogistic().expected(SCORES), SCORES.sigmoid())
    assert_close(WeightedSquared().expected(SCORES), SCORES)
    assert_close(GloVe().expected(SCORES), SCORES.exp())


@pytest.mark.parametrize(("settings", "message"), [({"x_max": 0.0}, "x_max is 0"), ({"power": -1.0}, "power is -1")])
def test_glove_refuses_values_out_of_range(settings, message):
    with pytest.raises(ValueError, match=message):
        GloVe(**settings)


def test_accepted_targets():
    for loss in (WeightedSquared(), WeightedLogistic()):
        assert loss.takes(PAIRS) is None
        assert "data.negatives of at least 1" in loss.takes(ALONE)
        assert loss.takes(DataSpec("real", (2,), "real", 1)).startswith("takes signed_counts")
    assert GloVe().takes(ALONE) is GloVe().takes(ROWS) is None
    assert "set data.negatives=0" in GloVe().takes(PAIRS)
