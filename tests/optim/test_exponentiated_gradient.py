import math

import pytest
import torch
from nnzoo.errors import UserError
from nnzoo.optim.exponentiated_gradient import ExponentiatedGradient


def test_steps_by_hand():
    weight = torch.nn.Parameter(torch.tensor([1.0, 2.0, 3.0]))
    weight.grad = torch.tensor([1.0, 0.0, -1.0])
    ExponentiatedGradient([weight], lr=math.log(2)).step()
    assert weight.tolist() == pytest.approx([0.5, 2.0, 6.0])


def test_finds_the_minimum_of_a_quadratic():
    weight = torch.nn.Parameter(torch.ones(3))
    optimizer = ExponentiatedGradient([weight], lr=0.05)
    goal = torch.tensor([0.1, 1.0, 4.0])
    for _ in range(500):
        optimizer.zero_grad()
        optimizer.step(lambda: (weight - goal).square().sum().backward())
    torch.testing.assert_close(weight.data, goal, atol=1e-3, rtol=1e-3)


def test_invalid_input_is_refused():
    weight = torch.nn.Parameter(torch.tensor([1.0, -2.0]))
    weight.grad = torch.ones(2)
    with pytest.raises(
        UserError, match=r"^a weight is -2; exponentiated gradient needs weights above 0; try init=one$"
    ):
        ExponentiatedGradient([weight]).step()
    with pytest.raises(ValueError, match="lr is 0; it must be above 0"):
        ExponentiatedGradient([weight], lr=0)
