"""Videos of a moving disc."""

import math
from itertools import pairwise

import pytest
import torch
from nnzoo.data.images.moving_shapes import MovingShapes
from nnzoo.errors import UserError


def test_the_disc_moves_in_the_direction_of_its_class():
    data = MovingShapes(noise=0.0, speed=2.0, train=40, val=0, test=10)
    batch = data.splits["train"].batch()
    assert batch.x.shape == (40, *data.spec.shape) == (40, 6, 16, 16)
    moves = {"right": (0, 2), "down": (2, 0), "left": (0, -2), "up": (-2, 0)}
    for video, each in zip(batch.x, batch.y, strict=True):
        move = moves[data.spec.labels[each]]
        for before, after in pairwise(video):
            torch.testing.assert_close(before.roll(move, (0, 1)), after, atol=1e-4, rtol=0)
    assert set(batch.y.tolist()) == {0, 1, 2, 3}


def test_radii_are_a_tenth_to_a_fifth_of_the_side():
    x = MovingShapes(noise=0.0, size=64, frames=2, train=300, val=0, test=1).splits["train"].batch().x
    radii = (x.sum((-1, -2)) / math.pi).sqrt() / 64  # the pixels of the border count as far as they are covered
    assert radii.min().item() == pytest.approx(0.1, abs=2e-3)
    assert radii.max().item() == pytest.approx(0.2, abs=2e-3)
    assert radii.mean().item() == pytest.approx(0.15, abs=5 * 0.1 / 12**0.5 / 300**0.5)


def test_sampled_by_seed():
    def sampled(seed):
        return MovingShapes(train=20, val=5, test=5, seed=seed).splits["train"].batch()

    assert torch.equal(sampled(0).x, sampled(0).x)
    assert not torch.equal(sampled(0).x, sampled(1).x)
    assert 0 <= sampled(0).x.min() <= sampled(0).x.max() <= 1


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"frames": 1}, "^frames is 1; a video has at least 2$"),
        ({"size": 7}, "^size is 7; .* at least 8$"),
        ({"speed": 4.0}, "^speed is 4.0; it must be above 0 and below 4 pixels per frame$"),
        ({"speed": 0.0}, "^speed is 0.0"),
        ({"noise": -1.0}, "^noise is -1.0; .* at least 0$"),
    ],
)
def test_values_out_of_range(wrong, message):
    with pytest.raises(UserError, match=message):
        MovingShapes(**wrong)
