import pytest
from nnzoo.data.sequences.adding import Adding
from nnzoo.errors import UserError


@pytest.mark.parametrize("steps", [2, 3, 51])
def test_sum_of_the_two_marked(steps):
    part = Adding(steps=steps, train=200, val=0, test=1).splits["train"]
    for x, y in zip(part.x.tolist(), part.y.tolist(), strict=True):
        marked = [t for t, (_, mark) in enumerate(x) if mark == 1]
        assert all(mark in (0, 1) for _, mark in x)
        assert len(marked) == 2
        assert marked[0] < steps // 2 <= marked[1]
        assert y == [pytest.approx(x[marked[0]][0] + x[marked[1]][0])]


def test_every_place_is_marked():
    part = Adding(steps=6, train=2000, val=0, test=1).splits["train"]
    often = part.x[..., 1].mean(0)
    assert (often - 1 / 3).abs().max() < 5 * (2 / 9 / 2000) ** 0.5  # five standard deviations


def test_constant_prediction_one():
    """The variance of two uniform numbers: 1/12 + 1/12."""
    y = Adding(steps=2, train=40000, val=0, test=1).splits["train"].y
    deviation = (7 / 180 / 40000) ** 0.5  # of the mean: E (u - 1)^4 - 1/36 = 1/15 - 1/36
    assert (y - 1).square().mean().item() == pytest.approx(1 / 6, abs=5 * deviation)


@pytest.mark.parametrize("steps", [-1, 0, 1])
def test_too_short(steps):
    with pytest.raises(UserError, match=f"steps is {steps}; .* at least 2"):
        Adding(steps=steps)
