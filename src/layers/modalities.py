"""Inputs of several modalities, of which some may be missing.

Shapes: *n examples, F inputs, M modalities.
"""

from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import Tensor, nn


class MissingModalities(nn.Module):
    """Sets missing modalities of an example to 0; in training it also drops one modality at random.

    A modality is missing if any of its numbers is NaN. sizes: inputs of each modality, M numbers that add up to F;
    drop: probability that an example loses one modality in training, each with equal probability, so that a network
    learns to predict it from the others. Random numbers come from torch's global generator.
    Raises ValueError for fewer than two modalities, and a probability outside [0, 1].
    """

    def __init__(self, *, sizes: Sequence[int], drop: float) -> None:
        super().__init__()
        if len(sizes) < 2:
            raise ValueError("the data has a single modality; head=joint_reconstruction adds the class as a second one")
        if not 0 <= drop <= 1:
            raise ValueError(f"drop is {drop}; it must be from 0 to 1")
        self.sizes = [*sizes]
        self.drop = drop

    def forward(self, x: Float[Tensor, "*n F"]) -> Float[Tensor, "*n F"]:
        """Return the inputs with 0 in place of missing and dropped modalities."""
        parts = [part.masked_fill(part.isnan().any(-1, keepdim=True), 0) for part in x.split(self.sizes, -1)]
        if self.training and self.drop:
            lost = torch.randint(len(parts), x.shape[:-1], device=x.device)
            kept = torch.rand(x.shape[:-1], device=x.device) >= self.drop
            parts = [part * (kept | (lost != k)).unsqueeze(-1) for k, part in enumerate(parts)]
        return torch.cat(parts, -1)
