"""Convolution written out: as sums, as a matrix, as im2col, and its backward pass as a convolution.

torch's layers compute the same faster; these functions are for reading and testing.
Shapes: B examples, C input maps, D output maps, *S input size, *s output size, *F filter size, L output pixels.
"""

from itertools import product
from math import prod

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn.functional import pad

from .sizes import output_size


def windows(
    x: Float[Tensor, "B C *S"], kernel: tuple[int, ...], *, stride: int = 1, padding: int = 0, dilation: int = 1
) -> Tensor:
    """Return the pixels under the filter at every place: (B, C, *s, *F). Works in 1, 2 and 3 dimensions.

    Raises ValueError for a filter larger than the maps, and for a stride that does not fit.
    """
    x = pad(x, [padding] * 2 * len(kernel))
    for axis, size in enumerate(kernel, 2):
        output_size(x.shape[axis], size, stride=stride, dilation=dilation)
        x = x.unfold(axis, dilation * (size - 1) + 1, stride)[..., ::dilation]
    return x


def convolve(
    x: Float[Tensor, "B C *S"],
    weight: Float[Tensor, "D c *F"],
    *,
    stride: int = 1,
    padding: int = 0,
    dilation: int = 1,
    groups: int = 1,
) -> Float[Tensor, "B D *s"]:
    """Return the sums h_ijp = sum over r, s, k of w_rsk^(p) x_(i+r)(j+s)k: a cross-correlation, as in the texts.

    With groups, the output maps are divided into as many parts as the input maps, and each part reads its own.
    Aggarwal 8.2; MMDS 13.4, eq. 13.1; Zaki-Meira 26.
    """
    kernel = tuple(weight.shape[2:])
    spatial = len(kernel)
    outputs = []
    for part, filters in zip(x.chunk(groups, 1), weight.chunk(groups), strict=True):
        seen = windows(part, kernel, stride=stride, padding=padding, dilation=dilation)
        axes = [1, *range(seen.ndim - spatial, seen.ndim)]
        outputs.append(torch.tensordot(seen, filters, (axes, [*range(1, 2 + spatial)])).movedim(-1, 1))
    return torch.cat(outputs, 1)


def im2col(
    x: Float[Tensor, "B C *S"], kernel: tuple[int, ...], *, stride: int = 1, padding: int = 0
) -> Float[Tensor, "B N L"]:
    """Return the N = C F pixels under the filter as one column for each place; weights (D, N) times it convolve.

    Aggarwal 8.3.3; MMDS 13.4.
    """
    seen = windows(x, kernel, stride=stride, padding=padding)
    spatial = len(kernel)
    return seen.permute(0, 1, *range(2 + spatial, 2 + 2 * spatial), *range(2, 2 + spatial)).reshape(
        len(x), x.shape[1] * prod(kernel), -1
    )


def convolution_matrix(
    weight: Float[Tensor, "D C *F"], size: tuple[int, ...], *, stride: int = 1, padding: int = 0
) -> Float[Tensor, "m n"]:
    """Return the sparse matrix of a convolution: m = D s outputs, map by map and row by row, n = C S inputs.

    Each filter entry occurs once for each output pixel; products with padding are left out. The transposed matrix is
    the backward pass, and the transposed convolution. Aggarwal 8.3.3, figure 8.8.
    """
    out_maps, in_maps, *kernel = weight.shape
    sizes = [output_size(side, k, stride=stride, padding=padding) for side, k in zip(size, kernel, strict=True)]
    rows, columns, entries = [], [], []
    for place in product(*map(range, sizes)):
        for offset in product(*map(range, kernel)):
            pixel = [stride * i + r - padding for i, r in zip(place, offset, strict=True)]
            if all(0 <= i < side for i, side in zip(pixel, size, strict=True)):
                rows.append(_position(place, sizes))
                columns.append(_position(pixel, size))
                entries.append(weight.flatten(2)[..., _position(offset, kernel)])
    area, pixels = prod(sizes), prod(size)
    row = torch.tensor(rows)[:, None, None] + area * torch.arange(out_maps)[:, None]
    column = torch.tensor(columns)[:, None, None] + pixels * torch.arange(in_maps)
    index = torch.stack([each.expand(-1, out_maps, in_maps).flatten() for each in (row, column)])
    shape = (out_maps * area, in_maps * pixels)
    return torch.sparse_coo_tensor(index, torch.stack(entries).flatten(), shape, check_invariants=True).coalesce()


def _position(place: tuple[int, ...] | list[int], sizes: tuple[int, ...] | list[int]) -> int:
    """Return the number of a pixel, counted row by row."""
    position = 0
    for index, side in zip(place, sizes, strict=True):
        position = position * side + index
    return position


def transposed_filters(weight: Float[Tensor, "D C *F"]) -> Float[Tensor, "C D *F"]:
    """Return the filters of the backward pass: maps exchanged, spatially inverted. Aggarwal 8.3.2, eq. 8.3."""
    return weight.transpose(0, 1).flip([*range(2, weight.ndim)])


def input_gradient(
    gradient: Float[Tensor, "B D *s"], weight: Float[Tensor, "D C *F"], *, padding: int = 0
) -> Float[Tensor, "B C *S"]:
    """Return the gradient with respect to the input of a convolution with stride 1: again a convolution.

    Its padding is F - 1 - padding, so valid becomes full, and half stays half. Aggarwal 8.3.2.
    """
    return convolve(gradient, transposed_filters(weight), padding=weight.shape[-1] - 1 - padding)


def weight_gradient(
    x: Float[Tensor, "B C *S"], gradient: Float[Tensor, "B D *s"], *, padding: int = 0
) -> Float[Tensor, "D C *F"]:
    """Return the gradient with respect to the filters of a convolution with stride 1: the sum over all their copies.

    It is the convolution of the input with the gradient as filter, summed over the examples. Aggarwal 8.3.1.
    """
    return convolve(x.transpose(0, 1), gradient.transpose(0, 1), padding=padding).transpose(0, 1)


def stretch(x: Float[Tensor, "B C *S"], stride: int) -> Float[Tensor, "B C *s"]:
    """Return maps with stride - 1 zeros between neighbouring pixels. Of filters, it makes a dilated convolution."""
    spatial = x.shape[2:]
    stretched = x.new_zeros(*x.shape[:2], *(stride * (side - 1) + 1 for side in spatial))
    target = stretched
    for axis in range(2, x.ndim):
        target = target.unfold(axis, 1, stride)[..., 0]
    target.copy_(x)
    return stretched


def stretch_bilinear(x: Float[Tensor, "B C *S"], stride: int) -> Float[Tensor, "B C *s"]:
    """Return maps with stride - 1 interpolated pixels between neighbouring pixels.

    A new pixel is a convex combination of its nearest pixels, four of an image, with weights that decrease with the
    distance. Aggarwal 8.5.2.
    """
    for axis in range(2, x.ndim):
        place = torch.arange(stride * (x.shape[axis] - 1) + 1, device=x.device)
        before = place // stride
        after = (before + 1).clamp(max=x.shape[axis] - 1)
        share = (place % stride).to(x.dtype) / stride
        share = share.view(-1, *[1] * (x.ndim - 1 - axis))
        x = torch.lerp(x.index_select(axis, before), x.index_select(axis, after), share)
    return x


def transposed_convolve(
    x: Float[Tensor, "B D *s"], weight: Float[Tensor, "D C *F"], *, stride: int = 1, padding: int = 0
) -> Float[Tensor, "B C *S"]:
    """Return the transposed convolution: stretched maps, convolved with the transposed filters and stride 1.

    It is called fractionally strided, and is the input gradient of the convolution with this stride and padding.
    Aggarwal 8.3.2, 8.5.2.
    """
    return input_gradient(stretch(x, stride), weight, padding=padding)
