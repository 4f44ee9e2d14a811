"""Binary trees over classes. The code word of a class lists the branches (0 left, 1 right) from the root to its leaf.

Shapes: K classes, D maximum depth of a leaf.
"""

import math
from collections.abc import Sequence
from heapq import heapify, heappop, heappush
from random import Random
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

Codes = tuple[str, ...]


def balanced_tree(order: Sequence[int]) -> Codes:
    """Return the tree that recursively halves the classes in the given order."""
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


def random_tree(classes: int, seed: int) -> Codes:
    """Return a balanced tree over the classes in random order."""
    return balanced_tree(Random(seed).sample(range(classes), classes))


def huffman_tree(frequencies: Sequence[float]) -> Codes:
    """Return the Huffman tree, which has the shortest mean path length: frequent classes are near the root.

    Classes that do not occur have the longest paths. Raises ValueError unless frequencies are at least 0 and finite.
    """
    for i, frequency in enumerate(frequencies):
        if not 0 <= frequency < math.inf:
            raise ValueError(f"the frequency of class {i} is {frequency}; it must be at least 0 and finite")
    leaves = len(frequencies)
    heap = [(f, node) for node, f in enumerate(frequencies)]  # among equal frequencies the older node comes first
    heapify(heap)
    parents = [(0, "")] * (2 * leaves - 1)
    for node in range(leaves, 2 * leaves - 1):
        (f, left), (g, right) = heappop(heap), heappop(heap)
        parents[left], parents[right] = (node, "0"), (node, "1")
        heappush(heap, (f + g, node))
    codes = [""] * (2 * leaves - 1)  # the root is the last node
    for node in reversed(range(2 * leaves - 2)):
        parent, branch = parents[node]
        codes[node] = codes[parent] + branch
    return tuple(codes[:leaves])


def check_codes(codes: Sequence[str]) -> None:
    """Raise ValueError unless the code words are the leaves of a binary tree whose inner nodes have two children."""
    for i, code in enumerate(codes):
        if set(code) - {"0", "1"} or not code:
            raise ValueError(
                f"the code of class {i} is '{code}'; it must be a string of branches 0 (left) and 1 (right)"
            )
    inner = {code[:depth] for code in codes for depth in range(len(code))}
    leaves: set[str] = set()
    for i, code in enumerate(codes):
        if code in inner or code in leaves:
            raise ValueError(f"the code '{code}' of class {i} does not end at a leaf of its own")
        leaves.add(code)
    for node in sorted(inner):
        for branch in "01":
            if node + branch not in inner and node + branch not in leaves:
                raise ValueError(f"no class has a code that begins with '{node + branch}'")


class Level(NamedTuple):
    """The inner nodes at one depth and their children.

    nodes: numbers of the inner nodes; inner, leaves: which children are inner nodes and which are leaves, as indices
    into the children, where all left children come before all right ones.
    """

    nodes: Tensor
    inner: Tensor
    leaves: Tensor


class TreePaths(NamedTuple):
    """The paths of a tree as tensors; inner nodes are numbered in the order of their codes, so the root is 0.

    nodes: inner nodes on the path to each class, (K, D); signs: branch signs, +1 right, -1 left, 0 after the end of the
    path, (K, D); levels: from the root down; leaf_index: index of each class among the leaves of all levels, (K,).
    """

    nodes: Tensor
    signs: Tensor
    levels: tuple[Level, ...]
    leaf_index: Tensor

    @classmethod
    def from_codes(cls, codes: Codes) -> "TreePaths":
        """Return the paths of the tree with the given code words."""
        words = np.array(codes, dtype=bytes)
        order = words.argsort()
        text = words[order].view(np.uint8).reshape(len(codes), -1)  # (K, D), 0 after the end
        valid = text > 0
        shared = np.append(-1, (text[1:] == text[:-1]).cumprod(1).sum(1))  # branches in common with the code before
        new = valid & (np.arange(text.shape[1]) > shared[:, None])
        numbers = np.where(new, new.cumsum().reshape(new.shape) - 1, 0)
        nodes, signs = np.empty(text.shape, dtype=np.int64), np.empty(text.shape, dtype=np.int8)
        nodes[order] = np.maximum.accumulate(numbers, 0) * valid
        signs[order] = np.where(valid, np.where(text == ord("1"), 1, -1), 0)
        levels, leaves = split_levels(nodes, signs)
        return cls(torch.from_numpy(nodes), torch.from_numpy(signs), levels, torch.from_numpy(leaves.argsort()))

    def to(self, device: torch.device) -> "TreePaths":
        """Return the paths on a device."""
        if self.nodes.device == device:
            return self
        levels = tuple(Level(*(part.to(device) for part in level)) for level in self.levels)
        return TreePaths(self.nodes.to(device), self.signs.to(device), levels, self.leaf_index.to(device))


def split_levels(nodes: NDArray[np.int64], signs: NDArray[np.int8]) -> tuple[tuple[Level, ...], NDArray[np.int64]]:
    """Return the levels of a tree, and its classes in breadth-first order."""
    inner = len(nodes) - 1  # leaves are numbered by class after the inner nodes
    continues = np.pad(signs[:, 1:] != 0, ((0, 0), (0, 1)))
    below = np.where(continues, np.roll(nodes, -1, 1), inner + np.arange(len(nodes))[:, None])
    valid = signs != 0
    children = np.empty((inner, 2), dtype=np.int64)
    children[nodes[valid], (signs[valid] > 0).astype(int)] = below[valid]
    levels, leaves, level = [], [], np.zeros(1, dtype=np.int64)
    while len(level):
        both = children[level].T.flatten()
        parts = (level, np.flatnonzero(both < inner), np.flatnonzero(both >= inner))
        levels.append(Level(*map(torch.from_numpy, parts)))
        leaves.append(both[both >= inner] - inner)
        level = both[both < inner]
    return tuple(levels), np.concatenate(leaves)
