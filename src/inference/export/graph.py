"""The computation of an exported network, with names and sizes of its inputs and outputs.

Shapes: B examples, T steps, O outputs, K classes or labels.
"""

from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor, nn

from ...transforms import Transforms
from ..trained import Trained

BATCH, STEPS = "batch", "steps"  # names of the sizes that vary
EXAMPLE_SIZE = (3, 7)  # examples and steps of the inputs with which the computation is recorded
CHECKED_SIZES = (EXAMPLE_SIZE, (1, 4), (2, 1), (5, 13))


class Graph(nn.Module):
    """Fitted transforms, adapter and network, and the probabilities where the loss defines them.

    Inputs: x (B, *shape), or (B, T, *shape); mask (B, T) if the outputs depend on the padding. Outputs: those of the
    network, and their probabilities of the same shape, or (..., K).
    """

    def __init__(self, trained: Trained) -> None:
        super().__init__()
        self.network = trained.network
        self.loss = trained.head.loss
        self.spec = trained.spec
        self.transforms: Transforms = trained.transforms
        varying = self.spec.sequence and self.spec.seq_len is None
        self.masked = varying and not (self.spec.per_step and self.network.causal)
        self.has_probabilities = False
        self.eval()
        output = self.network(*self.prepared(self.sample(*EXAMPLE_SIZE, seed=0)))
        self.has_probabilities = self.loss.probabilities(output) is not None

    def forward(self, x: Tensor, mask: Tensor | None = None) -> tuple[Tensor, ...]:
        """Return the outputs by the names in `outputs`."""
        output: Tensor = self.network(self.transforms(x), mask)
        if not self.has_probabilities:
            return (output,)
        probabilities = self.loss.probabilities(output)
        assert probabilities is not None
        return output, probabilities

    @property
    def inputs(self) -> tuple[str, ...]:
        """The names of the inputs."""
        return ("x", "mask") if self.masked else ("x",)

    @property
    def outputs(self) -> tuple[str, ...]:
        """The names of the outputs."""
        return ("output", "probabilities") if self.has_probabilities else ("output",)

    @property
    def axes(self) -> dict[str, dict[int, str]]:
        """The axes of each input whose size varies: the batch and, if the data has no fixed length, the steps."""
        varying = {0: BATCH, 1: STEPS} if self.spec.sequence and self.spec.seq_len is None else {0: BATCH}
        return {name: dict(varying) for name in self.inputs}

    def sample(self, examples: int, steps: int, *, seed: int) -> tuple[Tensor, Tensor | None]:
        """Return random inputs x and mask. steps: number of steps if the data has no fixed length."""
        generator = torch.Generator().manual_seed(seed)
        x, _, mask, _ = self.spec.fake_batch(examples, generator)
        if mask is not None:
            lengths = torch.randint(1, steps + 1, (examples,), generator=generator)
            lengths[0] = steps
            mask = torch.arange(steps) < lengths[:, None]
            x = x[:, torch.arange(steps) % x.shape[1]] * mask.view(*mask.shape, *[1] * (x.ndim - 2))
        return self.transforms.inverse(x), mask

    def prepared(self, inputs: tuple[Tensor, Tensor | None]) -> tuple[Tensor, Tensor | None]:
        """Return inputs of the graph as inputs of the network."""
        return self.transforms(inputs[0]), inputs[1]

    def given(self, inputs: tuple[Tensor, Tensor | None]) -> tuple[Tensor, ...]:
        """Return those of the inputs that the graph takes."""
        x, mask = inputs
        return (x, mask) if self.masked and mask is not None else (x,)

    def checks(self) -> Iterator[tuple[tuple[Tensor, ...], tuple[Tensor, ...], Tensor | None]]:
        """Yield random inputs of several sizes, the expected outputs, and the mask of outputs at each step.

        Outputs at padding are undefined.
        """
        for seed, size in enumerate(CHECKED_SIZES):
            inputs = self.sample(*size, seed=seed)
            yield self.given(inputs), self(*inputs), inputs[1] if self.spec.per_step else None

    def shapes(self) -> dict[str, dict[str, Any]]:
        """Return type and shape of each input and output by name; sizes that vary are names."""
        inputs = self.sample(*EXAMPLE_SIZE, seed=0)
        tensors = dict(zip(self.inputs, self.given(inputs), strict=True))
        tensors |= dict(zip(self.outputs, self(*inputs), strict=True))
        axes = dict(self.axes)
        if self.spec.per_step:
            axes |= dict.fromkeys(self.outputs, axes["x"])
        return {
            name: {
                "type": str(tensor.dtype).removeprefix("torch."),
                "shape": [axes.get(name, {0: BATCH}).get(axis, size) for axis, size in enumerate(tensor.shape)],
            }
            for name, tensor in tensors.items()
        }
