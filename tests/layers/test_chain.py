import torch
from nnzoo.layers.chain import Chain
from torch import nn


class Two(Chain):
    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 2))


def test_head_is_the_last_layer():
    net, x = Two(), torch.randn(5, 3)
    assert net.head is net.layers[2]
    assert list(net.state_dict()) == ["layers.0.weight", "layers.0.bias", "layers.2.weight", "layers.2.bias"]
    torch.testing.assert_close(net.forward_features(x), net.layers[0](x).relu())
    assert torch.equal(net.head(net.forward_features(x)), net.layers(x))
