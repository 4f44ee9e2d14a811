import math

import pytest
import torch
from nnzoo.data.points.ring import Ring
from nnzoo.errors import UserError


def polar(x):
    return x.norm(dim=1), torch.atan2(x[:, 1], x[:, 0])


def test_points_are_around_the_circle_at_all_angles():
    radius, angle = polar(Ring(radius=3.0, noise=0.1, train=8000).splits["train"].x)
    assert radius.mean().item() == pytest.approx(3, abs=0.01)
    assert radius.std().item() == pytest.approx(0.1, rel=0.05)
    counts = torch.histc(angle, 8, -math.pi, math.pi)  # 1000 each, standard deviation 30
    assert (counts - 1000).abs().max() < 150


def test_without_noise_it_is_the_circle():
    radius, _ = polar(Ring(radius=2.0, noise=0.0).splits["train"].x)
    torch.testing.assert_close(radius, torch.full_like(radius, 2.0))


def test_clusters_are_evenly_spaced():
    x = Ring(gaussians=5, noise=0.01, train=4000).splits["train"].x
    angles = 2 * math.pi * torch.arange(5) / 5
    centres = torch.stack([angles.cos(), angles.sin()], 1)
    nearest = torch.cdist(x, centres).min(1)
    assert nearest.values.max() < 0.06
    assert (nearest.indices.bincount(minlength=5) - 800).abs().max() < 150
    gaps = x - centres[nearest.indices]
    assert gaps.std(0).tolist() == pytest.approx([0.01, 0.01], rel=0.1)


def test_there_is_no_target():
    data = Ring()
    assert (data.spec.target, data.spec.target_size) == ("none", 0)
    assert {name: len(part.x) for name, part in data.splits.items()} == {"train": 1000, "val": 500, "test": 1000}


def test_sampled_by_seed():
    one, same, other = (Ring(seed=seed).splits["train"].x for seed in (0, 0, 1))
    assert torch.equal(one, same)
    assert not torch.equal(one, other)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"radius": 0.0}, "radius is 0.0; it must be above 0"),
        ({"radius": math.nan}, "radius is nan"),
        ({"noise": -1.0}, "noise is -1.0; it is a standard deviation"),
        ({"gaussians": 0}, "gaussians is 0; it must be at least 1, or null"),
        ({"train": 0}, "train is 0"),
    ],
)
def test_values_out_of_range(wrong, message):
    with pytest.raises(UserError, match=message):
        Ring(**wrong)
