import torch
from nnzoo.layers.embeddings.ids import IdEmbedding
from torch import nn
from torch.testing import assert_close


def test_value_and_gradient_as_torch_with_padding_at_zero():
    """torch's layer has a row of zeros without a gradient for id 0; here this row does not exist."""
    mine, theirs = IdEmbedding(5, 3, std=0.7).double(), nn.Embedding(5, 3, padding_idx=0).double()
    theirs.weight.data[1:] = mine.weight.detach()
    ids = torch.tensor([[4, 0, 1], [1, 1, 3]])
    factors = torch.randn(2, 3, 3, dtype=torch.float64)
    for layer in (mine, theirs):
        (layer(ids) * factors).sum().backward()
    assert_close(mine(ids), theirs(ids))
    assert_close(mine.weight.grad, theirs.weight.grad[1:])
    assert not mine.weight.grad[1].any()
    assert mine(ids[:0]).shape == (0, 3, 3)


def test_initial_weights():
    weight = IdEmbedding(2001, 50, std=0.3).weight.detach()
    assert abs(float(weight.std()) - 0.3) < 0.003
    assert abs(float(weight.mean())) < 0.003
    assert not IdEmbedding(4, 1, std=0.0).weight.any()
