import math

import pytest
import torch
from nnzoo.data.points.planes import FirstGreater, Gaussians, Spirals
from nnzoo.errors import UserError


@pytest.mark.parametrize("margin", [0.0, 0.3])
def test_first_greater_lies_in_the_square_outside_the_margin(margin):
    part = FirstGreater(margin=margin, train=4000).splits["train"]
    gap = part.x[:, 0] - part.x[:, 1]
    assert torch.equal(part.y, (gap > 0).long())
    assert gap.abs().min() >= margin - 1e-6
    assert part.x.min() >= 0
    assert part.x.max() <= 1
    # evenly in two triangles of side s: a third of s is the mean gap, margin aside
    assert gap.abs().mean().item() == pytest.approx(margin + (1 - margin) / 3, abs=0.02)
    assert part.y.float().mean().item() == pytest.approx(0.5, abs=5 * 0.5 / 4000**0.5)


def test_gaussians_have_the_expected_means_and_deviations():
    part = Gaussians(distance=3.0, train=4000).splits["train"]
    for label, centre in [(0, -1.5), (1, 1.5)]:
        cloud = part.x[part.y == label]
        assert cloud.mean(0).tolist() == pytest.approx([centre, 0], abs=0.15)
        assert cloud.std(0).tolist() == pytest.approx([1, 1], rel=0.1)


@pytest.mark.parametrize("shift", [-50.0, 50.0])
def test_outliers_are_a_fraction_of_one_cluster(shift):
    part = Gaussians(outliers=0.25, shift=shift, train=4000).splits["train"]
    far = (part.x[:, 0] * math.copysign(1, shift)) > 25
    assert not far[part.y == 0].any()
    assert far[part.y == 1].float().mean().item() == pytest.approx(0.25, abs=5 * (0.25 * 0.75 / 2000) ** 0.5)
    plain = Gaussians(train=4000).splits["train"]
    torch.testing.assert_close(part.x[~far], plain.x[~far])


def test_the_ends_of_the_ranges():
    assert Gaussians(outliers=1.0, distance=0.0, shift=40.0).splits["train"].x[:, 0].max() > 30
    assert len(FirstGreater(margin=0.0).splits["train"]) == 20


def test_spirals_turn_about_each_other():
    part = Spirals(turns=2.0, noise=0.0, train=2000).splits["train"]
    radius = part.x.norm(dim=1)
    angle = 2 * math.pi * 2.0 * radius
    ahead = torch.stack([angle.cos(), angle.sin()], 1)
    side = (part.x * ahead).sum(1) / radius  # 1 on the one spiral, -1 on the other
    torch.testing.assert_close(side, 1 - 2.0 * part.y, atol=1e-2, rtol=0)
    assert radius.max() <= 1 + 1e-6


def test_noise_leaves_the_spirals():
    near, far = (Spirals(noise=noise, train=2000).splits["train"] for noise in (0.0, 0.1))
    assert torch.equal(near.y, far.y)
    assert (far.x - near.x).std().item() == pytest.approx(0.1, rel=0.05)


@pytest.mark.parametrize("kind", [FirstGreater, Gaussians, Spirals])
def test_sampled_by_seed(kind):
    one, same, other = kind(seed=0).splits, kind(seed=0).splits, kind(seed=1).splits
    assert torch.equal(one["train"].x, same["train"].x)
    assert not torch.equal(one["train"].x, other["train"].x)
    rows = {tuple(row) for part in one.values() for row in part.x.tolist()}
    assert len(rows) == sum(len(part.x) for part in one.values())


@pytest.mark.parametrize(
    ("kind", "wrong", "message"),
    [
        (FirstGreater, {"margin": 1.0}, "margin is 1.0; it must be at least 0 and below 1"),
        (FirstGreater, {"margin": math.nan}, "margin is nan"),
        (FirstGreater, {"train": 0}, "train is 0"),
        (Gaussians, {"distance": -1.0}, "distance is -1.0; it must be at least 0"),
        (Gaussians, {"outliers": 1.5}, "outliers is 1.5; it must be a fraction, from 0 to 1"),
        (Gaussians, {"outliers": math.nan}, "outliers is nan"),
        (Gaussians, {"shift": math.inf}, "shift is inf; it must be finite"),
        (Spirals, {"turns": 0.0}, "turns is 0.0; it must be above 0"),
        (Spirals, {"noise": -0.1}, "noise is -0.1; it is a standard deviation"),
    ],
)
def test_values_out_of_range(kind, wrong, message):
    with pytest.raises(UserError, match=message):
        kind(**wrong)
