import pytest
import torch
from nnzoo.layers.linear.members import MemberLinear
from torch.nn.functional import linear

from tests.support.gradients import assert_close_with_gradients


def test_each_member_is_a_linear_layer_with_its_own_connections():
    torch.manual_seed(0)
    layer = MemberLinear(members=3, in_features=4, out_features=5, dropped=0.5).double()
    x = torch.randn(2, 6, 3, 4, dtype=torch.float64, requires_grad=True)
    kept = layer.weight * layer.mask
    expected = torch.stack([linear(x[..., m, :], kept[m], layer.bias[m]) for m in range(3)], -2)
    assert_close_with_gradients(layer(x), expected, [x, layer.weight, layer.bias])


def test_a_removed_connection_has_no_weight_and_no_gradient():
    torch.manual_seed(0)
    layer = MemberLinear(members=3, in_features=4, out_features=5, dropped=0.5)
    layer(torch.randn(7, 3, 4)).square().sum().backward()
    assert not layer.weight[~layer.mask].any()
    assert not layer.weight.grad[~layer.mask].any()
    assert layer.weight.grad[layer.mask].all()


def test_connections_are_removed_independently_with_the_given_probability():
    torch.manual_seed(0)
    mask = MemberLinear(members=40, in_features=50, out_features=50, dropped=0.3).mask.double()
    assert mask.mean().item() == pytest.approx(0.7, abs=0.005)  # standard deviation 0.0014
    pairs = (mask[0] * mask[1]).mean().item(), (mask[:, 0] * mask[:, 1]).mean().item()
    assert pairs == pytest.approx((0.49, 0.49), abs=0.05)


def test_without_dropping_all_connections_are_kept():
    assert MemberLinear(members=2, in_features=3, out_features=4).mask.all()


def test_each_unit_keeps_a_connection():
    torch.manual_seed(0)
    kept = MemberLinear(members=5, in_features=6, out_features=20, dropped=0.99).mask.sum(-1)
    assert kept.min() == 1
    assert (kept == 1).sum() > 90


def test_the_initial_range_follows_the_connections_of_the_unit():
    torch.manual_seed(0)
    layer = MemberLinear(members=200, in_features=8, out_features=20, dropped=0.5)
    fan = layer.mask.sum(-1)
    for n in (2, 4, 6):
        bound = n**-0.5
        assert layer.weight[fan == n].abs().max().item() == pytest.approx(bound, rel=0.02)
        assert layer.bias[fan == n].abs().max().item() == pytest.approx(bound, rel=0.05)


def test_connections_are_saved():
    torch.manual_seed(0)
    one, other = (MemberLinear(members=2, in_features=5, out_features=4, dropped=0.5) for _ in range(2))
    assert not torch.equal(one.mask, other.mask)
    other.load_state_dict(one.state_dict())
    x = torch.randn(3, 2, 5)
    assert torch.equal(one(x), other(x))


@pytest.mark.parametrize(
    ("wrong", "message"),
    [({"members": 0}, "members is 0"), ({"dropped": 1.0}, "dropped is 1.0"), ({"dropped": -0.1}, "dropped is -0.1")],
)
def test_values_out_of_range(wrong, message):
    with pytest.raises(ValueError, match=message):
        MemberLinear(**{"members": 2, "in_features": 3, "out_features": 4} | wrong)
