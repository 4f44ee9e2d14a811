"""Clipping of gradients before an optimizer step."""

from typing import Literal

from torch import nn

from ..errors import UserError
from ..layers.recurrent import clip_steps


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
