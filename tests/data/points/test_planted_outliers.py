import pytest
import torch
from nnzoo.data.points.planted_outliers import PlantedOutliers
from nnzoo.errors import UserError


@pytest.fixture(scope="module")
def points():
    train = PlantedOutliers(train=8000, noise=0.0).splits["train"]
    return train.x.double(), train.y


def test_outliers_have_the_stated_probability(points):
    _, y = points
    assert y.double().mean().item() == pytest.approx(0.05, abs=0.01)  # standard deviation 0.0024
    assert PlantedOutliers().spec.labels == ("inlier", "outlier")


def test_each_feature_alone_has_the_same_distribution(points):
    x, y = points
    inliers, outliers = x[y == 0], x[y == 1]
    shares = torch.tensor([0.1, 0.25, 0.5, 0.75, 0.9], dtype=torch.float64)
    gaps = inliers.quantile(shares, 0) - outliers.quantile(shares, 0)
    assert (gaps.abs() / x.std(0)).max() < 0.35  # of about 400 outliers


def test_only_the_dependence_between_features_differs(points):
    """Near neighbours on a surface of 2 dimensions are close; those of an outlier are not."""
    x, y = points
    rows = torch.cat([(y == 0).nonzero()[:300, 0], (y == 1).nonzero()[:300, 0]])
    near = torch.cdist(x[rows], x[y == 0]).topk(2, largest=False).values[:, 1]
    assert near[:300].quantile(0.9) < near[300:].quantile(0.1)


def test_noise_is_added_to_every_feature():
    clean, noisy = (PlantedOutliers(noise=noise, train=4000).splits["train"].x for noise in (0.0, 0.5))
    assert (noisy - clean).std(0).tolist() == pytest.approx([0.5] * 10, rel=0.05)


def test_with_the_class_in_the_input():
    data = PlantedOutliers(train=20, val=5, test=5)
    data.add_class_to_input(context=False)
    train = data.splits["train"].batch()
    assert train.x.shape == (20, 10 + 2)
    assert torch.equal(train.x[:, 10:].argmax(1), train.y)


def test_sampled_by_seed():
    one, same, other = (PlantedOutliers(seed=seed).splits["train"].x for seed in (0, 0, 1))
    assert torch.equal(one, same)
    assert not torch.equal(one, other)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"features": 1}, "features is 1; it must be at least 2"),
        ({"dimensions": 10}, "dimensions is 10; it must be at least 1 and below features=10"),
        ({"dimensions": 0}, "dimensions is 0"),
        ({"outliers": 0.0}, "outliers is 0.0; it is a probability"),
        ({"outliers": 1.0}, "outliers is 1.0"),
        ({"noise": -1.0}, "noise is -1.0; it is a standard deviation"),
        ({"train": 0}, "train is 0"),
    ],
)
def test_values_out_of_range(wrong, message):
    with pytest.raises(UserError, match=message):
        PlantedOutliers(**wrong)
