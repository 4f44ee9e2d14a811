import math

import numpy as np
import pytest
import torch
from nnzoo.data.points.manifolds import NoisyCurve, Spiral3D, SwissRoll
from nnzoo.errors import UserError
from sklearn.datasets import make_swiss_roll
from torch.testing import assert_close

KINDS = [SwissRoll, Spiral3D, NoisyCurve]


class Uniform(np.random.RandomState):
    """A generator whose first uniform numbers are given ones."""

    def __init__(self, *values):
        super().__init__(0)
        self.values = list(values)

    def uniform(self, *, size):
        return self.values.pop(0)


def test_the_swiss_roll_is_that_of_scikit_learn():
    part = SwissRoll(train=50).splits["train"]
    position, height = part.y[:, 0].double().numpy(), part.x[:, 1].double().numpy() / 21
    points, angle = make_swiss_roll(50, random_state=Uniform(position, height))
    assert_close(part.x.double(), torch.from_numpy(points), rtol=0, atol=1e-4)
    assert_close(1.5 * math.pi * (1 + 2 * part.y[:, 0].double()), torch.from_numpy(angle))


def test_positions_and_heights_of_the_swiss_roll_are_uniform():
    part = SwissRoll(train=8000).splits["train"]
    for values in (part.y[:, 0], part.x[:, 1] / 21):
        assert (torch.histc(values, 8, 0, 1) - 1000).abs().max() < 150  # standard deviation 30


def test_the_spiral_follows_its_position():
    part = Spiral3D(turns=3.0, noise=0.0, train=200).splits["train"]
    position = part.y[:, 0]
    assert_close(part.x[:, 2], 2 * position - 1)
    assert_close(part.x[:, :2].norm(dim=1), (1 + position) / 2)
    turns = torch.atan2(part.x[:, 1], part.x[:, 0]) / (2 * math.pi)
    assert_close((turns - 3 * position + 0.5) % 1, torch.full((200,), 0.5), rtol=0, atol=1e-5)


def test_the_target_of_the_noisy_curve_is_the_point_without_noise():
    part = NoisyCurve(height=0.7, noise=0.1, train=4000).splits["train"]
    assert_close(part.y[:, 1], 0.7 * (math.pi * part.y[:, 0]).sin())
    noise = part.x - part.y
    assert noise.std(0).tolist() == pytest.approx([0.1, 0.1], rel=0.05)
    assert noise.mean(0).abs().max() < 0.006


@pytest.mark.parametrize("kind", KINDS)
def test_noise_of_every_coordinate(kind):
    clean, noisy = (kind(noise=noise, train=4000).splits["train"] for noise in (0.0, 0.5))
    assert torch.equal(clean.y, noisy.y)
    assert ((noisy.x - clean.x).std(0) - 0.5).abs().max() < 0.025


@pytest.mark.parametrize("kind", KINDS)
def test_sampled_by_seed(kind):
    one, same, other = (kind(seed=seed).splits["test"] for seed in (0, 0, 1))
    assert torch.equal(one.x, same.x)
    assert not torch.equal(one.x, other.x)


@pytest.mark.parametrize(
    ("kind", "wrong", "message"),
    [
        (SwissRoll, {"noise": -1.0}, "noise is -1.0; it is a standard deviation"),
        (Spiral3D, {"turns": 0.0}, "turns is 0.0; it must be above 0"),
        (NoisyCurve, {"height": math.nan}, "height is nan; it must be above 0"),
        (NoisyCurve, {"train": 0}, "train is 0"),
    ],
)
def test_values_out_of_range(kind, wrong, message):
    with pytest.raises(UserError, match=message):
        kind(**wrong)
