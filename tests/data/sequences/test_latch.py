import pytest
from nnzoo.data.sequences.latch import Latch
from nnzoo.errors import UserError


def test_first_step_is_the_class():
    data = Latch(lag=30, noise=0.5, train=2000, val=0, test=1)
    x, y = data.splits["train"].x, data.splits["train"].y
    assert [{-1.0: "minus", 1.0: "plus"}[first] for first in x[:, 0, 0].tolist()] == [data.spec.labels[i] for i in y]
    assert y.float().mean().item() == pytest.approx(0.5, abs=5 * 0.5 / 2000**0.5)


def test_the_rest_is_noise():
    part = Latch(lag=30, noise=0.5, train=2000, val=0, test=1).splits["train"]
    noise = part.x[:, 1:, 0]
    assert noise.shape == (2000, 30)
    assert abs(noise.mean().item()) < 5 * 0.5 / 60000**0.5
    assert noise.std().item() == pytest.approx(0.5, rel=5 / 120000**0.5)
    by_class = noise[part.y == 1].mean(0) - noise[part.y == 0].mean(0)
    assert by_class.abs().max() < 5 * 0.5 * (4 / 2000) ** 0.5


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"lag": 0}, "lag is 0; it must be at least 1"),
        ({"noise": 0.0}, "noise is 0.0; it is a standard deviation"),
        ({"noise": float("nan")}, "noise is nan"),
        ({"noise": float("inf")}, "noise is inf"),
    ],
)
def test_values_out_of_range(wrong, message):
    with pytest.raises(UserError, match=message):
        Latch(**wrong)
