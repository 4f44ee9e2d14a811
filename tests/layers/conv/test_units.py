import pytest
import torch
from nnzoo.errors import UserError
from nnzoo.layers.conv.units import convolution
from nnzoo.layers.normalization import BatchNorm2d


def test_a_single_pixel_has_no_variance():
    layer = BatchNorm2d(3)
    with pytest.raises(UserError, match="maps of a single pixel needs more than 1 example"):
        layer(torch.zeros(1, 3, 1, 1))
    assert layer.eval()(torch.zeros(1, 3, 1, 1)).shape == (1, 3, 1, 1)


@pytest.mark.parametrize("name", ["kernel", "stride", "groups"])
def test_sizes_are_positive(name):
    with pytest.raises(ValueError, match=f"{name} is 0; it must be at least 1"):
        convolution(2, 4, **{"kernel": 3, name: 0})


def test_kernels_are_odd():
    """Half padding of an even kernel would change the size of the maps."""
    with pytest.raises(ValueError, match=r"^half padding keeps the size for odd kernels only; kernel is 4$"):
        convolution(2, 4, 4)
    assert convolution(2, 4, 5)(torch.zeros(1, 2, 6, 7)).shape == (1, 4, 6, 7)
