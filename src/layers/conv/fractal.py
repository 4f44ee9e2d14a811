"""The fractal block of a FractalNet.

Shapes: B images, C maps of H x W pixels, D maps of the output, P paths that end in a join.
"""

import torch
from jaxtyping import Float
from torch import Tensor, nn

from .units import conv_unit


class Fractal(nn.Module):
    """f_1(x) = conv(x), f_(C+1)(x) = join(f_C(f_C(x)), conv(x)), where the join is the mean of all paths.

    conv: 3x3 convolution, batch normalization and ReLU; columns: C; the deepest path has 2^(C - 1) convolutions. The
    joins that end at the same place are one, so a join has up to C paths.
    Raises ValueError for fewer than 1 column. Larsson et al. 2017, eq. 1 and 2; Aggarwal 8.8.
    """

    def __init__(self, in_channels: int, channels: int, columns: int) -> None:
        super().__init__()
        if columns < 1:
            raise ValueError(f"columns is {columns}; it must be at least 1")
        self.columns = columns
        self.short = nn.Sequential(*conv_unit(in_channels, channels, 3))
        self.long = nn.ModuleList()
        if columns > 1:
            self.long.extend([Fractal(in_channels, channels, columns - 1), Fractal(channels, channels, columns - 1)])

    @property
    def path(self) -> nn.Module:
        """The layers that determine the size of the maps."""
        return self.short

    def paths(self, x: Tensor, column: int | None, drop: float) -> list[Tensor]:
        """Return the paths (P entries) that end in the join of this block, the shortest first.

        column: the only one that is computed, 0 the shortest, None for all; drop: probability that a join leaves out
        a path.
        """
        own = [] if column not in (None, 0) else [self.short(x)]
        if not len(self.long) or column == 0:
            return own
        first, second = self.long
        assert isinstance(first, Fractal)
        assert isinstance(second, Fractal)
        inner = None if column is None else column - 1
        return [*own, *second.paths(first.join(x, inner, drop), inner, drop)]

    def join(self, x: Tensor, column: int | None, drop: float) -> Tensor:
        """Return the mean of the paths that are not left out; at least one is kept."""
        paths = self.paths(x, column, drop)
        if len(paths) == 1:
            return paths[0]
        if not drop:
            return torch.stack(paths).mean(0)
        kept = torch.rand(len(paths), device=x.device) >= drop
        spare = torch.arange(len(paths), device=x.device) == torch.randint(len(paths), (), device=x.device)
        kept = torch.where(kept.any(), kept, spare)
        weights = kept.to(x.dtype) / kept.sum()
        return torch.einsum("p,p...->...", weights, torch.stack(paths))

    def forward(self, x: Float[Tensor, "B C H W"]) -> Float[Tensor, "B D H W"]:
        """Return the mean of all paths."""
        return self.join(x, None, 0.0)
