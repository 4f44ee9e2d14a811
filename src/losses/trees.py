"""Binary trees over classes, as one code word for each class: the turns, 0 or 1, from the root to its leaf."""

from collections.abc import Sequence
from functools import cache
from heapq import heapify, heappop, heappush
from itertools import count
from random import Random

Codes = tuple[str, ...]


def balanced(order: Sequence[int]) -> Codes:
    """Return the tree that halves the classes, in a given order, again and again."""
    codes = [""] * len(order)

    def split(part: Sequence[int], code: str) -> None:
        if len(part) == 1:
            codes[part[0]] = code
            return
        half = (len(part) + 1) // 2
        split(part[:half], code + "0")
        split(part[half:], code + "1")

    split(order, "")
    return tuple(codes)


@cache
def drawn(classes: int, seed: int) -> Codes:
    """Return a balanced tree over the classes in random order."""
    return balanced(Random(seed).sample(range(classes), classes))


def huffman(frequencies: Sequence[float]) -> Codes:
    """Return the tree with the shortest mean path: frequent classes are near the root.

    Raises ValueError unless all frequencies are above 0.
    """
    for i, frequency in enumerate(frequencies):
        if not frequency > 0:
            raise ValueError(f"the frequency of class {i} is {frequency}; it must be above 0")
    number = count()  # of equal frequencies, the older first
    heap: list[tuple[float, int, list[int]]] = [(f, next(number), [i]) for i, f in enumerate(frequencies)]
    heapify(heap)
    codes = [""] * len(frequencies)
    while len(heap) > 1:
        one, other = heappop(heap), heappop(heap)
        for turn, (_, _, members) in (("0", one), ("1", other)):
            for i in members:
                codes[i] = turn + codes[i]
        heappush(heap, (one[0] + other[0], next(number), one[2] + other[2]))
    return tuple(codes)


def check(codes: Sequence[str]) -> None:
    """Raise ValueError unless the code words are the leaves of a binary tree in which inner nodes have two sides."""
    for i, code in enumerate(codes):
        if set(code) - {"0", "1"} or not code:
            raise ValueError(f"the code of class {i} is '{code}'; it must be turns 0 and 1 from the root to its leaf")
    inner = {code[:depth] for code in codes for depth in range(len(code))}
    for i, code in enumerate(codes):
        if code in inner or code in codes[:i]:
            raise ValueError(f"the code '{code}' of class {i} does not end at a leaf of its own")
    for node in sorted(inner):
        for turn in "01":
            if node + turn not in inner and node + turn not in codes:
                raise ValueError(f"no class is below '{node + turn}' in the tree")
