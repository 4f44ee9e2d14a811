from functools import reduce

import numpy as np
import pytest
from nnzoo.data.sequences.sines import Sines
from nnzoo.errors import UserError

PERIODS = (20.0, 31.0, 53.0)


def test_follows_from_the_values_before():
    """Waves of frequencies w obey prod (1 - 2 cos(w) B + B^2) x = 0, B one step back."""
    values = Sines(length=500, periods=PERIODS, seed=3).series()[:, 0]
    filters = [np.array([1, -2 * np.cos(2 * np.pi / period), 1]) for period in PERIODS]
    assert np.abs(np.convolve(values, reduce(np.convolve, filters), "valid")).max() < 1e-10
    fewer = reduce(np.convolve, filters[:2])
    assert np.abs(np.convolve(values, fewer, "valid")).max() > 1e-3


def test_amplitudes():
    values = Sines(length=2000, periods=(8.0, 50.0)).series()[:, 0]
    spectrum = np.abs(np.fft.rfft(values)) / 1000
    assert spectrum[[250, 40]] == pytest.approx([1, 1])
    assert np.delete(spectrum, [250, 40]).max() < 1e-10


def test_values_are_those_of_the_formula():
    phases = np.random.default_rng(3).uniform(0, 2 * np.pi, 3)
    expected = [sum(np.sin(2 * np.pi * t / p + a) for p, a in zip(PERIODS, phases, strict=True)) for t in range(9)]
    np.testing.assert_allclose(Sines(length=500, periods=PERIODS, seed=3).series()[:9, 0], expected, rtol=1e-9)


def test_noise():
    clean, noisy = (Sines(length=4000, noise=noise, seed=1).series() for noise in (0.0, 0.3))
    assert (noisy - clean).std() == pytest.approx(0.3, rel=5 / 8000**0.5)


def test_sampled_by_seed():
    first, again, other = (Sines(seed=seed).series() for seed in (0, 0, 1))
    assert np.array_equal(first, again)
    assert not np.allclose(first, other)


def test_splits():
    splits = Sines(length=1000, steps=20, horizon=5).splits
    assert {name: tuple(part.x.shape) for name, part in splits.items()} == {
        "train": (676, 20, 1),
        "val": (76, 20, 1),
        "test": (176, 20, 1),
    }


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"length": 0}, "length is 0"),
        ({"periods": ()}, r"periods is \[\]"),
        ({"periods": (20.0, 2.0)}, r"periods is \[20.0, 2.0\]; each must be above 2"),
        ({"noise": -0.1}, "noise is -0.1"),
    ],
)
def test_values_out_of_range(wrong, message):
    with pytest.raises(UserError, match=message):
        Sines(**wrong)
