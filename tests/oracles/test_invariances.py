"""Which changes of the data batch and layer normalization do not see. Aggarwal, exercise 7.9, and 7.3.1.

Of the outputs and of the gradients of all weights, so the learned weights are the same, too.
"""

import pytest
import torch
from nnzoo.layers.cells.layer_norm import LayerNormElman
from nnzoo.models.mlp import MLP

CHANGES = {
    "rescaled data": lambda x: 3 * x,
    "recentred data": lambda x: x + torch.tensor([2.0, -1, 0.5, 4]).to(x),
    "one rescaled case": lambda x: torch.cat([3 * x[:1], x[1:]]),
}
INVARIANT = {
    ("batch", "rescaled data"): True,
    ("batch", "recentred data"): True,
    ("batch", "one rescaled case"): False,
    ("layer", "rescaled data"): True,
    ("layer", "recentred data"): False,
    ("layer", "one rescaled case"): True,
}


def network(norm):
    """Return a network without biases before the normalization, and without its eps."""
    torch.manual_seed(0)
    net = MLP(in_features=4, out_features=2, hidden=(6,), norm=norm, activation="tanh").double()
    for layer in net.modules():
        if hasattr(layer, "eps"):
            layer.eps = 1e-30  # torch refuses 0
    if norm == "layer":
        net.layers[0].bias.data.zero_()
        net.layers[0].bias.requires_grad_(False)
    return net


def results(net, x):
    """Return the outputs, and the gradients of a loss."""
    output = net(x)
    parameters = [p for p in net.parameters() if p.requires_grad]
    return [output.detach(), *torch.autograd.grad((output - 1).square().sum(), parameters)]


@pytest.mark.parametrize(("norm", "change"), INVARIANT, ids=lambda each: each)
def test_a7_6_invariances(norm, change):
    x, net = torch.randn(20, 4, dtype=torch.float64), network(norm)
    before, after = results(net, x), results(net, CHANGES[change](x))
    same = [torch.allclose(one, other, rtol=1e-8, atol=1e-10) for one, other in zip(before, after, strict=True)]
    assert all(same) if INVARIANT[norm, change] else not any(same)


def test_a7_6_in_a_recurrent_layer_only_the_first_step_is_invariant():
    """Rescaled inputs do not rescale the part of the state, W_h h."""
    cell, x = LayerNormElman(4, 6, eps=0.0).double(), torch.randn(3, 5, 4, dtype=torch.float64)
    start = (torch.zeros(3, 6, dtype=torch.float64),)
    before, after = cell(x, start)[0], cell(3 * x, start)[0]
    torch.testing.assert_close(before[:, 0], after[:, 0])
    assert (before[:, 1:] - after[:, 1:]).abs().amax(-1).min() > 1e-3
