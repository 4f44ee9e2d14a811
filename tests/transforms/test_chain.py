from typing import Any

import pytest
import torch
from nnzoo.data.loader import Loader
from nnzoo.errors import UserError
from nnzoo.spec import Batch, DataSpec
from nnzoo.transforms import Flip, Shift, Standardize, Transform, Transforms, Whiten
from torch import Tensor

SPEC = DataSpec("real", (1, 4, 4), "classes", 3, low=0.0, high=1.0)
X = torch.rand(30, 1, 4, 4, generator=torch.Generator().manual_seed(0))
SPLIT = Batch(X, torch.arange(30))


def bound(**transforms: Transform) -> Transforms:
    chain = Transforms(transforms)
    chain.bind(SPEC, lambda: iter(X.split(8)))
    return chain


def loader(chain: Transforms, **settings: Any) -> Loader:
    return Loader(SPLIT, batch_size=8, shuffle=True, seed=3, transforms=chain, **settings)


def test_each_transform_is_fitted_to_outputs_of_the_previous_ones() -> None:
    chain = bound(standardize=Standardize(), flip=Flip(), whiten=Whiten(epsilon=0.0, n_components=6))
    z = X.flatten(1)
    wanted = Whiten(epsilon=0.0, n_components=6)
    standardized = (z - z.mean(0)) / z.std(0, correction=0)
    wanted.fit(lambda: iter([standardized]))
    torch.testing.assert_close(chain(X), wanted.apply(standardized), rtol=1e-3, atol=1e-3)
    assert chain.inverse(chain(X)).shape == X.shape
    assert Transforms(dict(chain.by_name)).bind(SPEC, lambda: iter([X])).shape == (6,)


def test_inverse_is_applied_in_reverse_order() -> None:
    chain = bound(standardize=Standardize(), whiten=Whiten(epsilon=0.0))
    torch.testing.assert_close(chain.inverse(chain(X)), X, rtol=1e-3, atol=1e-4)


def test_form_is_checked_after_the_previous_transforms() -> None:
    with pytest.raises(UserError, match=r"^transforms.moved is for inputs of the form image; .* real vector"):
        bound(whiten=Whiten(), moved=Shift(pixels=1))
    bound(moved=Shift(pixels=1), whiten=Whiten())


def test_unknown_entries_are_not_transformed() -> None:
    spec = DataSpec("real", (4,), "real", 4, partial=True)
    with pytest.raises(UserError, match=r"transforms.all is not for data with unknown entries"):
        Transforms({"all": Standardize()}).bind(spec, lambda: iter([torch.rand(3, 4)]))


def test_fitted_transforms_are_not_fitted_again() -> None:
    chain = bound(a=Standardize(), b=Whiten())
    other = Transforms({"a": Standardize(), "b": Whiten()})
    other.load_state_dict(chain.state_dict())

    def nothing() -> Any:
        raise AssertionError

    assert other.bind(SPEC, nothing).shape == (16,)
    assert torch.equal(other(X), chain(X))
    with pytest.raises(UserError, match=r"holds the transforms \['a', 'b'\], the config has \['a'\]"):
        Transforms({"a": Standardize()}).load_state_dict(chain.state_dict())


def test_random_transforms_are_for_training_batches_only() -> None:
    chain = bound(shift=Shift(pixels=1), standardize=Standardize())
    plain, moved = loader(chain), loader(chain, augment=True)
    for one, other in zip(plain.epoch(1), moved.epoch(1), strict=True):
        assert torch.equal(one.x, chain(X[one.y]))
        assert torch.equal(one.y, other.y)
        assert not torch.equal(one.x, other.x)
    assert torch.equal(moved.take(slice(5)).x, chain(X[:5]))


def test_the_target_is_the_clean_input() -> None:
    chain = bound(shift=Shift(pixels=1), standardize=Standardize())
    order = loader(chain).order(0).split(8)
    for rows, batch in zip(order, loader(chain, augment=True, unsupervised=True), strict=True):
        assert torch.equal(batch.y, chain(X[rows]).flatten(1))
        assert not torch.equal(batch.x.flatten(1), batch.y)
    for batch in loader(chain, unsupervised=True):
        assert torch.equal(batch.x.flatten(1), batch.y)


def inputs(chain: Transforms, epoch: int, start: int = 0, **settings: Any) -> list[Tensor]:
    return [batch.x for batch in loader(chain, augment=True, **settings).epoch(epoch, start)]


def test_random_numbers_are_a_function_of_seed_epoch_and_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    chain = bound(shift=Shift(pixels=1), flip=Flip())
    whole = inputs(chain, 2)
    for start in range(len(whole)):
        assert all(map(torch.equal, inputs(chain, 2, start), whole[start:]))
    monkeypatch.setattr("nnzoo.data.loader.BLOCK", 1)
    assert all(map(torch.equal, inputs(chain, 2), whole))


def test_random_numbers_differ_by_batch_and_epoch() -> None:
    chain = Transforms({"shift": Shift(pixels=1), "again": Shift(pixels=1)})
    one = X[:1].expand(500, 1, 4, 4)
    drawn = [chain.augmented(one, *place) for place in [(0, 0, 0), (0, 0, 1), (0, 1, 0), (1, 0, 0), (-1, 0, 0)]]
    for i, first in enumerate(drawn):
        assert all(not torch.equal(first, second) for second in drawn[:i])
    corner = Transforms({"shift": Shift(pixels=1)}).augmented(one, 0, 0, 0)
    moved_twice = (drawn[0] - corner).abs().flatten(1).amax(1) > 0
    assert 0.7 < moved_twice.float().mean() < 1  # the second draws for itself: 8 of 9 move
