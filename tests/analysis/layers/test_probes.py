import pytest
import torch
from nnzoo.analysis.layers.probes import layer_features, probe_accuracies
from nnzoo.models.mlp import MLP
from torch import nn


def crossed(n, seed):
    x = torch.randn(n, 2, generator=torch.Generator().manual_seed(seed))
    return x, (x[:, 0] * x[:, 1] > 0).long()


def corners():
    """A network whose hidden units are active in the four quadrants, so the classes are linearly separable."""
    net = nn.Sequential(nn.Linear(2, 4, bias=False), nn.ReLU(), nn.Linear(4, 2))
    net[0].weight.data.copy_(torch.tensor([[1.0, 1.0], [-1.0, -1.0], [1.0, -1.0], [-1.0, 1.0]]))
    return net


def test_features_are_the_outputs_of_the_layers():
    net, x = corners(), torch.randn(3, 2)
    found = layer_features(net, ["1", "2"], x)
    assert list(found) == ["input", "1", "2"]
    torch.testing.assert_close(found["1"], (x @ net[0].weight.t()).relu())
    torch.testing.assert_close(found["2"], net(x))
    assert not net[1]._forward_hooks
    image = torch.randn(3, 2, 4, 4)
    assert layer_features(nn.Sequential(nn.Conv2d(2, 5, 3)), ["0"], image)["0"].shape == (3, 20)


def test_hidden_units_make_classes_separable():
    found = probe_accuracies(corners(), ["1"], crossed(400, 0), crossed(400, 1))
    assert found["input"] < 0.65
    assert found["1"] > 0.97  # |x + y| > |x - y|


def test_unknown_layer_is_refused():
    with pytest.raises(ValueError, match=r"unknown layer 'hidden'; one of: layers, layers.0"):
        probe_accuracies(MLP(in_features=2, out_features=2), ["hidden"], crossed(4, 0), crossed(4, 1))
