import numpy as np
import pytest
import torch
from nnzoo.models.recurrent.ar import AR


def made(**settings):
    torch.manual_seed(0)
    return AR(**{"in_features": 2, "out_features": 3, "order": 4, **settings})


@pytest.mark.parametrize("order", [1, 4, 9])
def test_a_sum_over_the_last_steps(order):
    """By loops: the p-th block of weights is that of the step itself."""
    net = made(order=order).double()
    x = torch.randn(2, 6, 2, dtype=torch.float64, requires_grad=True)
    output = net(x)
    weight = net.readout.weight.detach().numpy().reshape(3, order, 2)
    for b in range(2):
        for t in range(6):
            expected = net.readout.bias.detach().numpy().copy()
            for back in range(min(order, t + 1)):
                expected += weight[:, order - 1 - back] @ x[b, t - back].detach().numpy()
            np.testing.assert_allclose(output[b, t].detach(), expected, rtol=1e-9)
    (grad,) = torch.autograd.grad(output[0, 3, 1], x)
    for t in range(6):
        wanted = weight[1, order - 1 - (3 - t)] if 0 <= 3 - t < order else np.zeros(2)
        np.testing.assert_allclose(grad[0, t], wanted, rtol=1e-9)
    assert not grad[1].any()


def test_segments_with_carried_steps_equal_the_whole_sequence():
    net, x = made(), torch.randn(3, 9, 2)
    first, state = net.run(x[:, :2])
    second, state = net.run(x[:, 2:3], state=state)
    third, _ = net.run(x[:, 3:], state=state)
    torch.testing.assert_close(torch.cat([first, second, third], 1), net(x))


def test_output_is_that_of_the_last_real_step():
    net, every = made(per_step=False), made()
    x = torch.randn(3, 6, 2)
    mask = torch.arange(6) < torch.tensor([6, 2, 4])[:, None]
    torch.testing.assert_close(net(x, mask), every(x)[torch.arange(3), [5, 1, 3]])
    torch.testing.assert_close(net(x), every(x)[:, -1])


def test_values_out_of_range_are_refused():
    with pytest.raises(ValueError, match="order is 0; it must be at least 1"):
        made(order=0)
