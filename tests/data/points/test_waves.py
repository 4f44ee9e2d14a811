import pytest
from nnzoo.data.points.waves import Wave
from nnzoo.errors import UserError


def wave(shape, pieces):
    """Numbers and values in order of the numbers."""
    part = Wave(shape=shape, pieces=pieces, train=5000).splits["train"]
    order = part.x[:, 0].argsort()
    return part.x[order, 0], part.y[order, 0]


def test_stairs_rise_by_equal_steps():
    x, y = wave("stairs", 5)
    assert sorted(set(y.tolist())) == pytest.approx([0, 0.25, 0.5, 0.75, 1])
    assert (y.diff() >= 0).all()
    starts = x[1:][y.diff() > 0]
    assert starts.tolist() == pytest.approx([0.2, 0.4, 0.6, 0.8], abs=0.005)


@pytest.mark.parametrize("pieces", [2, 7, 64])
def test_alternating_switches_at_regular_intervals(pieces):
    x, y = wave("alternating", pieces)
    assert set(y.tolist()) == {1.0, -1.0}
    switches = x[1:][y.diff() != 0]
    assert y[0] == 1
    assert switches.tolist() == pytest.approx([i / pieces for i in range(1, pieces)], abs=0.005)


def test_parts_differ():
    splits = Wave(shape="stairs").splits
    assert not set(splits["train"].x[:, 0].tolist()) & set(splits["test"].x[:, 0].tolist())


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"shape": "stair"}, "unknown shape 'stair'; did you mean 'stairs'"),
        ({"shape": "stairs", "pieces": 1}, "pieces is 1; it must be at least 2"),
    ],
)
def test_values_out_of_range(wrong, message):
    with pytest.raises(UserError, match=message):
        Wave(**wrong)
