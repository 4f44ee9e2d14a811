"""Tokens with their neighbours as examples: words of a text, nodes in walks on a graph.

Shapes: N windows, t tokens on each side, V tokens of a vocabulary.
"""

from collections.abc import Callable
from functools import cached_property
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from ...errors import UserError
from ...spec import Batch, DataSpec
from .random import generator
from .stream import TokenStream
from .windows import Windows, keep_probabilities, windows

MAX_TOKENS = 1 << 16  # of a split that are evaluated; the training split may be larger than memory


class WindowOptions(NamedTuple):
    """The windows around tokens.

    size: t, at least 1; random_size: draw the number of neighbours on each side from 1 to t; subsample: share of all
    tokens above which a token is frequent, so that some of its occurrences are left out, None to keep all.
    """

    size: int
    random_size: bool
    subsample: float | None

    def check(self) -> None:
        """Raise UserError for values out of range."""
        if self.size < 1:
            raise UserError(f"data.window is {self.size}; it must be at least 1: a token needs neighbours")
        if self.subsample is not None and not 0 < self.subsample < float("inf"):
            raise UserError(f"data.subsample is {self.subsample}; it must be above 0, or null to keep all tokens")


class Contexts:
    """Tokens with their neighbours in sequences.

    An example is the neighbours of a token, x (up to 2 t) ids with a mask, and the token as its class; or, `reversed`,
    a token, x (1,) its id from 1, and the ids of its neighbours, y (2 t,), -1 where absent. With documents, the
    document of a token is one more of its neighbours; `reversed`, it is the input, and the token is the target, y (1,).
    New random numbers in each epoch determine which frequent tokens are left out and how large the windows are; the
    examples that are evaluated are always the same, from about the first 65 536 tokens of a split.

    names: the tokens, V; documents: their names, empty if they are not used; counts: the number of occurrences of each
    token in the training split, (V,); stream: the sequences of a split in an epoch. Raises UserError for options out of
    range.
    """

    def __init__(
        self,
        *,
        names: tuple[str, ...],
        documents: tuple[str, ...] = (),
        counts: NDArray[np.float64],
        stream: Callable[[str, int], TokenStream],
        options: WindowOptions,
        seed: int,
    ) -> None:
        options.check()
        self.names = names
        self.documents = documents
        self.counts = counts
        self.stream = stream
        self.options = options
        self.seed = seed
        self.reversed = False

    @property
    def spec(self) -> DataSpec:
        """The kind and shape of an example."""
        size = len(self.names)
        if self.reversed:
            rows = self.documents or self.names
            return DataSpec("ids", (1,), "context", size, sizes=(len(rows) + 1,), vocabulary=rows, labels=self.names)
        every = (*self.names, *self.documents)
        return DataSpec("tokens", (), "classes", size, sequence=True, vocabulary=every, labels=self.names)

    @cached_property
    def keep(self) -> NDArray[np.float64] | None:
        """The probability with which an occurrence of each token is kept, (V,)."""
        return None if self.options.subsample is None else keep_probabilities(self.counts, self.options.subsample)

    def windows_of(self, block: NDArray[np.int32], random: np.random.Generator) -> Windows:
        """Return the windows of a block of sequences."""
        size, random_size, _ = self.options
        return windows(block, size=size, keep=self.keep, random_size=random_size, random=random)

    def examples(self, found: Windows) -> Batch:
        """Return windows as examples."""
        centers, contexts, documents = map(torch.from_numpy, found[:3])
        if self.reversed:
            if self.documents:
                return Batch(documents[:, None] + 1, centers[:, None])
            return Batch(centers[:, None] + 1, contexts)
        if self.documents:
            contexts = torch.cat([documents[:, None] + len(self.names), contexts], 1)
        return Batch(contexts.clamp(min=0), centers, contexts >= 0)

    def evaluated(self, split: str) -> Batch:
        """Return the examples of a split that are evaluated. Raises UserError if no token has a neighbour."""
        stream, parts, tokens = self.stream(split, 0), [], 0
        for number in range(len(stream)):
            parts.append(self.windows_of(stream.block(number), generator(self.seed, number)))
            tokens += stream.sizes[number]
            if tokens >= MAX_TOKENS:
                break
        found = Windows(*(np.concatenate(each) for each in zip(*parts, strict=True)))
        if not len(found.centers):
            subsample = self.options.subsample
            why = "" if subsample is None else f", or data.subsample={subsample} leaves out too many tokens"
            raise UserError(f"no token of the {split} split has a neighbour; the sequences are too short{why}")
        return self.examples(found)
