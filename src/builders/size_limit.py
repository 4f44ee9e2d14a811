"""Limit of the size of a network whose weights are known, so that a config of others cannot take all memory."""

import math
from collections.abc import Mapping
from typing import Any

from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode

from ..errors import UserError

SLACK, FREE = 16, 1 << 24  # numbers for each weight, for buffers and initialization, and for any network
EACH = 1000  # what a tensor counts in addition to its numbers, since millions of tiny layers take memory, too
SIZES = ("size", "n", "m", "end", "steps")  # arguments of functions that make tensors
OF_TENSORS = ("size",)  # of those that take a tensor; `end` is an index in them


class SizeLimit(TorchDispatchMode):
    """Context in which tensors can be made that are about as large as saved weights, together.

    weights: by name. Raises UserError for more, before the memory is taken.
    """

    def __init__(self, weights: Mapping[str, Tensor]) -> None:
        super().__init__()
        self.left = SLACK * sum(weight.numel() for weight in weights.values()) + FREE

    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        """Return False: torch would import its compiler, which takes more than a second."""
        return False

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        """Count the numbers of the tensors that a function makes."""
        named = zip((argument.name for argument in func._schema.arguments), args, strict=False)
        names = OF_TENSORS if any(isinstance(value, Tensor) for value in args) else SIZES
        given = {name: value for name, value in [*named, *(kwargs or {}).items()] if name in names}
        if given:
            sizes = [math.prod(each) if isinstance(each, list | tuple) else each for each in given.values()]
            if func.name().startswith("aten::eye") and len(sizes) == 1:
                sizes *= 2
            self.left -= EACH + int(math.prod(size for size in sizes if isinstance(size, int | float)))
            if self.left < 0:
                raise UserError("the config describes a network that is much larger than the saved weights")
        return func(*args, **(kwargs or {}))
