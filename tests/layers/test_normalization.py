import pytest
import torch
from nnzoo.errors import UserError
from nnzoo.layers.normalization import normalization
from torch import nn


@pytest.mark.parametrize("lead", [(40,), (8, 5)])
def test_batch_norm_uses_all_leading_dimensions(lead):
    torch.manual_seed(0)
    x = torch.randn(*lead, 3, dtype=torch.float64) * 5 + 2
    rows = x.reshape(-1, 3)
    expected = (rows - rows.mean(0)) / (rows.var(0, unbiased=False) + 1e-5).sqrt()
    torch.testing.assert_close(normalization("batch", 3).double()(x), expected.reshape(x.shape))


def test_layer_norm_normalizes_each_row():
    torch.manual_seed(0)
    x = torch.randn(4, 6, 3, dtype=torch.float64)
    expected = (x - x.mean(-1, keepdim=True)) / (x.var(-1, unbiased=False, keepdim=True) + 1e-5).sqrt()
    torch.testing.assert_close(normalization("layer", 3).double()(x), expected)


def test_batch_norm_ignores_padding():
    """Compare with torch's layer on the concatenated real steps."""
    torch.manual_seed(0)
    ours, torchs = normalization("batch", 3), nn.BatchNorm1d(3)
    for steps in (5, 7):
        lengths = torch.randint(1, steps, (4, 1))
        mask = torch.arange(steps) < lengths
        x = torch.randn(4, steps, 3) * 5 + 2
        x[~mask] = 1e4
        a, b = x.clone().requires_grad_(), x[mask].clone().requires_grad_()
        out, expected, weight = ours(a, mask), torchs(b), torch.randn(x.shape)
        torch.testing.assert_close(out[mask], expected)
        (out * weight)[mask].sum().backward()
        (expected * weight[mask]).sum().backward()
        torch.testing.assert_close(a.grad[mask], b.grad)
        assert not a.grad[~mask].any()
        assert out.isfinite().all()
    torch.testing.assert_close(ours.state_dict(), torchs.state_dict())
    torch.testing.assert_close(ours.eval()(x, mask)[mask], torchs.eval()(x[mask]))


def test_batch_norm_refuses_a_single_row():
    layer = normalization("batch", 3)
    one = torch.tensor([[True, False]])
    with pytest.raises(UserError, match=r"^batch normalization needs more than 1 example in a batch"):
        layer(torch.zeros(1, 3))
    with pytest.raises(UserError, match=r"^batch normalization needs more than 1 step in a batch"):
        layer(torch.zeros(1, 2, 3), one)
    assert layer.eval()(torch.zeros(1, 2, 3), one).shape == (1, 2, 3)
