import pytest
import torch
from nnzoo.layers.normalization import normalization


@pytest.mark.parametrize("lead", [(40,), (8, 5)])
def test_batch_norm_is_over_all_leading_dimensions(lead):
    torch.manual_seed(0)
    x = torch.randn(*lead, 3, dtype=torch.float64) * 5 + 2
    rows = x.reshape(-1, 3)
    expected = (rows - rows.mean(0)) / (rows.var(0, unbiased=False) + 1e-5).sqrt()
    torch.testing.assert_close(normalization("batch", 3).double()(x), expected.reshape(x.shape))


def test_layer_norm_is_over_each_row():
    torch.manual_seed(0)
    x = torch.randn(4, 6, 3, dtype=torch.float64)
    expected = (x - x.mean(-1, keepdim=True)) / (x.var(-1, unbiased=False, keepdim=True) + 1e-5).sqrt()
    torch.testing.assert_close(normalization("layer", 3).double()(x), expected)
