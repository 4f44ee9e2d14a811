import pytest
import torch
from nnzoo.models.linear import Linear


@pytest.mark.parametrize("lead", [(), (5,), (2, 3)])
def test_value_and_gradient(lead):
    torch.manual_seed(0)
    net = Linear(in_features=4, out_features=3).double()
    weight, bias = net.state_dict().values()
    x = torch.randn(*lead, 4, dtype=torch.float64, requires_grad=True)
    output = net(x)
    expected = torch.einsum("oi,...i->...o", weight, x) + bias
    torch.testing.assert_close(output, expected)
    output.sum().backward()
    torch.testing.assert_close(x.grad, weight.sum(0).expand_as(x))


def test_without_bias():
    net = Linear(in_features=4, out_features=3, bias=False)
    assert not net(torch.zeros(1, 4)).any()
    assert sum(p.numel() for p in net.parameters()) == 12
