"""Against NumPy."""

import pytest
import torch
from nnzoo.spec import DataSpec
from nnzoo.transforms import Flip

IMAGES = torch.rand(400, 2, 5, 7, generator=torch.Generator().manual_seed(0))


def applied(transform: Flip, seed: int = 0) -> torch.Tensor:
    return transform.apply(IMAGES, torch.Generator().manual_seed(seed))


def test_some_are_mirrored_left_to_right() -> None:
    flipped = applied(Flip(probability=0.3))
    same = (flipped == IMAGES).flatten(1).all(1)
    mirror = (flipped == torch.from_numpy(IMAGES.numpy()[..., ::-1].copy())).flatten(1).all(1)
    assert (same ^ mirror).all()
    assert 0.2 < mirror.float().mean() < 0.4
    assert torch.equal(applied(Flip(probability=1.0)), torch.from_numpy(IMAGES.numpy()[..., ::-1].copy()))


def test_the_same_random_numbers_the_same_images() -> None:
    assert torch.equal(applied(Flip()), applied(Flip()))
    assert not torch.equal(applied(Flip()), applied(Flip(), seed=1))


def test_unsupported_inputs_and_settings() -> None:
    Flip().check(DataSpec("real", (2, 5, 7), "classes", 3))
    with pytest.raises(ValueError, match="for inputs of the form image; the data gives real vector of 4"):
        Flip().check(DataSpec("real", (4,), "classes", 3))
    for probability in (0, 1.5):
        with pytest.raises(ValueError, match=f"probability is {probability}"):
            Flip(probability=probability)
