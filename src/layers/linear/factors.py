"""Linear layers whose weights are factors of a matrix: non-negative numbers, or probabilities.

Shapes: *n examples or steps, K inputs, F outputs.
"""

import torch
from jaxtyping import Float
from torch import Tensor, nn


class NonNegativeLinear(nn.Linear):
    """W x with weights of at least 0 and without bias, as in non-negative matrix factorization.

    `project_weights` sets negative weights to 0; a task calls it after each step, which makes the steps those of
    projected gradient descent. Initial weights are absolute values.
    """

    def __init__(self, in_features: int, out_features: int) -> None:
        super().__init__(in_features, out_features, bias=False)

    def reset_parameters(self) -> None:
        """Initialize the weights."""
        super().reset_parameters()
        self.adjust_init()

    @torch.no_grad()
    def adjust_init(self) -> None:
        """Make the weights non-negative after an initialization."""
        self.weight.abs_()

    @torch.no_grad()
    def project_weights(self) -> None:
        """Set negative weights to 0."""
        self.weight.clamp_(min=0)


class MixtureLinear(nn.Module):
    """log sum_k x_k P(j | k) for weights x that sum to 1: the log-probabilities of a mixture of K distributions.

    The parameters are logits (K, F), whose softmax over j are the distributions.
    """

    def __init__(self, *, in_features: int, out_features: int) -> None:
        super().__init__()
        self.in_features = in_features
        self.out_features = out_features
        self.logits = nn.Parameter(torch.randn(in_features, out_features))

    @property
    def distributions(self) -> Float[Tensor, "K F"]:
        """The probabilities P(j | k), whose rows sum to 1."""
        return self.logits.softmax(-1)

    def forward(self, x: Float[Tensor, "*n K"]) -> Float[Tensor, "*n F"]:
        """Return the log-probabilities."""
        return (x @ self.distributions).clamp_min(torch.finfo(x.dtype).tiny).log()
