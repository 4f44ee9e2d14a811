"""Linear layers for many rows against torch's."""

import pytest
import torch
from nnzoo.layers.linear import tall
from nnzoo.layers.linear.tall import TallLinear, tall_linear
from torch.nn.functional import linear


@pytest.mark.parametrize(("inputs", "outputs"), [(7, 4), (4, 7), (7, 20), (20, 7), (20, 20)])
@pytest.mark.parametrize("biased", [True, False])
def test_value_and_gradient_equal_torchs(inputs, outputs, biased):
    given = [torch.randn(30, 40, inputs), torch.randn(outputs, inputs), *([torch.randn(outputs)] if biased else [])]
    given = [each.double().requires_grad_() for each in given]
    found, expected = tall_linear(*given), linear(*given)
    torch.testing.assert_close(found, expected)
    assert found.is_contiguous()
    gradients = [torch.autograd.grad(y.sin().sum(), given) for y in (found, expected)]
    torch.testing.assert_close(*gradients)


def test_second_derivatives_equal_finite_differences(monkeypatch):
    monkeypatch.setattr(tall, "TALL", 1)
    given = [torch.randn(shape, dtype=torch.float64, requires_grad=True) for shape in ((5, 3), (2, 3), (2,))]
    assert tall_linear(*given).grad_fn.next_functions[0][0].name() == "TallProductBackward"
    assert torch.autograd.gradcheck(tall_linear, given, fast_mode=True)
    assert torch.autograd.gradgradcheck(tall_linear, given, fast_mode=True)


def test_transforms_and_half_precision_use_torchs():
    layer = TallLinear(3, 2)
    x = torch.randn(2000, 3)
    rows = torch.func.vmap(torch.func.grad(lambda x: layer(x).sum()))(x[:, None])
    torch.testing.assert_close(rows[:, 0], layer.weight.sum(0).expand(2000, 3))
    assert layer.bfloat16()(x.bfloat16()).dtype == torch.bfloat16
    with torch.autocast("cpu", torch.bfloat16):
        assert TallLinear(3, 2)(x).dtype == torch.bfloat16
