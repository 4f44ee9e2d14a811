"""Autoregressive model.

Shapes: B sequences, T steps, F features per step, P steps of the window, E = P - 1, O outputs.
"""

import torch
from jaxtyping import Bool, Float
from torch import Tensor, nn

from ...card import Traits


class AR(nn.Module):
    """o_t = W_1 x_(t-p+1) + ... + W_p x_t + b, where steps before the first one are 0.

    order: p; per_step: return an output at every step, otherwise one at the last real step.
    Raises ValueError for an order below 1. Aggarwal 7.7.5.
    """

    traits = Traits(inputs=("sequence",), causal=True)

    def __init__(self, *, out_features: int, in_features: int, per_step: bool = True, order: int = 20) -> None:
        super().__init__()
        if order < 1:
            raise ValueError(f"order is {order}; it must be at least 1")
        self.readout = nn.Linear(order * in_features, out_features)
        self.order = order
        self.per_step = per_step

    def forward(self, x: Float[Tensor, "B T F"], mask: Bool[Tensor, "B T"] | None = None) -> Float[Tensor, "B *T O"]:
        """Return the raw outputs; those of a step do not depend on later ones."""
        return self.run(x, mask)[0]

    def forward_features(
        self, x: Float[Tensor, "B T F"], mask: Bool[Tensor, "B T"] | None = None
    ) -> Float[Tensor, "B *T W"]:
        """Return the input of the readout: the last p steps, W = P F numbers."""
        return self._windows(x, mask, None)[0]

    @property
    def head(self) -> nn.Linear:
        """The last layer."""
        return self.readout

    def run(
        self,
        x: Float[Tensor, "B T F"],
        mask: Bool[Tensor, "B T"] | None = None,
        state: Float[Tensor, "B E F"] | None = None,
    ) -> tuple[Float[Tensor, "B *T O"], Float[Tensor, "B E F"]]:
        """Return the raw outputs, and the last steps as the state for the next segment of the sequences."""
        windows, state = self._windows(x, mask, state)
        return self.readout(windows), state

    def _windows(self, x: Tensor, mask: Tensor | None, state: Tensor | None) -> tuple[Tensor, Tensor]:
        """Return the windows at all steps or at the last real step, and the last steps."""
        previous = x.new_zeros(x.shape[0], self.order - 1, x.shape[2]) if state is None else state
        steps = torch.cat([previous, x], 1)
        windows = steps.unfold(1, self.order, 1)  # a view (B, T, F, P), the latest step last
        if not self.per_step:
            rows = torch.arange(x.shape[0], device=x.device)
            windows = windows[:, -1] if mask is None else windows[rows, mask.sum(1) - 1]
        return windows.transpose(-2, -1).flatten(-2), steps[:, x.shape[1] :]
