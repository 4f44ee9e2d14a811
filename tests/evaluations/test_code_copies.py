"""Copies in codes: of networks whose codes are known, against derivatives by hand."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from nnzoo.errors import UserError
from nnzoo.evaluations import CodeCopies
from nnzoo.spec import Batch
from torch import Tensor

N, F = 40, 6


@pytest.fixture(scope="module")
def x() -> Tensor:
    torch.manual_seed(0)
    return torch.randn(N, F) * torch.tensor([1.0, 2.0, 0.5, 1.0, 3.0, 0.1]) + 1


def measured(encode: Callable[[Tensor], Tensor], x: Tensor, **settings: Any) -> tuple[float, float]:
    task: Any = SimpleNamespace(net=SimpleNamespace(encode=encode), device=torch.device("cpu"))
    data: Any = SimpleNamespace(eval_loader=lambda split: [Batch(part, part) for part in x.split(7)])
    with torch.no_grad():
        found = CodeCopies(**settings).compute(task, data, "test")
    return found["code_copies"], found["inputs_per_unit"]


def test_an_identity_copies_all_inputs(x: Tensor) -> None:
    """Also if further units are 0 or copy an input again, or if a unit changes the scale."""
    assert measured(lambda x: x, x) == (1, 1)
    assert measured(lambda x: x, x, share=1.0) == (1, 1)
    assert measured(lambda x: torch.cat([-3 * x, 0 * x, x[:, :2]], 1), x) == (1, 1)


def test_a_unit_that_combines_inputs_copies_none(x: Tensor) -> None:
    """Of six inputs two are copied; the third unit combines two in equal parts."""

    def encode(x: Tensor) -> Tensor:
        spread = x.std(0, correction=0).detach() if len(x) == N else x.new_ones(F)
        return torch.stack([x[:, 0], x[:, 4], x[:, 1] / spread[1] + x[:, 2] / spread[2]], 1)

    copies, inputs = measured(encode, x)
    assert copies == pytest.approx(2 / F)
    assert inputs == pytest.approx((1 + 1 + 2) / 3)


@pytest.mark.parametrize("points", [None, 10])
def test_sensitivities_by_hand(x: Tensor, points: int | None) -> None:
    """Sigmoid units h = sigmoid(W x) with derivatives h (1 - h) w, in float64."""
    torch.manual_seed(1)
    weight = torch.randn(12, F).double()
    weight[0] = torch.tensor([0, 0, 0, 0, 1, 0.9])  # of the sensitivity the fifth input has more than 0.99
    rows = x.double().numpy() if points is None else x.double().numpy()[::4]
    h = 1 / (1 + np.exp(-rows @ weight.numpy().T))
    slopes = (h * (1 - h))[:, :, None] * weight.numpy()
    s = np.square(slopes).mean(0) * rows.var(0)
    parts = s / s.sum(1, keepdims=True)
    found = measured(lambda x: (x.double() @ weight.T).sigmoid(), x, points=points)
    expected = (parts > 0.9).any(0).mean(), (s.sum(1) ** 2 / np.square(s).sum(1)).mean()
    assert found == pytest.approx(expected, rel=1e-5)
    assert 0 < found[0] < 1
    at_most = measured(lambda x: (x.double() @ weight.T).sigmoid(), x, points=points, share=1.0)
    assert at_most[0] == 0


def test_many_random_units_copy_nothing() -> None:
    """Three times as many units as inputs; the effective number of normal weights is about a third of all."""
    torch.manual_seed(0)
    x, weight = torch.randn(50, 60), torch.randn(180, 60)
    copies, inputs = measured(lambda x: (x @ weight.T).relu(), x)
    assert copies == 0
    assert 15 < inputs < 25


def test_what_does_not_vary_is_left_out(x: Tensor) -> None:
    constant = torch.cat([x, torch.ones(N, 2)], 1)
    assert measured(lambda x: x, constant) == (1, 1)
    assert measured(lambda x: x[:, :3] + 5 * x[:, 6:7], constant)[0] == pytest.approx(3 / F)
    copies, inputs = measured(lambda x: 0 * x, x)
    assert copies == 0
    assert np.isnan(inputs)


def test_what_does_not_fit_is_refused(x: Tensor) -> None:
    with pytest.raises(UserError, match=r"^evaluations: share is 0.5; it must be above 0.5 and at most 1$"):
        CodeCopies(share=0.5)
    with pytest.raises(UserError, match=r"^evaluations: points is 1; it must be at least 2$"):
        CodeCopies(points=1)
    with pytest.raises(UserError, match="the code has no derivatives"):
        measured(lambda x: x.detach(), x)
