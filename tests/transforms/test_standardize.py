"""Against scikit-learn's StandardScaler."""

from collections.abc import Callable, Iterator

import numpy as np
import pytest
import torch
from nnzoo.errors import UserError
from nnzoo.spec import DataSpec
from nnzoo.transforms import Standardize
from sklearn.preprocessing import StandardScaler
from torch import Tensor

VECTOR = DataSpec("binary", (5,), "classes", 3, low=0.0, high=1.0)


def blocks(x: Tensor, size: int = 7) -> Callable[[], Iterator[Tensor]]:
    return lambda: iter(x.split(size))


def numbers(*shape: int) -> Tensor:
    """Features on very different scales, far from 0."""
    generator = torch.Generator().manual_seed(0)
    scale = 10 ** (4 * torch.rand(shape[1:], generator=generator) - 2)
    return scale * (torch.randn(shape, generator=generator) + 5)


def fitted(x: Tensor, **settings: str) -> Standardize:
    transform = Standardize(**settings)  # type: ignore[arg-type]
    transform.fit(blocks(x))
    return transform


@pytest.mark.parametrize("shape", [(40, 5), (40, 2, 3, 4)])
def test_each_feature_as_scikit_learn(shape: tuple[int, ...]) -> None:
    x, other = numbers(*shape), numbers(*shape) * 1.1 - 0.3
    transform, judge = fitted(x), StandardScaler().fit(x.flatten(1).double())
    for each in (x, other):
        wanted = judge.transform(each.flatten(1).double()).reshape(shape)
        np.testing.assert_allclose(transform.apply(each), wanted, rtol=1e-4, atol=1e-5)
        torch.testing.assert_close(transform.inverse(transform.apply(each)), each, rtol=1e-4, atol=1e-5)


def test_each_channel_as_scikit_learn() -> None:
    x = numbers(40, 2, 3, 4)
    transform = fitted(x, per="channel")
    pixels = x.movedim(1, -1).reshape(-1, 2).double()
    wanted = torch.from_numpy(StandardScaler().fit_transform(pixels)).view(40, 3, 4, 2).movedim(-1, 1).float()
    torch.testing.assert_close(transform.apply(x), wanted, rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(transform.inverse(transform.apply(x)), x, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("per", ["feature", "channel"])
def test_constants_are_exactly_zero_and_come_back(per: str) -> None:
    x = torch.rand(1000, 3, 2, 2)
    x[:, 1] = 0.1  # whose sums have rounding errors
    transform = fitted(x, per=per)
    assert not transform.apply(x)[:, 1].any()
    assert transform.apply(x + 1)[:, 1].unique().tolist() == pytest.approx([1])
    assert torch.equal(transform.inverse(transform.apply(x))[:, 1], x[:, 1])


def test_far_from_zero_in_many_blocks() -> None:
    """Sums in float32 would lose the deviation."""
    x = 1e4 + torch.randn(20000, 2, generator=torch.Generator().manual_seed(0))
    z = fitted(x).apply(x).double()
    assert z.mean(0).abs().max() < 1e-3
    torch.testing.assert_close(z.std(0), torch.ones(2, dtype=torch.float64), rtol=1e-3, atol=0)


def test_output_spec() -> None:
    spec = Standardize().output_spec(VECTOR)
    assert (spec.input, spec.shape, spec.target) == ("real", (5,), "classes")
    assert (spec.low, spec.high) == (float("-inf"), float("inf"))


def test_unsupported_inputs_and_settings() -> None:
    with pytest.raises(ValueError, match="per=channel, which is for images"):
        Standardize(per="channel").check(VECTOR)
    with pytest.raises(ValueError, match="for inputs of the form vector or image; the data gives real sequence"):
        Standardize().check(DataSpec("real", (2,), "real", 1, sequence=True))
    with pytest.raises(UserError, match="unknown per 'chanel'; did you mean 'channel'"):
        Standardize(per="chanel")  # type: ignore[arg-type]
