"""Against scikit-learn's PCA and the equations."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
import torch
from nnzoo.errors import DataWarning, UserError
from nnzoo.spec import DataSpec
from nnzoo.transforms import Whiten
from sklearn.decomposition import PCA
from torch import Tensor

IMAGE = DataSpec("real", (2, 3, 2), "classes", 3, low=0.0, high=1.0)


def blocks(x: Tensor, size: int = 7) -> Callable[[], Iterator[Tensor]]:
    return lambda: iter(x.split(size))


def correlated(*shape: int) -> Tensor:
    generator = torch.Generator().manual_seed(0)
    size = torch.Size(shape[1:]).numel()
    mixing = torch.randn(size, size, generator=generator)
    return (torch.randn(shape[0], size, generator=generator) @ mixing + 3).view(shape)


def fitted(x: Tensor, **settings: Any) -> Whiten:
    transform = Whiten(**{"epsilon": 0.0, **settings})
    transform.fit(blocks(x))
    return transform


@pytest.mark.parametrize("n_components", [None, 5, 1])
@pytest.mark.parametrize("shape", [(60, 8), (60, 2, 3, 2)])
def test_as_scikit_learn_up_to_sign(shape: tuple[int, ...], n_components: int | None) -> None:
    x, other = correlated(*shape), correlated(*shape).flip(0) * 0.7
    transform = fitted(x, n_components=n_components)
    judge = PCA(n_components, whiten=True).fit(x.flatten(1).double())
    for each in (x, other):
        theirs = judge.transform(each.flatten(1).double())
        ours = transform.apply(each).numpy()
        np.testing.assert_allclose(ours * np.sign((ours * theirs).sum(0)), theirs, rtol=1e-3, atol=1e-3)
        back = judge.inverse_transform(theirs).reshape(shape)
        np.testing.assert_allclose(transform.inverse(torch.from_numpy(ours)), back, rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize("variant", ["pca", "zca"])
def test_the_covariance_is_the_identity(variant: str) -> None:  # Aggarwal 3.3.2
    x = correlated(200, 2, 3, 2)
    transform = fitted(x, variant=variant)
    z = transform.apply(x).flatten(1).double()
    np.testing.assert_allclose(np.cov(z.T), np.eye(12), atol=1e-3)
    assert z.mean(0).abs().max() < 1e-3
    torch.testing.assert_close(transform.inverse(transform.apply(x)), x, rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize("epsilon", [0.0, 0.5])
def test_zca_is_the_inverse_root_of_the_covariance(epsilon: float) -> None:
    """U (Lambda + epsilon)^(-1/2) U^T, by the singular values of the centered data."""
    x = correlated(60, 6)
    centered = (x - x.mean(0)).double().numpy()
    _, s, rows = np.linalg.svd(centered, full_matrices=False)
    root = rows.T / np.sqrt(s**2 / 59 + epsilon) @ rows
    transform = fitted(x, variant="zca", epsilon=epsilon)
    np.testing.assert_allclose(transform.apply(x), centered @ root, rtol=1e-3, atol=1e-3)
    np.testing.assert_allclose(transform.inverse(transform.apply(x)), x, rtol=1e-3, atol=1e-3)


def test_epsilon_keeps_directions_without_variance_small() -> None:
    x = correlated(60, 4)[:, [0, 1, 2, 3, 3]]
    z = fitted(x, epsilon=1e-5).apply(x)
    assert z.isfinite().all()
    assert z[:, -1].abs().max() < 0.1
    with pytest.raises(ValueError, match="no variance to scale in 1 of 5 directions; set n_components=4, or epsilon"):
        fitted(x)


def test_signs_do_not_depend_on_the_processor() -> None:
    directions = fitted(correlated(60, 8)).state["directions"]
    assert (directions.gather(0, directions.abs().argmax(0, keepdim=True)) > 0).all()


def test_no_more_components_than_rows() -> None:
    few = correlated(4, 6)
    with pytest.raises(ValueError, match="has n_components=5; there are 4 training rows"):
        fitted(few, n_components=5)
    with pytest.warns(
        DataWarning, match="4 training rows for 6 features: .*; set n_components below 4, or a larger eps"
    ):
        assert fitted(few, epsilon=1e-5).apply(few).shape == (4, 4)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("variant", ["pca", "zca"])
def test_few_rows_make_other_data_very_large_unless_there_are_fewer_components(variant: str) -> None:
    few, more = correlated(20, 40), correlated(60, 40)[20:]
    with pytest.warns(DataWarning, match="20 training rows for 40 features"):
        large = fitted(few, epsilon=1e-5, variant=variant).apply(more)
    small = fitted(few, n_components=10, variant=variant).apply(more)
    assert large.abs().max() > 20 * small.abs().max()
    fitted(correlated(60, 40), variant=variant)  # without a warning


def test_output_spec() -> None:
    x = torch.rand(20, *IMAGE.shape)
    flat, same = (fitted(x, n_components=4, variant=variant).output_spec(IMAGE) for variant in ("pca", "zca"))
    assert (flat.form, flat.shape) == ("vector", (4,))
    assert (same.form, same.shape) == ("image", IMAGE.shape)
    assert flat.low == same.low == float("-inf")


def test_unsupported_inputs_and_settings() -> None:
    with pytest.raises(ValueError, match="has n_components=13; the data gives 12 features"):
        Whiten(n_components=13).check(IMAGE)
    with pytest.raises(ValueError, match=r"takes up to 4096 features; .* which are 12288"):
        Whiten().check(DataSpec("real", (3, 64, 64), "classes", 3))
    with pytest.raises(ValueError, match="n_components is 0"):
        Whiten(n_components=0)
    with pytest.raises(ValueError, match="epsilon is -1"):
        Whiten(epsilon=-1)
    with pytest.raises(UserError, match="unknown variant 'pcs'; did you mean 'pca'"):
        Whiten(variant="pcs")  # type: ignore[arg-type]
