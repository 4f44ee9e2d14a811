"""Clipping of each step's gradient contribution before the sum: Aggarwal 7.3, by hand for three steps."""

from copy import deepcopy

import pytest
import torch
from nnzoo.layers.cells.elman import Elman
from nnzoo.layers.recurrent import Recurrent, clip_steps
from nnzoo.models.recurrent.gru import GRU
from nnzoo.models.recurrent.lstm import LSTM
from nnzoo.models.recurrent.scrn import SCRN
from torch import nn

B, T, F, K = 3, 6, 4, 2


def line():
    """One linear unit: w = 2, h = 1, 3, 7 from inputs of 1."""
    layer = Recurrent(lambda inputs: Elman(inputs, 1, activation="identity"), 1)
    with torch.no_grad():
        for parameter, value in zip(layer.cells.parameters(), (1.0, 2.0, 0.0), strict=True):
            parameter.fill_(value)
    return layer


@pytest.mark.parametrize(
    ("bound", "expected"),
    [
        # dh_3/dh_t = 4, 2, 1; by w that is times h_(t-1) = 0, 1, 3; by u and b times 1
        (float("inf"), (4 + 2 + 1, 0 + 2 + 3, 4 + 2 + 1)),
        (2.5, (2.5 + 2 + 1, 0 + 2 + 2.5, 2.5 + 2 + 1)),
        (1.5, (1.5 + 1.5 + 1, 0 + 1.5 + 1.5, 1.5 + 1.5 + 1)),
    ],
)
@pytest.mark.parametrize("sign", [1, -1])
def test_three_steps_by_hand(bound, expected, sign):
    layer = line()
    assert clip_steps(layer, bound) == []
    outputs, _ = layer(torch.ones(1, 3, 1))
    assert outputs.flatten().tolist() == [1, 3, 7]
    (sign * outputs[0, -1, 0]).backward()
    assert [p.grad.item() for p in layer.parameters()] == [sign * value for value in expected]  # u, w, b


NETS = {
    "lstm": lambda: LSTM(in_features=F, out_features=K, hidden=5, layers=2, start="learned"),
    "gru": lambda: GRU(in_features=F, out_features=K, hidden=5, bidirectional=True),
    "scrn": lambda: SCRN(in_features=F, out_features=K, hidden=5, context=3),
}


def gradients(net):
    x = torch.randn(B, T, F, generator=torch.Generator().manual_seed(0))
    mask = torch.arange(T) < torch.tensor([6, 4, 1])[:, None]
    net.zero_grad()
    (10 * net(x, mask) * mask[..., None]).square().sum().backward()
    return {name: parameter.grad.clone() for name, parameter in net.named_parameters()}


@pytest.mark.parametrize("name", NETS)
def test_without_a_bound_gradients_are_unchanged(name):
    net = NETS[name]()
    other = deepcopy(net)
    rest = clip_steps(other, float("inf"))
    torch.testing.assert_close(gradients(net), gradients(other))
    assert {n for n, p in other.named_parameters() if any(p is q for q in rest)} == {
        n for n, _ in net.named_parameters() if ".cells." not in n
    }


@pytest.mark.parametrize("name", NETS)
def test_clips_each_step_and_not_the_sum(name):
    """The sum of clipped contributions may reach T times the bound, unlike the clipped sum."""
    net = NETS[name]()
    plain = gradients(net)
    clip_steps(net, 0.5)
    for key, value in gradients(net).items():
        if ".cells." not in key:
            torch.testing.assert_close(value, plain[key])
            continue
        assert value.abs().max() <= 0.5 * T
        assert not torch.allclose(value, plain[key].clamp(-0.5, 0.5))
    assert gradients(net)["recurrent.cells.0.weight_x"].abs().max() > 0.5


def test_clipping_changes_neither_names_nor_evaluation():
    net = NETS["lstm"]()
    other = deepcopy(net)
    clip_steps(other, 0.1)
    assert net.state_dict().keys() == other.state_dict().keys()
    x = torch.randn(B, T, F)
    with torch.no_grad():
        assert torch.equal(net(x), other(x))


def test_networks_without_recurrent_layers_are_refused():
    with pytest.raises(ValueError, match="'temporal' clips recurrent layers, but the network has none"):
        clip_steps(nn.Linear(2, 2), 1.0)
