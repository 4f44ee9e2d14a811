"""Drawing from a distribution over many classes in constant time.

Shapes: K classes.
"""

from collections.abc import Sequence

import torch
from torch import Tensor


class AliasTable:
    """Classes drawn with given probabilities (K,), float64, that sum to 1.

    A draw chooses one of K columns of equal probability, and one of the two classes in it. Walker 1977; Vose 1991.
    """

    def __init__(self, probabilities: Tensor) -> None:
        self.probabilities = probabilities
        size = len(probabilities)
        heights = (probabilities * size).tolist()
        aliases = list(range(size))
        low = [i for i, height in enumerate(heights) if height < 1]
        high = [i for i, height in enumerate(heights) if height >= 1]
        while low and high:
            small, large = low.pop(), high.pop()
            aliases[small] = large
            heights[large] -= 1 - heights[small]
            (low if heights[large] < 1 else high).append(large)
        for rest in (*low, *high):  # 1 but for rounding
            heights[rest] = 1.0
        self.heights, self.aliases = torch.tensor(heights, dtype=torch.float64), torch.tensor(aliases)

    def __len__(self) -> int:
        return len(self.probabilities)

    def to(self, device: torch.device) -> "AliasTable":
        """Move the table to `device` and return it."""
        self.probabilities, self.heights, self.aliases = (
            tensor.to(device) for tensor in (self.probabilities, self.heights, self.aliases)
        )
        return self

    def draw(self, shape: Sequence[int], generator: torch.Generator | None = None) -> Tensor:
        """Return classes, int64 (*shape)."""
        device = None if generator is not None else self.heights.device
        place = torch.rand(*shape, dtype=torch.float64, generator=generator, device=device).to(self.heights.device)
        place *= len(self)
        column = place.long()
        place -= column
        return torch.where(place < self.heights[column], column, self.aliases[column])
