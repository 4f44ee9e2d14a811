import numpy as np
import pytest
import torch
from nnzoo.data.sequences.forecast import Forecast
from nnzoo.errors import UserError

from tests.support.contract import fits


class Given(Forecast):
    """Numbers that the test gives."""

    def __init__(self, values, *, steps=3, horizon=1, val=0.2, test=0.3, seed=0):
        self.values = np.asarray(values, dtype=np.float64)
        features = self.values.shape[1]
        super().__init__(features=features, steps=steps, horizon=horizon, val=val, test=test, seed=seed)

    def series(self):
        return self.values


class Last(Given):
    """With a target at the last step of a window alone."""

    def __init__(self, values, *, horizon):
        self.values = np.asarray(values, dtype=np.float64)
        Forecast.__init__(self, features=1, steps=3, horizon=horizon, val=0.2, test=0.3, seed=0, every_step=False)


def column(n):
    return np.arange(n)[:, None]


def unscaled(data, x):
    """The numbers given, from those of a split."""
    train = data.values[: round((1 - data.val - data.test) * len(data.values))]
    return torch.from_numpy(x.numpy() * train.std(0) + train.mean(0)).round().long()


@pytest.mark.parametrize("horizon", [1, 2, 5])
@pytest.mark.parametrize("steps", [1, 3, 8])
def test_windows_and_targets(steps, horizon):
    data = Given(column(100), steps=steps, horizon=horizon)
    for name, (low, high) in {"train": (0, 50), "val": (50, 70), "test": (70, 100)}.items():
        part = data.splits[name]
        starts = range(low, high - steps - horizon + 1)
        assert unscaled(data, part.x)[..., 0].tolist() == [list(range(s, s + steps)) for s in starts]
        assert torch.equal(unscaled(data, part.y), unscaled(data, part.x) + horizon)


@pytest.mark.parametrize("horizon", [1, 5])
def test_target_at_the_last_step_only(horizon):
    last, every = (Last(column(100), horizon=horizon), Given(column(100), horizon=horizon))
    for name, part in last.splits.items():
        assert torch.equal(part.x, every.splits[name].x)
        assert torch.equal(part.y, every.splits[name].y[:, -1])
    assert not last.spec.per_step
    fits(last.spec, last.splits["train"])


def test_parts_share_no_value():
    data = Given(column(60), steps=4, horizon=3)
    met = [
        {*unscaled(data, part.x).flatten().tolist(), *unscaled(data, part.y).flatten().tolist()}
        for part in (data.splits.values())
    ]
    assert [len(part) for part in met] == [30, 12, 18]
    assert len(set.union(*met)) == 60


def test_standardized_by_the_training_part():
    values = np.random.default_rng(0).normal(size=(200, 3)) * [1, 10, 0] + [5, 0, 0.1]
    values[100:] += 50
    data = Given(values, steps=1)
    train = torch.cat([data.splits["train"].x[:, 0], data.splits["train"].y[-1:, 0]]).double()
    assert len(train) == 100
    assert torch.allclose(train.mean(0), torch.zeros(3).double(), atol=1e-6)
    assert torch.allclose(train.std(0, correction=0), torch.tensor([1, 1, 0]).double(), atol=1e-6)
    later = (values[140:] - values[:100].mean(0)) / np.array([*values[:100, :2].std(0), 1])
    assert np.allclose(data.splits["test"].x[:, 0], later[:-1], atol=1e-5)


def test_standardized_in_float64_before_it_is_rounded():
    values = 1e9 + np.arange(60)[:, None] / 2
    data = Given(values, steps=1)
    train = values[:30]
    wanted = torch.from_numpy(((values - train.mean(0)) / train.std(0)).astype(np.float32))
    assert torch.equal(data.splits["train"].x[:, 0], wanted[:29])
    assert torch.equal(data.splits["test"].y[:, 0], wanted[43:])
    assert len(data.splits["train"].x.unique()) == 29


@pytest.mark.parametrize("horizon", [1, 5])
@pytest.mark.parametrize("loaded", [False, True])
def test_preprocessing_makes_the_inputs_of_training(horizon, loaded):
    data = Given(np.random.default_rng(0).normal(size=(60, 2)) * [1, 0] + 3, horizon=horizon)
    if loaded:
        data.splits  # noqa: B018
    train = data.splits["train"] if loaded else Given(data.values, horizon=horizon).splits["train"]
    inputs = data.preprocessing.encode(data.values)
    assert torch.equal(inputs.x[: len(train.x)], train.x)
    forecast = data.preprocessing.decode(train.y.numpy(), inputs.rows(0, len(train.x)))
    assert np.allclose(forecast[:, -1], data.values[2 + horizon :][: len(train.x)], atol=1e-6)
    assert data.spec.target_scale == ()  # metrics are those of standardized values


def test_no_validation():
    splits = Given(column(20), val=0).splits
    assert {name: len(part.x) for name, part in splits.items()} == {"train": 11, "test": 3}


def test_batches_fit_the_spec():
    data = Given(np.random.default_rng(0).normal(size=(60, 2)))
    assert str(data.spec) == "real sequence of 2 a step, 3 steps -> real(2) a step"
    fits(data.spec, next(iter(data.train_loader())))
    for split in data.splits:
        fits(data.spec, next(iter(data.eval_loader(split))))


def test_windows_are_views():
    x = Given(column(1000), steps=50).splits["train"].x
    assert x.untyped_storage().nbytes() == 4 * 1000  # of the whole series, which all splits share


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"steps": 0}, "steps is 0; it must be at least 1"),
        ({"horizon": 0}, "horizon is 0; it must be at least 1"),
        ({"val": -0.1}, "val is -0.1"),
        ({"test": 1.0}, "test is 1.0"),
        ({"test": 0.0}, "test must be above 0"),
        ({"val": 0.5, "test": 0.5}, r"val \+ test below 1"),
    ],
)
def test_values_out_of_range(wrong, message):
    with pytest.raises(UserError, match=message):
        Given(column(20), **wrong)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"steps": 10}, "train has 10 of the 20 values; steps=10 and horizon=1 need 11; set a smaller data.steps$"),
        (
            {"steps": 5, "test": 0.2, "val": 0.55},
            "train has 5 of .* need 6; set a smaller data.val and data.test, or smaller data.steps$",
        ),
        (
            {"horizon": 2},
            "val has 4 of the 20 values; steps=3 and horizon=2 need 5; set a larger data.val or smaller data.steps$",
        ),
        (
            {"test": 0.15},
            "test has 3 of the 20 values; steps=3 and horizon=1 need 4; set a larger data.test or smaller data.steps$",
        ),
    ],
)
def test_windows_longer_than_a_part_are_refused(settings, message):
    with pytest.raises(UserError, match=message):
        Given(column(20), **settings).load()


def test_exactly_one_window():
    splits = Given(column(20), steps=3, horizon=1).splits
    assert [len(part.x) for part in splits.values()] == [7, 1, 3]
