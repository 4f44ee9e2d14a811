"""A sequence of transforms. Shapes: B examples."""

from collections.abc import Mapping
from functools import partial

import numpy as np
import torch
from torch import Tensor

from ..errors import UserError
from ..spec import DataSpec
from .base import Fitted, FittedTransform, Inputs, RandomTransform, Transform

State = Mapping[str, Mapping[str, Tensor]]


class Transforms:
    """Transforms by name, in the order of their application.

    fixed: those that are applied to the inputs of all splits; fitted: those with a state. Random transforms are applied
    to training batches only; their random numbers are a function of (seed, epoch, batch).
    """

    def __init__(self, transforms: Mapping[str, Transform] | None = None) -> None:
        self.by_name = dict(transforms or {})
        self.fixed = {name: each for name, each in self.by_name.items() if isinstance(each, FittedTransform)}
        self.fitted = {name: each for name, each in self.by_name.items() if isinstance(each, Fitted)}
        self.is_random = any(each.is_random for each in self.by_name.values())

    def bind(self, spec: DataSpec, inputs: Inputs) -> DataSpec:
        """Fit each transform without a state to the outputs of the previous transforms; return the spec of the result.

        inputs: of the training split. Raises UserError for inputs that a transform does not support.
        """
        before = Transforms()
        for name, each in self.by_name.items():
            try:
                each.check(spec)
                if isinstance(each, FittedTransform) and spec.partial:
                    raise ValueError(f"is not for data with unknown entries; the data gives {spec}")
                if isinstance(each, Fitted) and not each.state:
                    each.fit(partial(transformed, before, inputs))
                if isinstance(each, FittedTransform):
                    spec = each.output_spec(spec)
            except ValueError as error:
                after = f", after transforms={','.join(before.by_name)}" if before.fixed else ""
                raise UserError(f"transforms.{name} {error}{after}") from error
            before = Transforms({**before.by_name, name: each})
        return spec

    def __call__(self, x: Tensor) -> Tensor:
        """Return inputs (B, *shape) after all transforms except random ones."""
        for each in self.fixed.values():
            x = each.apply(x)
        return x

    def augmented(self, x: Tensor, seed: int, epoch: int, batch: int) -> Tensor:
        """Return training inputs (B, *shape) after all transforms; batch: index of the batch in the epoch."""
        for place, each in enumerate(self.by_name.values()):
            if isinstance(each, RandomTransform):
                x = each.apply(x, generator(seed, epoch, batch, place))
            elif isinstance(each, FittedTransform):
                x = each.augment(x, generator(seed, epoch, batch, place))
        return x

    def inverse(self, x: Tensor) -> Tensor:
        """Return the original inputs of transformed inputs."""
        for each in reversed(self.fixed.values()):
            x = each.inverse(x)
        return x

    def state_dict(self) -> dict[str, dict[str, Tensor]]:
        """Return the states of the fitted transforms, on the CPU, for a checkpoint."""
        return {name: {key: value.cpu() for key, value in each.state.items()} for name, each in self.fitted.items()}

    def load_state_dict(self, state: State) -> None:
        """Set the states of the fitted transforms. Raises UserError if they are those of other transforms."""
        if state.keys() != self.fitted.keys():
            raise UserError(f"the checkpoint holds the transforms {[*state]}, the config has {[*self.fitted]}")
        for name, each in self.fitted.items():
            each.state = dict(state[name])


def transformed(transforms: Transforms, inputs: Inputs) -> "map[Tensor]":
    """Return the blocks of training inputs after some transforms."""
    return map(transforms, inputs())


def generator(*place: int) -> torch.Generator:
    """Return a random generator on the CPU, seeded by integers, each taken modulo 2^64."""
    words = np.random.SeedSequence([number % (1 << 64) for number in place]).generate_state(2, np.uint32)
    return torch.Generator().manual_seed(int(words[0]) << 32 | int(words[1]))
