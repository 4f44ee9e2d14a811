"""Clipping of gradients before an optimizer step."""

from typing import Literal

import torch
from torch import Tensor, nn

from ..errors import UserError
from ..layers.recurrent import clip_steps

NORM_OFFSET = 1e-6  # that of torch's clip_grad_norm_


class GradientClipping:
    """Bounds the gradients of a network.

    bound: None = no clipping; algorithm: by total norm, by value, or "temporal", by value in which recurrent cells clip
    the gradient of their state at each step of the backward pass and the other parameters are clipped afterwards.
    Raises UserError if the network has no recurrent cells for "temporal". Aggarwal 7.3.
    """

    def __init__(
        self, net: nn.Module, *, bound: float | None, algorithm: Literal["norm", "value", "temporal"] = "norm"
    ) -> None:
        self.bound = bound
        self.algorithm = algorithm
        self.parameters = list(net.parameters())
        if algorithm == "temporal" and bound is not None:
            try:
                self.parameters = clip_steps(net, bound)
            except ValueError as error:
                raise UserError(f"trainer.gradient_clip_algorithm: {error}") from error

    def __call__(self, parameters: list[nn.Parameter] | None = None) -> None:
        """Clip the gradients of these parameters, by default of all that are not clipped in the backward pass."""
        if self.bound is None:
            return
        clipped = self.parameters if parameters is None else parameters
        if self.algorithm == "norm":
            nn.utils.clip_grad_norm_(clipped, self.bound)
        else:
            nn.utils.clip_grad_value_(clipped, self.bound)

    def members(self, gradients: Tensor) -> None:
        """Clip the gradients (M, P) of M networks of this architecture, each by itself, by norm or by value."""
        if self.bound is None:
            return
        if self.algorithm == "norm":
            norms = torch.linalg.vector_norm(gradients, dim=1, keepdim=True)
            gradients.mul_((self.bound / (norms + NORM_OFFSET)).clamp_(max=1.0))
        else:
            gradients.clamp_(-self.bound, self.bound)
