"""Receptive fields: the pixels that a position of a map depends on.

Shapes: C channels, H x W pixels.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.func import functional_call
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.weak import WeakTensorKeyDictionary

from ...layers.conv.locally_connected import LocallyConnected2d


class Extent(NamedTuple):
    """Along one side of the image, position i of a map depends on `size` pixels from start + i * stride.

    start: negative in the padding; stride: 0 if there is no map, but one value for all positions.
    """

    size: int
    stride: int
    start: int

    @property
    def center(self) -> float:
        """The centre of the pixels of position 0; pixel k is from k to k + 1."""
        return self.start + self.size / 2

    def windows(self, kernel: int, stride: int, padding: int, dilation: int = 1) -> "Extent":
        """Return the extent of windows of positions, as in a convolution or a pooling."""
        size = self.size + dilation * (kernel - 1) * self.stride
        return Extent(size, self.stride * stride, self.start - padding * self.stride)

    def all_of(self, positions: int) -> "Extent":
        """Return the extent of all positions together."""
        return Extent(self.size + (positions - 1) * self.stride, 0, self.start)

    def pixels(self, position: int, side: int) -> slice:
        """Return `size` pixels around a position, moved into an image with this side, or all if there are fewer."""
        first = max(0, min(self.start + position * self.stride, side - self.size))
        return slice(first, first + self.size)


class Field(NamedTuple):
    """The receptive field of a layer: its extents along height and width."""

    height: Extent
    width: Extent

    def all_of(self, sides: Sequence[int]) -> "Field":
        """Return the field of all positions together; sides: numbers of positions, none if there is no map."""
        rows, columns = sides if len(sides) == 2 else (1, 1)
        return Field(self.height.all_of(rows), self.width.all_of(columns))


def union(fields: Sequence[Field]) -> Field:
    """Return the smallest field that contains all fields, of equal strides."""
    return Field(*(_union(extents) for extents in zip(*fields, strict=True)))


def _union(extents: Iterable[Extent]) -> Extent:
    extents = list(extents)
    start = min(each.start for each in extents)
    return Extent(max(each.start + each.size for each in extents) - start, extents[0].stride, start)


Seen = Callable[[str, nn.Module, tuple[Any, ...], Tensor, Field | None], None]
"""What is called for each call of a layer: name, itself, inputs, output, and receptive field if there is one."""


def receptive_fields(net: nn.Module, shape: Sequence[int]) -> dict[str, Field]:
    """Return the receptive field of each layer for images of a shape (C, H, W), by name; of several calls, of the last.

    Nothing is computed, see `FieldTracer`. Call `net.eval()` first.
    """
    found: dict[str, Field] = {}

    def record(name: str, layer: nn.Module, inputs: tuple[Any, ...], output: Tensor, field: Field | None) -> None:
        if field is not None:
            found[name] = field

    trace_layers(net, shape, record)
    return found


def trace_layers(net: nn.Module, shape: Sequence[int], seen: Seen) -> None:
    """Run a network on one input of a shape without values, and report each call of a layer."""
    x = torch.empty(1, *shape, device="meta")
    tracer = FieldTracer()
    if len(shape) == 3:
        tracer.fields[x] = Field(Extent(1, 1, 0), Extent(1, 1, 0))

    def report(name: str, layer: nn.Module, inputs: tuple[Any, ...], output: object) -> None:
        first = output[0] if isinstance(output, tuple) else output
        if isinstance(first, Tensor):
            if isinstance(layer, LocallyConnected2d) and inputs[0] in tracer.fields:  # it is no function of its own
                settings = ([layer.kernel], [layer.stride], [layer.padding])
                tracer.fields[first] = windows(tracer.fields[inputs[0]], *settings)
            seen(name, layer, inputs, first, tracer.fields.get(first))

    hooks = [
        layer.register_forward_hook(lambda layer, inputs, output, name=name: report(name, layer, inputs, output))
        for name, layer in net.named_modules()
        if name
    ]
    tensors = {name: each.to("meta") for name, each in [*net.named_parameters(), *net.named_buffers()]}
    try:
        with torch.no_grad(), tracer:
            functional_call(net, tensors, x)
    finally:
        for hook in hooks:
            hook.remove()


class FieldTracer(TorchDispatchMode):
    """Follows receptive fields: of each tensor that is computed in this context from tensors with a field.

    Convolutions and max- and average-pooling move windows over maps, elementwise functions keep the fields, and a sum
    or concatenation has the union of the fields of its parts; the values of other functions depend on all positions.
    Aggarwal 8.2, 8.2.2, 8.4.3.
    """

    def __init__(self) -> None:
        super().__init__()
        self.fields: Any = WeakTensorKeyDictionary()

    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        """Return False: torch would import its compiler, which takes more than a second."""
        return False

    def __torch_dispatch__(
        self, func: Any, types: Any, args: Sequence[Any] = (), kwargs: Mapping[str, Any] | None = None
    ) -> Any:
        """Compute a function, and set the fields of its results."""
        results = func(*args, **(kwargs or {}))
        inputs = [each for each in flat(args) if isinstance(each, Tensor) and each in self.fields]
        if inputs:
            moved = self._windows(func, args)
            for result in flat([results]):
                if isinstance(result, Tensor):
                    self.fields[result] = moved or self._joined(inputs, result)
        return results

    def _windows(self, func: Any, args: Sequence[Any]) -> Field | None:
        """Return the field of a function that moves windows over a map, or that pads or cuts one; None for others."""
        aten = torch.ops.aten
        name, field = func.overloadpacket, self.fields.get(args[0]) if isinstance(args[0], Tensor) else None
        if field is None or args[0].ndim != 4:
            return None
        if name is aten.convolution and not args[6]:
            return windows(field, args[1].shape[2:], args[3], args[4], args[5])
        if name in (aten.max_pool2d_with_indices, aten.avg_pool2d):
            defaults: list[Any] = [[], [0]]  # of stride and padding, which torch leaves out
            kernel, stride, padding = list(args[1:4]) + defaults[len(args) - 2 :]
            dilation = args[4] if name is aten.max_pool2d_with_indices and len(args) > 4 else [1]
            return windows(field, kernel, stride or kernel, padding, dilation)
        if name is aten.constant_pad_nd:
            left, top = args[1][0], args[1][2] if len(args[1]) > 2 else 0
            return windows(field, [1, 1], [1, 1], [top, left])
        if name is aten.slice and args[1] >= 2:
            return self._sliced(field, *args)
        return None

    @staticmethod
    def _sliced(
        field: Field, x: Tensor, dim: int, start: int | None = None, end: object = None, step: int = 1
    ) -> Field:
        """Return the field of every `step`-th row or column of a map."""
        side = field._fields[dim - 2]
        return field._replace(**{side: getattr(field, side).windows(1, step, -(start or 0))})

    def _joined(self, inputs: Sequence[Tensor], result: Tensor) -> Field:
        """Return the union of the fields of inputs; of an input with other sides than the result, of all positions."""
        sides = result.shape[2:]
        fields = [
            self.fields[each] if each.shape[2:] == sides else self.fields[each].all_of(each.shape[2:])
            for each in inputs
        ]
        if any(
            one.height.stride != other.height.stride or one.width.stride != other.width.stride
            for one, other in pairwise(fields)
        ):
            fields = [field.all_of(each.shape[2:]) for field, each in zip(fields, inputs, strict=True)]
        return union(fields)


def windows(
    field: Field,
    kernel: Sequence[int],
    stride: Sequence[int],
    padding: Sequence[int],
    dilation: Sequence[int] = (1,),
) -> Field:
    """Return the field of windows; settings for both sides, or one for each."""
    pairs = zip(*([*each] * (2 // len(each)) for each in (kernel, stride, padding, dilation)), strict=True)
    return Field(*(extent.windows(*settings) for extent, settings in zip(field, pairs, strict=True)))


def flat(values: Iterable[Any]) -> list[Any]:
    """Return the entries of nested lists and tuples."""
    found = []
    for each in values:
        found += flat(each) if isinstance(each, list | tuple) else [each]
    return found
