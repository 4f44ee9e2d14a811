"""Sizes of maps: the law of a convolution, its paddings, and the size after the layers of a network.

Shapes: H x W pixels of the input, h x w of the output.
"""

from collections.abc import Iterator, Sequence
from typing import Literal

from torch import nn

Padding = Literal["valid", "half", "full"]
Rounding = Literal["exact", "down", "up"]
WINDOWED = nn.Conv2d | nn.MaxPool2d | nn.AvgPool2d


def padding_named(padding: Padding | int, kernel: int) -> int:
    """Return the zeros on each side: valid 0, half (kernel - 1) / 2, full kernel - 1, or the number itself.

    With stride 1 the side of the maps becomes smaller by kernel - 1, stays the same, or becomes larger by kernel - 1.
    Raises ValueError for half padding of an even kernel, and for a negative number. Aggarwal 8.2.1.
    """
    if isinstance(padding, int):
        if padding < 0:
            raise ValueError(f"padding is {padding}; it must be at least 0")
        return padding
    if padding == "half" and kernel % 2 == 0:
        raise ValueError(f"half padding keeps the size for odd kernels only; kernel is {kernel}")
    return {"valid": 0, "half": (kernel - 1) // 2, "full": kernel - 1}[padding]


def output_size(
    side: int, kernel: int, *, stride: int = 1, padding: int = 0, dilation: int = 1, rounding: Rounding = "exact"
) -> int:
    """Return (side - f + 2 padding) / stride + 1 with f = dilation (kernel - 1) + 1, the side that a filter covers.

    rounding: of a quotient that is not whole: exact raises ValueError, down leaves out the pixels that no stride
    reaches, as torch does, up adds pixels, as the pooling of torch does with ceil_mode.
    Raises ValueError also if the filter is larger than the padded maps. MMDS 13.4, eq. 13.3; Aggarwal 8.2.2.
    """
    covered, padded = dilation * (kernel - 1) + 1, side + 2 * padding
    steps, rest = divmod(padded - covered, stride)
    if rounding == "up" and rest and (steps + 1) * stride < side + padding:  # the window starts in the maps
        steps, rest = steps + 1, 0
    if steps < 0:
        raise ValueError(f"a filter that covers {covered} pixels is larger than maps of {padded}, padding included")
    if rest and rounding == "exact":
        raise ValueError(f"stride {stride} does not fit, ({padded} - {covered}) / {stride} is not whole")
    return steps + 1


def size_after(layers: nn.Module, size: Sequence[int], *, exact: bool = False) -> tuple[int, int]:
    """Return height and width of the maps after the convolutions and poolings of a network.

    exact: raise ValueError for a stride that does not fit; otherwise as the layers round. Layers with branches have a
    `path`, the layers that determine the size.
    Raises ValueError for images that are too small; it names the layer and the least size.
    """
    height, width = size
    for layer in windowed(layers):
        try:
            height, width = _after(layer, (height, width), exact=exact)
        except ValueError as error:
            name = next(name for name, each in layers.named_modules() if each is layer)
            where = f"{described(layer)} (layer {name}) gets {height}x{width} maps"
            given = "x".join(map(str, size))
            if _fits(layer, (height, width)):
                raise ValueError(f"images of {given}: {where}; {error}") from None
            least = max(_least_side(layers, axis) for axis in (0, 1))
            raise ValueError(f"images of {given} are too small: {where}; the least size is {least}x{least}") from None
    return height, width


def described(layer: nn.Module) -> str:
    """Return the name of a convolution or a pooling with the size of its filter, such as 'max-pooling 2x2'."""
    kind = {nn.MaxPool2d: "max-pooling", nn.AvgPool2d: "average pooling"}.get(type(layer), "convolution")
    return f"{kind} {'x'.join(map(str, _pair(layer.kernel_size)))}"  # type: ignore[arg-type]


def windowed(layer: nn.Module) -> Iterator[WINDOWED]:
    """Yield the convolutions and poolings on the path that determines the size of the maps."""
    if isinstance(layer, WINDOWED):
        yield layer
    elif isinstance(layer, nn.Sequential):
        for child in layer:
            yield from windowed(child)
    elif hasattr(layer, "path"):
        yield from windowed(layer.path)  # type: ignore[arg-type]


def _least_side(layers: nn.Module, axis: int) -> int:
    """Return the least height (axis 0) or width (axis 1) that the layers take, with their rounding."""
    needed = 1  # of the maps after a layer; the last layer comes first
    for layer in reversed([*windowed(layers)]):
        kernel, stride, _, dilation = _settings(layer)[axis]
        side = (needed - 1) * stride + dilation * (kernel - 1) + 1  # without padding, which needs fewer pixels
        while side > 1 and _reaches(layer, side - 1, axis, needed):
            side -= 1
        needed = side
    return needed


def _fits(layer: WINDOWED, size: tuple[int, int]) -> bool:
    """Return whether a layer takes maps of a size, with its rounding."""
    return all(_reaches(layer, side, axis, 1) for axis, side in enumerate(size))


def _reaches(layer: WINDOWED, side: int, axis: int, needed: int) -> bool:
    """Return whether the maps after a layer have at least the needed side."""
    try:
        return _side_after(layer, side, axis, exact=False) >= needed
    except ValueError:
        return False


def _after(layer: WINDOWED, size: tuple[int, int], *, exact: bool) -> tuple[int, int]:
    """Return height and width after one layer."""
    height, width = size
    return _side_after(layer, height, 0, exact=exact), _side_after(layer, width, 1, exact=exact)


def _side_after(layer: WINDOWED, side: int, axis: int, *, exact: bool) -> int:
    """Return the height (axis 0) or width (axis 1) after one layer."""
    rounding: Rounding = "exact" if exact else "up" if getattr(layer, "ceil_mode", False) else "down"
    kernel, stride, padding, dilation = _settings(layer)[axis]
    return output_size(side, kernel, stride=stride, padding=padding, dilation=dilation, rounding=rounding)


def _settings(layer: WINDOWED) -> list[tuple[int, ...]]:
    """Return kernel, stride, padding and dilation of a layer, for height and for width."""
    given = (layer.kernel_size, layer.stride, layer.padding, getattr(layer, "dilation", 1))
    return list(zip(*(_pair(value) for value in given), strict=True))  # type: ignore[arg-type]


def _pair(value: int | tuple[int, int]) -> tuple[int, int]:
    """Return the value for height and for width."""
    return (value, value) if isinstance(value, int) else value
