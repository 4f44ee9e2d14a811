"""Features of examples: the outputs of any layer of a network.

Shapes: B examples, T steps, F features, C maps of H x W pixels.
"""

from typing import Literal

import torch
from torch import Tensor

from ..analysis.layers.outputs import layer_named, only_output, recorded_outputs
from ..builders.adapters import Network
from ..errors import UserError, unknown
from ..spec import DataSpec
from ..tasks.modes import evaluation_mode

Pool = Literal["mean", "max"]
POOLS = ("mean", "max")


class LayerFeatures:
    """Computes the outputs of a layer: (B, F), or (B, T, F) of a layer that is applied to each step of sequences.

    layer: name as in `net.model.named_modules()`; pool: the mean or the maximum of each map over its pixels, or of each
    feature over the real steps; None flattens the maps of each example. Raises UserError for an unknown layer or pool,
    for a layer that is not called exactly once, and for a pool without effect. Aggarwal 8.4.7.
    """

    def __init__(self, network: Network, spec: DataSpec, layer: str, pool: str | None = None) -> None:
        if pool is not None and pool not in POOLS:
            raise unknown("pool", pool, POOLS)
        self.network = network
        self.sequence = spec.sequence
        self.layer = layer
        self.pool = pool
        example = spec.fake_batch(2, torch.Generator().manual_seed(0))
        try:
            layer_named(network.model, layer)
            with torch.no_grad(), torch.random.fork_rng(devices=[]), evaluation_mode(network):
                output = self.output(example.x, example.mask)
        except ValueError as error:
            raise UserError(str(error)) from error
        if len(output) != 2:
            raise UserError(f"layer {layer} has no output for each example; choose another layer")
        self.shape = tuple(output.shape[1:])
        if pool is not None and len(self.shape) < 2:
            raise UserError(f"pool={pool} has no effect: layer {layer} gives {self.shape[0]} numbers; leave it out")

    @property
    def of_each_step(self) -> bool:
        """Whether the features are those of each step of sequences."""
        return self.sequence and len(self.shape) == 2 and self.pool is None

    def output(self, x: Tensor, mask: Tensor | None) -> Tensor:
        """Return the output of the layer as it is, (B, ...)."""
        with recorded_outputs(self.network.model, [self.layer]) as found:
            self.network(x, mask)
        return only_output(found, self.layer)

    def __call__(self, x: Tensor, mask: Tensor | None = None) -> Tensor:
        """Return the features of inputs of the network."""
        output = self.output(x, mask)
        if self.sequence and output.ndim == 3:
            return output if self.pool is None else pooled_steps(output, mask, self.pool)
        if self.pool is None:
            return output.flatten(1)
        positions = output.flatten(2)
        return positions.mean(2) if self.pool == "mean" else positions.amax(2)

    def __str__(self) -> str:
        size = "x".join(map(str, self.shape))
        if self.pool is not None:
            return f"layer {self.layer}: {size}, the {self.pool} of each"
        flat = f", flattened to {torch.Size(self.shape).numel()}" if len(self.shape) > 1 and not self.sequence else ""
        return f"layer {self.layer}: {size}{flat}"


def pooled_steps(output: Tensor, mask: Tensor | None, pool: str) -> Tensor:
    """Return the mean or maximum over the real steps: (B, T, F) -> (B, F)."""
    real = torch.ones(output.shape[:2], dtype=torch.bool) if mask is None else mask
    if pool == "max":
        return output.masked_fill(~real.unsqueeze(-1), float("-inf")).amax(1)
    weights = real.to(output).unsqueeze(-1)
    return (output * weights).sum(1) / weights.sum(1)
