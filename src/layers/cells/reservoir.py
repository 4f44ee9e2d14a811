"""Reservoir of an echo-state network. Shapes as in `base`; K groups."""

from typing import Literal

import torch
from torch import Tensor

from .elman import Elman


class Reservoir(Elman):
    """An Elman cell with fixed random weights: h_t = f(W_x x_t + W_h h_(t-1)).

    hidden: units; spectral_radius: W_h is drawn from N(0, 1) and scaled so that this is its largest absolute
    eigenvalue; input_scaling: W_x is drawn from N(0, input_scaling^2); density: share of nonzero entries of W_h;
    groups: K reservoirs of equal size without connections between them, each with this spectral radius; trainable: make
    the weights parameters, together with a bias that is initially 0.
    Raises ValueError for values out of range. Aggarwal 7.4, eq. 7.7.
    """

    def __init__(
        self,
        in_features: int,
        hidden: int = 200,
        *,
        activation: Literal["tanh", "sigmoid", "identity"] = "tanh",
        spectral_radius: float = 1.0,
        input_scaling: float = 1.0,
        density: float = 1.0,
        groups: int = 1,
        trainable: bool = False,
    ) -> None:
        super().__init__(in_features, hidden, activation=activation)
        for name, value in [("spectral_radius", spectral_radius), ("input_scaling", input_scaling)]:
            if not 0 < value < float("inf"):
                raise ValueError(f"{name} is {value}; it must be above 0 and finite")
        if not 0 < density <= 1:
            raise ValueError(f"density is {density}; it must be above 0 and at most 1")
        if groups < 1 or hidden % groups:
            raise ValueError(f"groups is {groups}; it must divide the {hidden} units")
        self.spectral_radius = spectral_radius
        self.input_scaling = input_scaling
        self.density = density
        self.groups = groups
        if not trainable:
            for name, weight in list(self.named_parameters()):
                delattr(self, name)
                self.register_buffer(name, weight.detach())
        self.adjust_init()

    @torch.no_grad()
    def adjust_init(self) -> None:
        """Draw the weights. Raises ValueError if there are so few connections that all eigenvalues are 0."""
        size = self.hidden // self.groups
        self.weight_h.copy_(torch.block_diag(*(self.sample_weights(size) for _ in range(self.groups))))
        self.weight_x.normal_(0, self.input_scaling)
        self.bias.zero_()

    def sample_weights(self, size: int) -> Tensor:
        """Return recurrent weights (size, size) of a group."""
        weight = torch.randn(size, size, dtype=torch.float64) * (torch.rand(size, size) < self.density)
        radius = torch.linalg.eigvals(weight).abs().max()
        if radius < 1e-6:  # rounding turns a threefold eigenvalue 0 into about 1e-5 times the entries
            raise ValueError(f"density is {self.density}, which leaves no cycle among {size} units; increase it")
        return weight * (self.spectral_radius / radius)
