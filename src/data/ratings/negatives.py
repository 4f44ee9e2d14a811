"""Sampling of pairs of users and items that do not occur in the data, for implicit feedback. Aggarwal 2.5.7.

Shapes: N positive pairs, k negatives for each, M examples.
"""

import torch
from torch import Tensor

from ...errors import UserError
from ...spec import Batch

STREAM = 1  # so that the negatives and the order of the examples have different random numbers


class Negatives:
    """Positive pairs of users and items with sampled negative ones.

    positives: codes (N, 2); excluded: pairs that are never negatives; items: the items have codes 1 to `items`; count:
    negatives of each positive pair, with its user and an item drawn uniformly among those that are not excluded. A
    user with all items has no negatives. Raises UserError if no user has any.
    """

    def __init__(self, positives: Tensor, *, excluded: Tensor, items: int, count: int, source: str) -> None:
        self.positives = positives
        self.items = items
        self.count = count
        known = excluded[excluded[:, 1] > 0].unique(dim=0)  # sorted by user, then by item
        users = int(torch.cat([positives[:, 0], known[:, 0]]).max()) + 1
        counts = known[:, 0].bincount(minlength=users)
        self.starts = counts.cumsum(0) - counts
        self.free = items - counts  # number of possible negatives of each user
        below = known[:, 1] - 1 - (torch.arange(len(known)) - self.starts[known[:, 0]])  # negatives before a positive
        self.keys = known[:, 0] * (items + 1) + below
        self.rows = (self.free[positives[:, 0]] > 0).nonzero().flatten()  # pairs whose user has negatives
        if not len(self.rows):
            raise UserError(f"{source}: every user has chosen every item; implicit feedback needs other pairs, too")

    def __len__(self) -> int:
        return len(self.positives) + self.count * len(self.rows)

    def examples(self, seed: int, epoch: int) -> Batch:
        """Return the positives, then the negatives: x (M, 2), y (M, 1). The negatives depend on (seed, epoch)."""
        generator = torch.Generator().manual_seed(hash((seed, epoch, STREAM)) % (1 << 63))
        users = self.positives[self.rows, 0].repeat_interleave(self.count)
        free = self.free[users]
        rank = (torch.rand(len(users), generator=generator, dtype=torch.float64) * free).long().clamp(max=free - 1)
        # the negative of this rank comes after all positives with at most `rank` negatives before them
        before = torch.searchsorted(self.keys, users * (self.items + 1) + rank, right=True) - self.starts[users]
        negatives = torch.stack([users, 1 + rank + before], 1)
        y = torch.zeros(len(self), 1)
        y[: len(self.positives)] = 1
        return Batch(torch.cat([self.positives, negatives]), y)
