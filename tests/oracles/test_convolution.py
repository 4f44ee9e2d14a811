"""W3 and W6 to W11: worked convolutions and pooling, by torch's layers, as sums and as im2col."""

import pytest
import torch
from torch import nn
from torch.nn.functional import conv1d, conv2d, max_pool2d, unfold

from tests.support.gradients import assert_close_with_gradients

X = [[1, 2, 2, 1], [3, 1, 4, 2], [2, 1, 3, 4], [1, 2, 3, 1]]  # Zaki-Meira, 2-D example
IDENTITY, EXCHANGE = [[1, 0], [0, 1]], [[0, 1], [1, 0]]

# name: channels of the image, channels of each filter, padding, stride, maps of the result
EXAMPLES = {
    "W3": (
        [[[1, 0, 1, 0], [0, 1, 0, 1], [1, 1, 0, 0], [0, 0, 0, 1]]],
        [[[[1, 0], [0, -1]]]],
        0,
        1,
        [[[0, 0, 0], [-1, 1, 0], [1, 1, -1]]],
    ),
    "W7": ([X], [[IDENTITY]], 0, 1, [[[2, 6, 4], [4, 4, 8], [4, 4, 4]]]),
    "W8": (
        [
            [[1, -1, 3], [2, 1, 4], [3, 1, 2]],
            [[2, 1, 3], [3, -1, 1], [1, 1, -2]],
            [[1, -2, 4], [2, 1, -2], [1, 3, -1]],
        ],
        [[[[1, 1], [2, 0]], IDENTITY, EXCHANGE]],
        0,
        1,
        [[[5, 11], [15, 5]]],
    ),
    "W9": (
        [X, [[3, 1, 4, 1], [1, 1, 1, 2], [3, 0, 1, 2], [2, 0, 1, 0]]],
        [[IDENTITY, IDENTITY], [EXCHANGE, EXCHANGE]],
        0,
        1,
        [[[6, 8, 10], [5, 6, 11], [7, 5, 5]], [[7, 8, 7], [7, 6, 8], [4, 6, 10]]],
    ),
}
W10 = [[1, 2, 2, 1, 1], [3, 1, 4, 2, 1], [2, 1, 3, 4, 3], [1, 2, 3, 1, 1], [4, 1, 3, 2, 1]]
W10_FILTER = [[1, 0, 0], [0, 1, 1], [0, 1, 0]]
for padding, stride, expected in [
    (0, 1, [[7, 11, 9], [9, 11, 12], [8, 8, 7]]),
    (1, 1, [[6, 5, 7, 4, 2], [6, 7, 11, 9, 5], [4, 9, 11, 12, 6], [7, 8, 8, 7, 6], [5, 5, 7, 6, 2]]),
    (0, 2, [[7, 9], [8, 7]]),
]:
    EXAMPLES[f"W10, padding {padding}, stride {stride}"] = (
        [W10],
        [[W10_FILTER]],
        padding,
        stride,
        [expected],
    )


@pytest.fixture(params=EXAMPLES)
def example(request):
    image, filters, padding, stride, expected = EXAMPLES[request.param]
    tensors = [torch.tensor(part, dtype=torch.float64) for part in (image, filters, expected)]
    return tensors[0][None], tensors[1], padding, stride, tensors[2][None]


def by_sums(image, filters, padding, stride):
    """MMDS eq. 13.1: r_ij = sum of x_(i+k, j+l) w_kl, at every place by itself."""
    k = filters.shape[-1]
    padded = nn.functional.pad(image[0], [padding] * 4)
    places = range(0, padded.shape[-1] - k + 1, stride)
    maps = [[[(padded[:, i : i + k, j : j + k] * w).sum() for j in places] for i in places] for w in filters]
    return torch.stack([torch.stack([torch.stack(row) for row in rows]) for rows in maps])[None]


def test_layer_gives_the_printed_result(example):
    image, filters, padding, stride, expected = example
    layer = nn.Conv2d(image.shape[1], len(filters), filters.shape[-1], stride, padding, bias=False).double()
    layer.load_state_dict({"weight": filters})
    assert torch.equal(layer(image), expected)


def test_size_law(example):
    image, filters, padding, stride, expected = example
    n = (image.shape[-1] - filters.shape[-1] + 2 * padding) / stride + 1  # MMDS eq. 13.3
    assert expected.shape[-1] == n


def test_sums_and_im2col_are_the_same_with_the_same_gradient(example):
    image, filters, padding, stride, expected = example
    image.requires_grad_()
    filters.requires_grad_()
    sums = by_sums(image, filters, padding, stride)
    columns = unfold(image, filters.shape[-1], padding=padding, stride=stride)
    im2col = (filters.flatten(1) @ columns).view(expected.shape)
    conv = conv2d(image, filters, padding=padding, stride=stride)
    for result in (im2col, conv):
        torch.testing.assert_close(result.detach(), expected)
        assert_close_with_gradients(result, sums, [image, filters])


def test_w6_one_dimension():
    x, w = torch.tensor([[[1.0, 3, -1, 2, 3, 1, -2]]]), torch.tensor([[[1.0, 0, 2]]])
    assert conv1d(x, w).tolist() == [[[-1, 7, 5, 4, -1]]]


def test_w10_padding_that_keeps_the_size():
    for k in (1, 3, 5, 7):
        assert nn.Conv2d(1, 1, k, padding=k // 2)(torch.zeros(1, 1, 9, 9)).shape[-1] == 9


def test_w11_max_pool_sends_the_gradient_to_the_largest():
    x = torch.tensor([[X]], dtype=torch.float32, requires_grad=True)
    pooled = max_pool2d(x, 2)
    assert pooled.tolist() == [[[[3, 4], [2, 4]]]]
    pooled[..., 0, :].sum().backward()
    pooled_from = [[0, 0, 0, 0], [1, 0, 1, 0], [0, 0, 0, 0], [0, 0, 0, 0]]
    assert x.grad.tolist() == [[pooled_from]]
