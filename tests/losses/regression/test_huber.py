import pytest
import torch
from nnzoo.losses.regression.absolute import Absolute
from nnzoo.losses.regression.huber import Huber
from nnzoo.losses.regression.squared import Squared
from torch.nn.functional import huber_loss


def test_values_by_hand():
    loss = Huber(delta=2.0)(torch.tensor([[1.0], [2.0], [-5.0]]), torch.zeros(3, 1))
    assert loss.tolist() == [1.0, 4.0, 16.0]


@pytest.mark.parametrize("delta", [0.3, 1.0])
@pytest.mark.parametrize("lead", [(20,), (5, 4)])
def test_value_and_gradient(lead, delta):
    torch.manual_seed(0)
    output = torch.randn(*lead, 2, dtype=torch.float64, requires_grad=True)
    target = torch.randn(*lead, 2, dtype=torch.float64)
    loss = Huber(delta=delta)(output, target)
    z = (output - target).detach()
    text = torch.where(z.abs() <= delta, z**2, 2 * delta * (z.abs() - delta / 2))
    torch.testing.assert_close(loss.detach(), text.mean(-1))
    loss.sum().backward()
    torch.testing.assert_close(output.grad, z.clamp(-delta, delta))  # 2 z / K, K = 2
    torch.testing.assert_close(loss.mean(), 2 * huber_loss(output, target, delta=delta))
    theirs = Huber(delta=delta, scaling="torch")(output, target)
    torch.testing.assert_close(theirs.mean(), huber_loss(output, target, delta=delta))


def test_limits_are_squared_and_absolute_error():
    torch.manual_seed(0)
    output, target = torch.randn(9, 3, dtype=torch.float64), torch.randn(9, 3, dtype=torch.float64)
    torch.testing.assert_close(Huber(delta=1e3)(output, target), Squared()(output, target))
    torch.testing.assert_close(Huber(delta=1e-9)(output, target) / 2e-9, Absolute()(output, target), atol=1e-8, rtol=0)


def test_delta_must_be_positive():
    with pytest.raises(ValueError, match=r"delta is 0\.0; it must be above 0"):
        Huber(delta=0.0)
