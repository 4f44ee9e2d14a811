"""Limit of the size of a network, so that a config of another one cannot take all memory."""

import math
from collections.abc import Mapping
from typing import Any

from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode

from ..errors import UserError
from ..runs.memory import GIGABYTE, available_memory

SLACK, FREE = 16, 1 << 24  # numbers for each weight, for buffers and initialization, and for any network
EACH = 1000  # what a tensor counts in addition to its numbers, since millions of tiny layers take memory, too
SIZES = ("size", "n", "m", "end", "steps")  # arguments of functions that make tensors
BYTES = 2 * 4  # of a weight and its gradient
FEWER_WORDS = {"max_vocabulary": 1000, "min_count": 50}  # setting of the data -> a value that leaves few words
OF_TENSORS = ("size",)  # of those that take a tensor; `end` is an index in them


class SizeLimit(TorchDispatchMode):
    """Context in which tensors can be made that have at most so many numbers, together.

    Raises UserError with the reason for more, before the memory is taken.
    """

    def __init__(self, numbers: float, reason: str) -> None:
        super().__init__()
        self.left = numbers
        self.reason = reason

    @classmethod
    def of_saved(cls, weights: Mapping[str, Tensor]) -> "SizeLimit":
        """Return the limit of a network whose weights are known, by name."""
        numbers = SLACK * sum(weight.numel() for weight in weights.values()) + FREE
        return cls(numbers, "the config describes a network that is much larger than the saved weights")

    @classmethod
    def of_memory(cls, what: str, data: Mapping[str, Any]) -> "SizeLimit":
        """Return the limit of a network that is trained on this machine: float32 weights with their gradients.

        what: the name of the network; data: the config of the data.
        """
        free = available_memory()
        reason = f"the weights of {what} and their gradients take more than the {free / GIGABYTE:.0f} GB of memory"
        return cls(free / BYTES, f"{reason} that are available; use {fewer_words(data) or 'a smaller network'}")

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
                raise UserError(self.reason)
        return func(*args, **(kwargs or {}))


def fewer_words(data: Mapping[str, Any]) -> str | None:
    """Return a setting that leaves a small vocabulary, None if the data has none. data: its config."""
    return next((f"data.{key}={value}" for key, value in FEWER_WORDS.items() if key in data), None)
