"""Fractal blocks, Larsson et al. 2017."""

import pytest
import torch
from nnzoo.layers.conv.fractal import Fractal
from torch.testing import assert_close


@pytest.fixture
def block():
    torch.manual_seed(0)
    return Fractal(2, 4, 3).eval()


def test_joins_are_means_of_all_paths(block):
    x = torch.randn(2, 2, 5, 5)
    half, quarter = block.long, [each.long for each in block.long]

    def two_columns(fractal, deep, x):
        return [fractal.short(x), deep[1].short(deep[0].short(x))]

    middle = torch.stack(two_columns(half[0], quarter[0], x)).mean(0)
    last = [block.short(x), *two_columns(half[1], quarter[1], middle)]
    assert_close(block(x), torch.stack(last).mean(0))


def test_each_column_alone(block):
    x = torch.randn(2, 2, 5, 5)
    deepest = x
    for half in block.long:
        for quarter in half.long:
            deepest = quarter.short(deepest)
    assert_close(block.join(x, 0, 0.0), block.short(x))
    assert_close(block.join(x, 1, 0.0), block.long[1].short(block.long[0].short(x)))
    assert_close(block.join(x, 2, 0.0), deepest)


def test_a_join_keeps_a_path(block):
    """Outputs of a join that drops nearly all paths are those of single paths."""
    x = torch.randn(1, 2, 4, 4)
    block = block.long[0]  # of two columns
    paths, found = block.paths(x, None, 0.0), [block.join(x, None, 0.999) for _ in range(20)]
    alone = [[torch.allclose(join, path) for path in paths] for join in found]
    assert sorted({tuple(each) for each in alone}) == [(False, True), (True, False)]


def test_the_deepest_path_has_four_convolutions(block):
    assert sum(isinstance(layer, torch.nn.Conv2d) for layer in block.modules()) == 7  # 4 + 2 + 1


def test_a_block_has_a_column():
    with pytest.raises(ValueError, match="columns is 0"):
        Fractal(2, 4, 0)
