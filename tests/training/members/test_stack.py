"""The weights of several networks in one tensor: views in both directions, and networks that leave."""

import torch
from nnzoo.training.members.stack import Stack
from torch import Tensor, nn
from torch.testing import assert_close


class Small(nn.Module):
    """A weight matrix, a scale without dimensions, a weight that is not trained, and a buffer."""

    def __init__(self, start: float) -> None:
        super().__init__()
        self.fixed = nn.Parameter(torch.tensor([start + 0.5]), requires_grad=False)
        self.weight = nn.Parameter(torch.tensor([[start, start + 1, start + 2]]))
        self.scale = nn.Parameter(torch.tensor(start + 3))
        self.register_buffer("seen", torch.tensor([start + 4]))


def test_weights_gradients_and_the_other_tensors() -> None:
    networks = [Small(10.0), Small(20.0)]
    stack = Stack(networks)
    assert len(stack) == 2
    assert_close(stack.weights, torch.tensor([[10.0, 11, 12, 13], [20.0, 21, 22, 23]]))
    assert_close(stack.gradients, torch.zeros(2, 4))
    assert {name: [*values.shape] for name, values in stack.parameters.items()} == {"weight": [2, 1, 3], "scale": [2]}
    assert_close(stack.parameters["scale"], torch.tensor([13.0, 23]))
    assert [[*gradient.shape] for gradient in stack.gradient_views] == [[2, 1, 3], [2]]
    assert_close(stack.buffers, {"fixed": torch.tensor([[10.5], [20.5]]), "seen": torch.tensor([[14.0], [24]])})


def test_a_change_of_the_stack_is_one_of_the_networks_and_the_other_way_round() -> None:
    networks = [Small(10.0), Small(20.0)]
    stack = Stack(networks)
    for tensor in (stack.weights, stack.gradients, *stack.buffers.values()):
        tensor[1] += 100
    assert values(networks[0]) == [10.0, 11, 12, 13, 10.5, 14]
    assert values(networks[1]) == [120.0, 121, 122, 123, 120.5, 124]
    assert networks[1].fixed.grad is None
    assert_close(networks[1].scale.grad, torch.tensor(100.0))
    assert_close(networks[1].weight.grad, torch.full((1, 3), 100.0))
    with torch.no_grad():
        for tensor in (*networks[0].parameters(), *networks[0].buffers()):
            tensor.zero_()
    assert not stack.weights[0].any()
    assert not stack.buffers["fixed"][0].any()
    assert not stack.buffers["seen"][0].any()


def test_networks_that_leave_keep_their_values() -> None:
    networks = [Small(10.0), Small(20.0), Small(30.0)]
    stack = Stack(networks)
    old = [stack.weights, *stack.buffers.values()]
    stack.keep([2, 0])
    assert len(stack) == 2
    assert stack.networks == [networks[2], networks[0]]
    assert_close(stack.weights, torch.tensor([[30.0, 31, 32, 33], [10.0, 11, 12, 13]]))
    assert_close(stack.buffers, {"fixed": torch.tensor([[30.5], [10.5]]), "seen": torch.tensor([[34.0], [14]])})
    for tensor in (*old, stack.weights, *stack.buffers.values()):
        tensor.zero_()
    assert values(networks[1]) == [20.0, 21, 22, 23, 20.5, 24]
    assert networks[1].weight.grad is None
    assert values(networks[0]) == values(networks[2]) == [0.0] * 6
    stack.gradients[0] = 1
    assert_close(networks[2].scale.grad, torch.tensor(1.0))


def values(net: Small) -> list[float]:
    tensors: list[Tensor] = [net.weight, net.scale, net.fixed, net.seen]
    return [value for tensor in tensors for value in tensor.flatten().tolist()]
