"""The base classes of transforms. Shapes: B examples, each of `DataSpec.shape`."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import ClassVar

import torch
from torch import Tensor

from ..card import Form
from ..spec import DataSpec

Inputs = Callable[[], Iterator[Tensor]]  # each call returns the training inputs again, in blocks (B, *shape)


class Transform(ABC):
    """A function of inputs, applied to each batch.

    takes: the supported forms of input; is_random: training inputs depend on random numbers; moves_pixels: training
    images show their objects at other places than the images of the data.
    """

    takes: ClassVar[tuple[Form, ...]]
    is_random: ClassVar[bool] = False
    moves_pixels: ClassVar[bool] = False

    def check(self, spec: DataSpec) -> None:
        """Raise ValueError if the transform does not support these inputs."""
        if spec.form not in self.takes:
            raise ValueError(f"is for inputs of the form {' or '.join(self.takes)}; the data gives {spec}")


class RandomTransform(Transform):
    """A random transform of training inputs, which keeps their shape and bounds; it is not applied in evaluation."""

    is_random = True

    @abstractmethod
    def apply(self, x: Tensor, generator: torch.Generator) -> Tensor:
        """Return transformed inputs (B, *shape); generator: on the CPU, for this batch only."""


class Fitted(ABC):
    """What transforms have that are fitted to the training split: a state, stored with the trained network.

    state: tensors by name, empty before `fit`.
    """

    def __init__(self) -> None:
        self.state: dict[str, Tensor] = {}

    @abstractmethod
    def fit(self, inputs: Inputs) -> None:
        """Set the state, computed in float64. Raises ValueError for inputs to which it cannot be fitted."""

    def state_like(self, x: Tensor) -> dict[str, Tensor]:
        """Move the state to the device of x, and return it in the dtype of x."""
        self.state = {name: value.to(x.device) for name, value in self.state.items()}
        return {name: value.to(x.dtype) for name, value in self.state.items()}


class FittedTransform(Transform, Fitted):
    """A transform of the inputs of all splits, with a state that is fitted to the training split."""

    @abstractmethod
    def output_spec(self, spec: DataSpec) -> DataSpec:
        """Return the spec of transformed inputs; called after `fit`."""

    @abstractmethod
    def apply(self, x: Tensor) -> Tensor:
        """Return transformed inputs (B, ...); differentiable."""

    @abstractmethod
    def inverse(self, x: Tensor) -> Tensor:
        """Return the inputs (B, *shape) of transformed inputs, approximately if information was lost."""

    def augment(self, x: Tensor, generator: torch.Generator) -> Tensor:
        """Return transformed training inputs (B, ...); random if `is_random`."""
        del generator
        return self.apply(x)


def unbounded(spec: DataSpec, shape: tuple[int, ...] | None = None) -> DataSpec:
    """Return the spec with real inputs without bounds and, if `shape` is given, with this shape."""
    return replace(
        spec,
        input="real",
        shape=spec.shape if shape is None else shape,
        low=float("-inf"),
        high=float("inf"),
        vocabulary=(),
    )
