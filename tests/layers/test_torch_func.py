"""Recurrent layers under the transforms of torch.func, compared with autograd."""

import pytest
import torch
from nnzoo.config.catalogue import cards
from nnzoo.config.instantiate import locate
from nnzoo.layers.recurrent import clip_steps
from torch.func import functional_call, grad, grad_and_value, jacrev, stack_module_state, vmap

B, T, F, MEMBERS = 4, 5, 3, 3
CELLS = {
    "rnn": {},
    "rnn relu": {"activation": "relu"},
    "irnn": {},
    "lstm": {},
    "lstm inner": {"output": "inner"},
    "gru": {},
    "gru after": {"reset": "after"},
    "forget_rnn": {},
    "layer_norm_rnn": {},
    "layer_norm_lstm": {},
    "layer_norm_gru": {},
    "scrn": {},
}
STACKS = {"plain": {}, "deep": {"layers": 2, "bidirectional": True, "start": "learned"}}
every_cell = pytest.mark.parametrize("cell", CELLS)


def made(cell, **stack):
    network = locate(cards()[cell.partition(" ")[0]].target)
    return network(in_features=F, out_features=2, hidden=4, **CELLS[cell], **stack).double()


@pytest.fixture
def x():
    torch.manual_seed(0)
    return torch.randn(B, T, F, dtype=torch.float64)


@pytest.fixture
def mask():
    return torch.arange(T) < torch.tensor([5, 3, 1, 4])[:, None]


@every_cell
@pytest.mark.parametrize("stack", STACKS)
@pytest.mark.parametrize("bound", [None, 0.001])
def test_vmap_equals_a_loop(cell, stack, bound, x, mask):
    """Values and gradients; bound: of temporal clipping, small enough to clip."""
    nets = [made(cell, **STACKS[stack]) for _ in range(MEMBERS)]
    if bound:
        for net in nets:
            clip_steps(net, bound)

    def loss(parameters, buffers):
        return functional_call(nets[0], (parameters, buffers), (x, mask)).square().mean()

    gradients, values = vmap(grad_and_value(loss))(*stack_module_state(nets))
    for member, net in enumerate(nets):
        value = net(x, mask).square().mean()
        value.backward()
        torch.testing.assert_close(values[member], value)
        one = grad(loss)(dict(net.named_parameters()), dict(net.named_buffers()))
        for name, parameter in net.named_parameters():
            torch.testing.assert_close(gradients[name][member], parameter.grad)
            torch.testing.assert_close(one[name], parameter.grad)


@every_cell
def test_per_example_gradients(cell, x):
    net = made(cell)
    weights = dict(net.named_parameters())

    def loss(parameters, sequence):
        return functional_call(net, parameters, (sequence[None],)).square().sum()

    found = vmap(grad(loss), in_dims=(None, 0))(weights, x)
    for row, sequence in enumerate(x):
        expected = torch.autograd.grad(net(sequence[None]).square().sum(), list(weights.values()))
        torch.testing.assert_close([each[row] for each in found.values()], list(expected))


def test_second_derivatives_equal_finite_differences(x):
    net = made("rnn")

    def loss(weight):
        return functional_call(net, {"recurrent.cells.0.weight_h": weight}, (x,)).square().mean()

    weight, step = net.recurrent.cells[0].weight_h.detach(), torch.zeros(4, 4, dtype=torch.float64)
    step[1, 2] = 1e-5
    column = jacrev(grad(loss))(weight)[..., 1, 2]
    difference = (grad(loss)(weight + step) - grad(loss)(weight - step)) / 2e-5
    torch.testing.assert_close(column, difference, rtol=1e-5, atol=1e-8)


def test_scan_is_one_autograd_node_outside_transforms(x):
    node = made("rnn").recurrent(x)[0].grad_fn
    names = set()
    while node is not None:
        names.add(node.name())
        node = next((parent for parent, _ in node.next_functions if parent is not None), None)
    assert "ScanBackward" in names
