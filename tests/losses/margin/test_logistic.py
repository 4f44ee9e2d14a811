import math

import pytest
import torch
from nnzoo.losses.margin.logistic import Logistic
from torch.nn.functional import binary_cross_entropy_with_logits


def test_values_by_hand():
    loss = Logistic()(torch.tensor([[math.log(3.0)], [math.log(3.0)]]), torch.tensor([1, 0]))
    assert loss.tolist() == pytest.approx([math.log(4 / 3), math.log(4)])


@pytest.mark.parametrize("lead", [(6,), (3, 4)])
def test_value_and_gradient(lead):
    torch.manual_seed(0)
    output = torch.randn(*lead, 1, dtype=torch.float64, requires_grad=True)
    target = torch.randint(2, lead)
    loss = Logistic()(output, target)
    sign = 2 * target - 1
    torch.testing.assert_close(loss, (1 + (-sign * output[..., 0]).exp()).log())
    loss.sum().backward()
    torch.testing.assert_close(output.grad[..., 0], (output[..., 0].sigmoid() - target).detach())
    mean = binary_cross_entropy_with_logits(output[..., 0], target.double())
    torch.testing.assert_close(loss.mean(), mean)


def test_one_output_for_two_classes_one_each_for_more():
    assert Logistic.targets == ("classes",)
    assert [Logistic().out_features(n) for n in (2, 10)] == [1, 10]
