"""What a transform is. Shapes: B examples, each of `DataSpec.shape`."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import ClassVar

import torch
from torch import Tensor

from ..card import Form
from ..spec import DataSpec

Inputs = Callable[[], Iterator[Tensor]]  # the training inputs (B, *shape), block by block, as often as it is called


class Transform(ABC):
    """What is done to inputs, batch by batch.

    takes: the forms of input that it is for.
    """

    takes: ClassVar[tuple[Form, ...]]

    def check(self, spec: DataSpec) -> None:
        """Raise ValueError if it is not for inputs like these."""
        if spec.form not in self.takes:
            raise ValueError(f"is for inputs of the form {' or '.join(self.takes)}; the data gives {spec}")


class RandomTransform(Transform):
    """Changes training inputs at random, and leaves shape and bounds as they are; other inputs it never sees."""

    @abstractmethod
    def apply(self, x: Tensor, generator: torch.Generator) -> Tensor:
        """Return changed inputs (B, *shape); generator: on the CPU, of this batch alone."""


class FittedTransform(Transform):
    """Has a state that is fitted to the training split, and stored with the trained network.

    state: tensors by name, empty before `fit`.
    """

    def __init__(self) -> None:
        self.state: dict[str, Tensor] = {}

    @abstractmethod
    def fit(self, inputs: Inputs) -> None:
        """Set the state by sums in float64. Raises ValueError for inputs to which it cannot be fitted."""

    @abstractmethod
    def changed(self, spec: DataSpec) -> DataSpec:
        """Return what the inputs are afterwards; the state is there."""

    @abstractmethod
    def apply(self, x: Tensor) -> Tensor:
        """Return transformed inputs (B, ...); gradients pass."""

    @abstractmethod
    def inverse(self, x: Tensor) -> Tensor:
        """Return inputs (B, *shape) of transformed ones, the nearest where some of them are the same."""

    def like(self, x: Tensor) -> dict[str, Tensor]:
        """Return the state on the device of x, where it stays, and of its type."""
        self.state = {name: value.to(x.device) for name, value in self.state.items()}
        return {name: value.to(x.dtype) for name, value in self.state.items()}


def unbounded(spec: DataSpec, shape: tuple[int, ...] | None = None) -> DataSpec:
    """Return the spec of real numbers without bounds, of another shape if one is given."""
    return replace(
        spec,
        input="real",
        shape=spec.shape if shape is None else shape,
        low=float("-inf"),
        high=float("inf"),
        vocabulary=(),
    )
