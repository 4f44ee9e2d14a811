import pytest
import torch
from nnzoo.analysis.explanations.occlusion import occlusion_maps, positions


def test_linear_score_falls_by_the_covered_part():
    x, weight = torch.rand(2, 3, 6, 5, dtype=torch.float64), torch.randn(3, 6, 5, dtype=torch.float64)
    found = occlusion_maps(lambda x: (x * weight).sum((1, 2, 3)), x, size=2, stride=2)
    part = ((x - x.mean((2, 3), keepdim=True)) * weight).sum(1)  # of each pixel
    for row, column, tops, lefts in [(0, 0, [0], [0]), (5, 4, [4], [3]), (3, 3, [2], [2, 3])]:
        falls = [part[:, top : top + 2, left : left + 2].sum((1, 2)) for top in tops for left in lefts]
        torch.testing.assert_close(found[:, 0, row, column], torch.stack(falls).mean(0))


def test_squares_reach_the_border():
    assert [*positions(6, 2, 3)] == [0, 3, 4]
    assert [*positions(4, 4, 1)] == [0]


@pytest.mark.parametrize(("size", "stride"), [(0, 1), (7, 1), (2, 0)])
def test_invalid_squares_are_refused(size, stride):
    with pytest.raises(ValueError, match=f"size is {size} and stride is {stride}; a square is from 1 to 5 pixels wide"):
        occlusion_maps(lambda x: x.sum((1, 2, 3)), torch.rand(1, 1, 6, 5), size=size, stride=stride)
