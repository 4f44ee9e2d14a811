"""Linear layers of the members of an ensemble, computed together.

Shapes: *n examples or steps, M members, F inputs, U units.
"""

import torch
from jaxtyping import Float
from torch import Tensor, nn


class MemberLinear(nn.Module):
    """W_m x_m + b_m for each member m, with a random part of the connections removed. Aggarwal 4.5.3.

    dropped: probability with which a connection is removed, for each member and connection independently; each unit
    keeps at least one. The connections are drawn once and saved with the weights. The members share no weights.
    Raises ValueError for fewer than one member, and for a probability out of range.
    """

    mask: Tensor

    def __init__(self, *, members: int, in_features: int, out_features: int, dropped: float = 0.0) -> None:
        super().__init__()
        if members < 1:
            raise ValueError(f"members is {members}; it must be at least 1")
        if not 0 <= dropped < 1:
            raise ValueError(f"dropped is {dropped}; it is a probability, at least 0 and below 1")
        draws = torch.rand(members, out_features, in_features)
        self.register_buffer("mask", (draws >= dropped) | (draws == draws.amax(-1, keepdim=True)))  # (M, U, F)
        self.weight = nn.Parameter(torch.empty(members, out_features, in_features))
        self.bias = nn.Parameter(torch.empty(members, out_features))
        self.reset_parameters()

    @torch.no_grad()
    def reset_parameters(self) -> None:
        """Draw weights and biases from U(-1/sqrt(fan_in), 1/sqrt(fan_in)) of their unit; removed weights are 0."""
        bound = self.mask.sum(-1).rsqrt()  # (M, U)
        self.weight.uniform_(-1, 1).mul_(bound.unsqueeze(-1)).mul_(self.mask)
        self.bias.uniform_(-1, 1).mul_(bound)

    def forward(self, x: Float[Tensor, "*n M F"]) -> Float[Tensor, "*n M U"]:
        """Return the pre-activations of each member."""
        return torch.einsum("...mf,muf->...mu", x, self.weight * self.mask) + self.bias
