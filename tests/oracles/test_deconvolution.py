"""Deconvolution: the transposed matrix of a convolution. Aggarwal 8.3.3, 8.5.2, eq. 8.5, table 8.4.

Shapes: C channels, D maps, H x W pixels, h x w pixels of the maps, k filter size.
"""

import pytest
import torch
from nnzoo.layers.conv.tied import TiedConvTranspose2d
from torch import nn
from torch.nn.functional import conv2d, pad
from torch.testing import assert_close

# channels, maps, filter size, stride, padding, pixels
CASES = [
    (1, 1, 3, 1, 0, (5, 5)),
    (2, 3, 3, 1, 1, (4, 6)),
    (3, 2, 2, 1, 1, (5, 3)),
    (2, 2, 5, 1, 4, (4, 5)),
    (2, 3, 3, 2, 0, (7, 5)),
    (1, 2, 3, 2, 1, (6, 7)),
    (2, 1, 4, 3, 2, (8, 6)),
    (1, 2, 1, 2, 0, (4, 5)),
]


@pytest.fixture(params=CASES, ids=str)
def pair(request):
    """A convolution and its counterpart, with an image and maps."""
    channels, maps, k, stride, padding, shape = request.param
    torch.manual_seed(0)
    conv = nn.Conv2d(channels, maps, k, stride, padding, bias=False).double()
    rest = tuple((side + 2 * padding - k) % stride for side in shape)
    x = torch.randn(1, channels, *shape, dtype=torch.float64, requires_grad=True)
    y = torch.randn_like(conv(x))
    return conv, TiedConvTranspose2d(conv, output_padding=rest, bias=False), x, y


def matrix(conv, shape):
    """Return the matrix C (D, h, w, C, H, W) of a convolution, each entry by itself."""
    (stride, _), (padding, _), weight = conv.stride, conv.padding, conv.weight.detach()
    maps, channels, k, _ = weight.shape
    sides = [(side + 2 * padding - k) // stride + 1 for side in shape]
    found = torch.zeros(maps, *sides, channels, *shape, dtype=torch.float64)
    for i in range(sides[0]):
        for j in range(sides[1]):
            for a in range(k):
                for b in range(k):
                    row, column = stride * i + a - padding, stride * j + b - padding
                    if 0 <= row < shape[0] and 0 <= column < shape[1]:
                        found[:, i, j, :, row, column] = weight[:, :, a, b]
    return found


def test_decoder_is_the_transposed_matrix(pair):
    """O3, table 8.4: forward C x, decoder C^T y."""
    conv, tied, x, y = pair
    c = matrix(conv, x.shape[2:]).flatten(3).flatten(0, 2)
    assert_close(conv(x).flatten(), c @ x.flatten())
    assert_close(tied(y).flatten(), c.T @ y.flatten())
    assert_close((conv(x) * y).sum(), (x * tied(y)).sum())


def test_decoder_is_the_backpropagation_of_the_convolution(pair):
    """Table 8.4."""
    conv, tied, x, y = pair
    conv(x).backward(y)
    assert_close(tied(y), x.grad)


def test_gradient_of_a_channel_is_a_sum_over_the_maps(pair):
    """8B8: C_(p,1)^T g_1 + ... + C_(p,d)^T g_d, which the decoder computes."""
    conv, tied, x, g = pair
    c = matrix(conv, x.shape[2:])
    conv(x).backward(g)
    for p in range(x.shape[1]):
        blocks = [c[k, :, :, p].flatten(2).flatten(0, 1) for k in range(g.shape[1])]
        total = sum(block.T @ part.flatten() for block, part in zip(blocks, g[0], strict=True))
        assert_close(x.grad[0, p].flatten(), total)
        assert_close(tied(g)[0, p].flatten(), total)


def inverted(conv):
    """Return the filters u^(s)_(ijk) = w^(k)_(n-i+1, n-j+1, s), eq. 8.5."""
    w = conv.weight
    maps, channels, n, _ = w.shape
    u = torch.empty(channels, maps, n, n, dtype=w.dtype)
    for i in range(n):
        for j in range(n):
            u[:, :, i, j] = w[:, :, n - 1 - i, n - 1 - j].T
    return u


def test_decoder_is_a_convolution_with_inverted_filters_over_a_stretched_input(pair):
    """O4: with stride S, S - 1 rows and columns of zeros between all rows and columns; padding k - 1 - p."""
    conv, tied, _, y = pair
    (stride, _), (padding, _), k = conv.stride, conv.padding, conv.kernel_size[0]
    height, width = ((side - 1) * stride + 1 for side in y.shape[2:])
    stretched = torch.zeros(*y.shape[:2], height, width, dtype=y.dtype)
    stretched[..., ::stride, ::stride] = y
    full, (below, right) = k - 1 - padding, tied.output_padding
    assert_close(tied(y), conv2d(pad(stretched, [full, full + right, full, full + below]), inverted(conv)))


def test_filters_of_a_colour_image():
    """20 filters of depth 3 give 3 filters of depth 20."""
    conv, maps = nn.Conv2d(3, 20, 5, bias=False), torch.randn(1, 20, 4, 4)
    assert inverted(conv).shape == (3, 20, 5, 5)
    assert_close(TiedConvTranspose2d(conv, bias=False)(maps), conv2d(maps, inverted(conv), padding=4))


@pytest.mark.parametrize("k", [1, 2, 3, 5])
def test_paddings_add_up_to_the_filter_size_minus_one(k):
    """With stride 1, padding p and k - 1 - p keep the size of the image."""
    x = torch.randn(1, 2, 6, 7)
    for padding in range(k):
        conv = nn.Conv2d(2, 3, k, padding=padding)
        back = conv2d(conv(x), inverted(conv).detach().float(), padding=k - 1 - padding)
        assert back.shape == x.shape
        assert_close(TiedConvTranspose2d(conv, bias=False)(conv(x)), back)
