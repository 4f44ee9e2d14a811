"""Against scikit-learn's MinMaxScaler."""

import numpy as np
import pytest
import torch
from nnzoo import api
from nnzoo.builders.data import build_data
from nnzoo.builders.tasks import build_task
from nnzoo.config.compose import compose
from nnzoo.errors import UserError
from nnzoo.spec import DataSpec
from nnzoo.transforms import UnitInterval
from sklearn.preprocessing import MinMaxScaler


def fitted(x):
    transform = UnitInterval()
    transform.fit(lambda: iter(x.split(7)))
    return transform


@pytest.mark.parametrize("shape", [(40, 5), (40, 2, 3, 4)])
def test_each_feature_as_scikit_learn(shape):
    generator = torch.Generator().manual_seed(0)
    x, other = (30 * torch.randn(shape, generator=generator) + 5 for _ in range(2))
    transform, judge = fitted(x), MinMaxScaler(clip=True).fit(x.flatten(1).double())
    for each in (x, other):  # some of the others are outside the range
        wanted = judge.transform(each.flatten(1).double()).reshape(shape)
        np.testing.assert_allclose(transform.apply(each), wanted, atol=1e-6)
    torch.testing.assert_close(transform.inverse(transform.apply(x)), x, rtol=1e-4, atol=1e-4)


def test_gradient_within_the_range():
    transform = fitted(torch.tensor([[0.0], [4.0]]))
    x = torch.tensor([[1.0]], requires_grad=True)
    transform.apply(x).sum().backward()
    assert x.grad.item() == 0.25


def test_constants_become_0_and_come_back():
    x = torch.tensor([[3.0, 1.0], [3.0, 2.0]])
    transform = fitted(x)
    assert transform.apply(x).tolist() == [[0.0, 0.0], [0.0, 1.0]]
    assert torch.equal(transform.inverse(transform.apply(x)), x)


def test_the_range_is_known():
    spec = UnitInterval().output_spec(DataSpec("real", (5,), "classes", 3))
    assert (spec.low, spec.high) == (0.0, 1.0)


@pytest.mark.parametrize("model", ["rbm", "nmf", "plsa"])
def test_networks_that_need_it_name_it(model):
    config = api.plain(compose([f"model={model}", "data=iris"]))
    with pytest.raises(UserError, match="; transforms=unit_interval scales them to"):
        build_task(config, build_data(config))
    config = api.plain(compose([f"model={model}", "data=iris", "transforms=unit_interval"]))
    build_task(config, build_data(config))
