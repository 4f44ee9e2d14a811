import pytest
import torch
from nnzoo.losses.regression.absolute import Absolute
from torch.nn.functional import l1_loss


def test_values_by_hand():
    assert Absolute()(torch.tensor([[1.0, 5.0]]), torch.tensor([[3.0, 4.0]])).tolist() == [1.5]


@pytest.mark.parametrize("lead", [(6,), (3, 4)])
def test_value_and_gradient(lead):
    torch.manual_seed(0)
    output = torch.randn(*lead, 2, dtype=torch.float64, requires_grad=True)
    target = torch.randn(*lead, 2, dtype=torch.float64)
    loss = Absolute()(output, target)
    z = (output - target).detach()
    torch.testing.assert_close(loss.detach(), (z * z).sqrt().sum(-1) / 2)
    loss.sum().backward()
    torch.testing.assert_close(output.grad, z.sign() / 2)
    torch.testing.assert_close(loss.mean(), l1_loss(output, target))
