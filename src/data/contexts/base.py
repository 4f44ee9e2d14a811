"""The base class of data whose examples are tokens with their neighbours: words of a text, nodes of a graph.

Shapes: N windows, t tokens on each side, V tokens of a vocabulary.
"""

from abc import abstractmethod
from functools import cached_property
from typing import ClassVar, NamedTuple

import numpy as np
import torch

from ...errors import UserError
from ...spec import Batch, DataSpec
from ..base import Data, Splits
from ..loader import Loader
from .stream import TokenStream
from .window_loader import WindowLoader, generator
from .windows import Windows, keep_probabilities, windows

MAX_WORDS = 1 << 16  # tokens of a split that are evaluated; the training split may be larger than memory


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


class ContextData(Data):
    """Tokens with their neighbours in sequences.

    An example is the neighbours of a token, x (2 t,) ids with a mask, and the token as its class. After
    `predict_context` it is a token, x (1,) its id from 1, and the ids of its neighbours, y (2 t,), -1 where absent.
    With `documents`, the document of a token is one more of its neighbours, or else the input instead of the token.
    New random numbers in each epoch determine which frequent tokens are left out and how large the windows are;
    validation and test always use the same ones. At most the first 65 536 tokens of a split are evaluated.

    names: the tokens, V; documents: the names of the documents, empty if they are not used.
    """

    batch_size: ClassVar[int] = 256
    no_folds: ClassVar[str] = "its windows overlap"
    documents: tuple[str, ...] = ()

    def __init__(self, *, options: WindowOptions, seed: int) -> None:
        options.check()
        super().__init__(seed=seed)
        self.options = options
        self.reversed = False

    @property
    @abstractmethod
    def names(self) -> tuple[str, ...]:
        """The tokens by id."""

    @abstractmethod
    def stream(self, split: str, epoch: int) -> TokenStream:
        """Return the sequences of a split; those of the training split may differ between epochs."""

    @abstractmethod
    def counts(self) -> np.ndarray:
        """The number of occurrences of each token in the training split, (V,)."""

    def context_spec(self) -> DataSpec:
        """Return the spec of neighbours as input and the token as class."""
        return DataSpec(
            "tokens",
            (),
            "classes",
            len(self.names),
            sequence=True,
            vocabulary=(*self.names, *self.documents),
            labels=self.names,
        )

    def predict_context(self) -> None:
        """Make the token or the document the input, and the neighbours the target."""
        self.reversed = True
        rows = self.documents or self.names
        self.spec = DataSpec(
            "ids", (1,), "context", len(self.names), sizes=(len(rows) + 1,), vocabulary=rows, labels=self.names
        )

    @cached_property
    def keep(self) -> np.ndarray | None:
        """The probability with which an occurrence of each token is kept, (V,)."""
        return None if self.options.subsample is None else keep_probabilities(self.counts(), self.options.subsample)

    def target_counts(self) -> tuple[float, ...]:
        """Return the number of occurrences of each token in the training split."""
        return tuple(self.counts().tolist())

    def windows_of(self, block: np.ndarray, random: np.random.Generator) -> Windows:
        """Return the windows of a block of sequences."""
        return windows(
            block, size=self.options.size, keep=self.keep, random_size=self.options.random_size, random=random
        )

    def examples(self, found: Windows) -> Batch:
        """Return windows as examples."""
        centers, contexts = torch.from_numpy(found.centers), torch.from_numpy(found.contexts)
        documents = torch.from_numpy(found.documents)
        if self.reversed:
            if self.documents:
                contexts = torch.cat([centers[:, None], contexts], 1)
            return Batch(((documents if self.documents else centers) + 1)[:, None], contexts)
        if self.documents:
            contexts = torch.cat([documents[:, None] + len(self.names), contexts], 1)
        return Batch(contexts.clamp(min=0), centers, contexts >= 0)

    def load(self) -> Splits:
        """Return the examples that are evaluated."""
        return {split: self.evaluated(split) for split in ("train", "val", "test") if len(self.stream(split, 0))}

    def evaluated(self, split: str) -> Batch:
        """Return the examples of the first tokens of a split. Raises UserError if no token has a neighbour."""
        stream, parts, tokens = self.stream(split, 0), [], 0
        for number in range(len(stream)):
            parts.append(self.windows_of(stream.block(number), generator(self.seed, number)))
            tokens += stream.sizes[number]
            if tokens >= MAX_WORDS:
                break
        found = Windows(*(np.concatenate(each) for each in zip(*parts, strict=True)))
        if not len(found.centers):
            raise UserError(f"no token of the {split} split has a neighbour; the sequences are too short")
        return self.examples(found)

    def split_sizes(self) -> dict[str, int]:
        """Return the number of tokens of each split."""
        return {split: self.stream(split, 0).tokens for split in self.splits}

    def train_loader(
        self, *, batch_size: int | None = None, segment: int | None = None, buckets: bool = False
    ) -> Loader:
        """Return the training batches: the windows around `batch_size` tokens each. Raises UserError for segments."""
        if segment is not None or buckets:
            raise UserError("trainer.truncated_bptt_steps and loader.buckets are for sequences; these are windows")
        return WindowLoader(self, batch_size=self.batch_size if batch_size is None else batch_size)
