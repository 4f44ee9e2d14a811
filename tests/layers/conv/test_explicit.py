"""Convolution as sums, matrix and im2col against torch, and Aggarwal's worked numbers. O1 to O5, O7, W1 to W8, W21."""

import pytest
import torch
from nnzoo.layers.conv.explicit import (
    convolution_matrix,
    convolve,
    im2col,
    input_gradient,
    stretch,
    transposed_convolve,
    transposed_filters,
    weight_gradient,
)
from torch.nn import functional as F  # noqa: N812
from torch.testing import assert_close

CONVOLUTIONS = {1: F.conv1d, 2: F.conv2d, 3: F.conv3d}
TRANSPOSED = {1: F.conv_transpose1d, 2: F.conv_transpose2d, 3: F.conv_transpose3d}
X = torch.tensor(  # Aggarwal figure 8.2
    [
        [6, 3, 4, 4, 5, 0, 3],
        [4, 7, 4, 0, 4, 0, 4],
        [7, 0, 2, 3, 4, 5, 2],
        [3, 7, 5, 0, 3, 0, 7],
        [5, 8, 1, 2, 5, 4, 2],
        [8, 0, 1, 0, 6, 0, 0],
        [6, 4, 1, 3, 0, 4, 5],
    ],
    dtype=torch.float64,
)[None, None]


def draw(*shape):
    return torch.randn(*shape, dtype=torch.float64, generator=torch.Generator().manual_seed(sum(shape)))


@pytest.mark.parametrize("dimensions", [1, 2, 3])
@pytest.mark.parametrize(
    "settings", [{}, {"stride": 2}, {"padding": 1}, {"dilation": 2}, {"groups": 2}, {"stride": 2, "padding": 2}]
)
def test_sums_equal_torch(dimensions, settings):
    x, weight = draw(2, 4, *[7] * dimensions), draw(6, 4 // settings.get("groups", 1), *[3] * dimensions)
    assert_close(convolve(x, weight, **settings), CONVOLUTIONS[dimensions](x, weight, **settings))


@pytest.mark.parametrize(("kernel", "stride"), [(3, 4), (2, 2)])
def test_a_stride_that_does_not_fit_is_refused(kernel, stride):
    with pytest.raises(ValueError, match=f"stride {stride} does not fit"):
        convolve(draw(1, 1, 8, 9), draw(1, 1, kernel, kernel), stride=stride)


def test_worked_numbers_of_figure_8_2():
    """W2, W3: the two sums that the text prints, 26 and 16, the whole map, and horizontal and vertical edges."""
    maps = convolve(X, torch.tensor([[[[1.0, 0, 1], [1, 0, 0], [0, 0, 2]]]], dtype=torch.float64))
    assert (maps[0, 0, 1, 4], maps[0, 0, 4, 0]) == (26, 16)
    rows = [[18, 20, 21, 14, 16], [25, 7, 16, 3, 26], [14, 14, 21, 16, 13], [15, 15, 21, 2, 15], [16, 16, 7, 14, 23]]
    assert maps[0, 0].tolist() == rows
    edges = torch.tensor([[[[1.0, 1, 1], [0, 0, 0], [-1, -1, -1]]]], dtype=torch.float64)
    rows = [[4, 6, 4, -3, -3], [0, -1, 0, 1, -2], [-5, -6, 1, 1, 0], [6, 11, 1, -3, 4], [3, 3, 4, 4, 2]]
    assert convolve(X, edges)[0, 0].tolist() == rows
    rows = [[7, 3, -3, 2, 4], [3, 11, 0, -2, -2], [7, 10, -4, -4, 1], [9, 13, -7, -2, 5], [16, 7, -8, -3, 4]]
    assert convolve(X, edges.mT)[0, 0].tolist() == rows


@pytest.mark.parametrize(("padding", "expected"), [(0, [5, 5, 10]), (1, [1, 5, 5, 10, 4]), (2, [2, 1, 5, 5, 10, 4, 7])])
def test_exercise_1(padding, expected):
    """W8: valid, half and full padding of a series."""
    series, weight = torch.tensor([[[2.0, 1, 3, 4, 7]]]), torch.tensor([[[1.0, 0, 1]]])
    assert convolve(series, weight, padding=padding).flatten().tolist() == expected


def test_matrix_of_figure_8_8():
    """W21."""
    a, b, c, d = 2.0, 3.0, 5.0, 7.0
    matrix = convolution_matrix(torch.tensor([[[[a, b], [c, d]]]]), (3, 3)).to_dense()
    rows = [[a, b, 0, c, d, 0, 0, 0, 0], [0, a, b, 0, c, d, 0, 0, 0]]
    rows += [[0, 0, 0, a, b, 0, c, d, 0], [0, 0, 0, 0, a, b, 0, c, d]]
    assert matrix.tolist() == rows
    image = torch.tensor([1.0, 3, 4, 9, 6, 7, 5, 0, 2])
    assert_close(matrix @ image, torch.tensor([a + 3 * b + 9 * c + 6 * d, 3 * a + 4 * b + 6 * c + 7 * d,
                                               9 * a + 6 * b + 5 * c, 6 * a + 7 * b + 2 * d]))  # fmt: skip


@pytest.mark.parametrize(("stride", "padding"), [(1, 0), (1, 2), (2, 1)])
def test_matrix_and_im2col_equal_torch_forward_and_backward(stride, padding):
    """O1, O2: several maps; the transposed matrix is the backward pass."""
    x, weight = draw(2, 3, 5, 7).requires_grad_(), draw(4, 3, 3, 3)
    expected = F.conv2d(x, weight, stride=stride, padding=padding)
    matrix = convolution_matrix(weight, (5, 7), stride=stride, padding=padding)
    assert_close((matrix @ x.detach().flatten(1).T).T.reshape(expected.shape), expected)
    columns = im2col(x, (3, 3), stride=stride, padding=padding)
    assert_close(columns, F.unfold(x, 3, stride=stride, padding=padding))
    assert_close((weight.flatten(1) @ columns).view(expected.shape), expected)
    gradient = torch.randn_like(expected)
    (found,) = torch.autograd.grad(expected, x, gradient)
    assert_close((matrix.t() @ gradient.flatten(1).T).T.reshape(x.shape), found)


@pytest.mark.parametrize("dimensions", [1, 2, 3])
@pytest.mark.parametrize("padding", [0, 1, 2])
def test_the_backward_pass_is_a_convolution(dimensions, padding):
    """O2, O7, 8B4 to 8B6."""
    x, weight = draw(2, 3, *[6] * dimensions).requires_grad_(), draw(4, 3, *[3] * dimensions).requires_grad_()
    output = CONVOLUTIONS[dimensions](x, weight, padding=padding)
    gradient = torch.randn_like(output)
    expected = torch.autograd.grad(output, [x, weight], gradient)
    assert_close(input_gradient(gradient, weight, padding=padding), expected[0])
    assert_close(weight_gradient(x, gradient, padding=padding), expected[1])


def test_figure_8_7_and_the_filters_of_an_rgb_image():
    """20 filters on three colours become 3 filters of depth 20."""
    weight = torch.arange(1.0, 10).view(1, 1, 3, 3)
    assert transposed_filters(weight)[0, 0].tolist() == [[9, 8, 7], [6, 5, 4], [3, 2, 1]]
    assert transposed_filters(draw(20, 3, 5, 5)).shape == (3, 20, 5, 5)


@pytest.mark.parametrize("dimensions", [1, 2, 3])
@pytest.mark.parametrize(("stride", "padding"), [(1, 0), (2, 0), (2, 1), (3, 2)])
def test_transposed_convolution(dimensions, stride, padding):
    """O3, O4: stretched and convolved; the adjoint of the convolution."""
    x, weight = draw(2, 4, *[4] * dimensions), draw(4, 3, *[3] * dimensions)
    found = transposed_convolve(x, weight, stride=stride, padding=padding)
    assert_close(found, TRANSPOSED[dimensions](x, weight, stride=stride, padding=padding))
    assert_close(transposed_convolve(x, weight), TRANSPOSED[dimensions](x, weight))
    y = torch.randn_like(found)
    assert_close((found * y).sum(), (x * convolve(y, weight, stride=stride, padding=padding)).sum())


def test_dilation_is_a_stretched_filter():
    """O4."""
    x, weight = draw(1, 2, 9, 9), draw(3, 2, 3, 3)
    assert stretch(weight, 2).shape == (3, 2, 5, 5)
    assert_close(convolve(x, stretch(weight, 2)), F.conv2d(x, weight, dilation=2))


def test_groups_are_a_block_diagonal_convolution():
    """O16."""
    x, weight = draw(1, 4, 5, 5), draw(6, 2, 3, 3)
    whole = torch.zeros(6, 4, 3, 3, dtype=torch.float64)
    whole[:3, :2], whole[3:, 2:] = weight[:3], weight[3:]
    assert_close(convolve(x, weight, groups=2), convolve(x, whole))


def test_three_3x3_filters_have_the_receptive_field_of_one_7x7():
    """O10, W6: without activations they are one convolution, 27 weights in place of 49."""
    x, filters = draw(1, 1, 9, 9).requires_grad_(), draw(3, 1, 1, 3, 3)
    whole = filters[0]
    for each in filters[1:]:
        whole = convolve(whole, each.flip(2, 3), padding=2)
    assert whole.shape == (1, 1, 7, 7)
    maps = x
    for each in filters:
        maps = convolve(maps, each)
    assert_close(maps, convolve(x, whole))
    maps[0, 0, 1, 1].backward()
    assert x.grad[0, 0].nonzero().min(0).values.tolist() == [1, 1]
    assert x.grad[0, 0].nonzero().max(0).values.tolist() == [7, 7]


def test_a_shifted_image_gives_shifted_maps():
    """O8."""
    x, weight = draw(1, 1, 8, 8), draw(1, 1, 3, 3)
    assert_close(convolve(x.roll(1, -1), weight)[..., 1:], convolve(x, weight)[..., :-1])
