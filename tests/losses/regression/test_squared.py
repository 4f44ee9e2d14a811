import pytest
import torch
from nnzoo.losses.regression.squared import Squared
from torch.nn.functional import mse_loss


def test_values_by_hand():
    assert Squared()(torch.tensor([[1.0, 5.0]]), torch.tensor([[3.0, 4.0]])).tolist() == [2.5]


@pytest.mark.parametrize("lead", [(6,), (3, 4)])
def test_value_and_gradient(lead):
    torch.manual_seed(0)
    output = torch.randn(*lead, 2, dtype=torch.float64, requires_grad=True)
    target = torch.randn(*lead, 2, dtype=torch.float64)
    loss = Squared()(output, target)
    z = (output - target).detach()
    torch.testing.assert_close(loss.detach(), (z[..., 0] ** 2 + z[..., 1] ** 2) / 2)
    loss.sum().backward()
    torch.testing.assert_close(output.grad, z)  # 2 z / K, K = 2
    torch.testing.assert_close(loss.mean(), mse_loss(output, target))
