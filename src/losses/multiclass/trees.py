"""Binary trees over classes, as one code word for each class: the turns, 0 or 1, from the root to its leaf.

Shapes: K classes, D the greatest depth of a leaf.
"""

from collections.abc import Sequence
from heapq import heapify, heappop, heappush
from random import Random
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

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
    leaves = len(frequencies)
    heap = [(f, node) for node, f in enumerate(frequencies)]  # of equal frequencies, the older first
    heapify(heap)
    above = [(0, "")] * (2 * leaves - 1)
    for node in range(leaves, 2 * leaves - 1):
        (f, left), (g, right) = heappop(heap), heappop(heap)
        above[left], above[right] = (node, "0"), (node, "1")
        heappush(heap, (f + g, node))
    codes = [""] * (2 * leaves - 1)  # the root is the last
    for node in reversed(range(2 * leaves - 2)):
        parent, turn = above[node]
        codes[node] = codes[parent] + turn
    return tuple(codes[:leaves])


def check(codes: Sequence[str]) -> None:
    """Raise ValueError unless the code words are the leaves of a binary tree in which inner nodes have two sides."""
    for i, code in enumerate(codes):
        if set(code) - {"0", "1"} or not code:
            raise ValueError(f"the code of class {i} is '{code}'; it must be turns 0 and 1 from the root to its leaf")
    inner = {code[:depth] for code in codes for depth in range(len(code))}
    leaves: set[str] = set()
    for i, code in enumerate(codes):
        if code in inner or code in leaves:
            raise ValueError(f"the code '{code}' of class {i} does not end at a leaf of its own")
        leaves.add(code)
    for node in sorted(inner):
        for turn in "01":
            if node + turn not in inner and node + turn not in leaves:
                raise ValueError(f"no class is below '{node + turn}' in the tree")


class Level(NamedTuple):
    """The inner nodes at one depth: `nodes`; of what is below them, all left sides before all right ones, the places
    that are inner nodes again, and those that are leaves.
    """

    nodes: Tensor
    inner: Tensor
    leaves: Tensor


class Ways(NamedTuple):
    """A tree as tensors; its inner nodes are numbered in the order of their codes, so that the root is 0.

    nodes: on the way to each class, (K, D); turns: +1 right, -1 left, (K, D), and 0 after its end; levels: from the
    root down; places: of the classes among the leaves of all levels, (K,).
    """

    nodes: Tensor
    turns: Tensor
    levels: tuple[Level, ...]
    places: Tensor

    @classmethod
    def of(cls, codes: Codes) -> "Ways":
        """Return a tree that is given by code words."""
        words = np.array(codes, dtype=bytes)
        order = words.argsort()
        text = words[order].view(np.uint8).reshape(len(codes), -1)  # (K, D), 0 after the end
        there = text > 0
        shared = np.append(-1, (text[1:] == text[:-1]).cumprod(1).sum(1))  # turns, with the way before
        new = there & (np.arange(text.shape[1]) > shared[:, None])
        numbers = np.where(new, new.cumsum().reshape(new.shape) - 1, 0)
        nodes, turns = np.empty(text.shape, dtype=np.int64), np.empty(text.shape, dtype=np.int8)
        nodes[order] = np.maximum.accumulate(numbers, 0) * there
        turns[order] = np.where(there, np.where(text == ord("1"), 1, -1), 0)
        levels, leaves = descended(nodes, turns)
        return cls(torch.from_numpy(nodes), torch.from_numpy(turns), levels, torch.from_numpy(leaves.argsort()))

    def to(self, device: torch.device) -> "Ways":
        """Return the tree on a device."""
        if self.nodes.device == device:
            return self
        levels = tuple(Level(*(part.to(device) for part in level)) for level in self.levels)
        return Ways(self.nodes.to(device), self.turns.to(device), levels, self.places.to(device))


def descended(nodes: NDArray[np.int64], turns: NDArray[np.int8]) -> tuple[tuple[Level, ...], NDArray[np.int64]]:
    """Return the levels of a tree, and the classes in the order in which they are met on the way down."""
    inner = len(nodes) - 1  # a leaf has the number of its class after those of the inner nodes
    goes_on = np.pad(turns[:, 1:] != 0, ((0, 0), (0, 1)))
    below = np.where(goes_on, np.roll(nodes, -1, 1), inner + np.arange(len(nodes))[:, None])
    there = turns != 0
    children = np.empty((inner, 2), dtype=np.int64)
    children[nodes[there], (turns[there] > 0).astype(int)] = below[there]
    levels, leaves, level = [], [], np.zeros(1, dtype=np.int64)
    while len(level):
        both = children[level].T.flatten()
        parts = (level, np.flatnonzero(both < inner), np.flatnonzero(both >= inner))
        levels.append(Level(*map(torch.from_numpy, parts)))
        leaves.append(both[both >= inner] - inner)
        level = both[both < inner]
    return tuple(levels), np.concatenate(leaves)
