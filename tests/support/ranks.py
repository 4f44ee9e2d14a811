"""One of several processes that train together, without the others: `gather` and `sum_gradients` are not there."""

from nnzoo.tasks.ranks import Ranks


def rank_of(rank: int, size: int) -> Ranks:
    """Return process `rank` of `size`, without a process group."""
    found = Ranks.__new__(Ranks)
    found.rank, found.size = rank, size
    return found
