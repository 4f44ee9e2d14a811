import torch
from nnzoo.layers.conv.subsampling import Subsampling


def test_by_hand():
    layer = Subsampling(channels=2)
    with torch.no_grad():
        layer.weight.copy_(torch.tensor([2.0, -1.0]).view(2, 1, 1))
        layer.bias.copy_(torch.tensor([0.5, 10.0]).view(2, 1, 1))
    x = torch.tensor([[1.0, 2.0, 2.0, 1.0], [3.0, 2.0, 4.0, 1.0]]).expand(1, 2, 2, 4)
    assert layer(x).tolist() == [[[[4.5, 4.5]], [[8.0, 8.0]]]]


def test_parameters_per_map_and_their_gradients():
    layer = Subsampling(channels=6)
    assert sum(p.numel() for p in layer.parameters()) == 12
    x = torch.randn(3, 6, 8, 8, generator=torch.Generator().manual_seed(0))
    layer(x).sum().backward()
    means = (x[..., ::2, ::2] + x[..., 1::2, ::2] + x[..., ::2, 1::2] + x[..., 1::2, 1::2]) / 4
    torch.testing.assert_close(layer.weight.grad.flatten(), means.sum((0, 2, 3)))
    torch.testing.assert_close(layer.bias.grad.flatten(), torch.full((6,), 3.0 * 16))
