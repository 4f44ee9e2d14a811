"""Words that occur near each other in a text, as pairs or as rows of counts.

Shapes: V words, N examples.
"""

from collections.abc import Iterator
from functools import cached_property
from typing import ClassVar, Literal, get_args

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.sparse import csr_array

from ...errors import UserError, unknown
from ...preprocessing.base import Preprocessing
from ...preprocessing.default import default
from ...preprocessing.ids import IdPreprocessing
from ...spec import Batch, DataSpec, TargetKind
from ...text.associations import pointwise_mutual_information
from ...text.cooccurrence import Weighting, count_cooccurrences
from ...text.corpus import Cut
from ..base import Data, Splits
from ..contexts.stream import TokenStream
from ..loader import Loader
from ..ratings.base import check_effect
from ..sampled_loader import SampledLoader
from .corpus import Corpus
from .sampled_pairs import NegativeWeight, SampledPairs

Layout = Literal["pairs", "index", "rows"]
Values = Literal["counts", "pmi"]
MAX_TABLE_SIZE = 1 << 28  # numbers in a table of all words and contexts: 1 GB
DEFAULT_NEGATIVES = 5  # for each different context of a word
NAMES = ("word", "context")


class Cooccurrences(Data):
    """How often the words of a text occur near each other, in windows of `window` words on each side.

    path, root, cut, lines, min_count, max_vocabulary, val, test: the text, its words and its splits, see `Corpus`;
    other words are left out before windows are formed. layout: pairs: x (2,), the ids of a word and a context from 1,
    y (1,) their count or, for sampled pairs, minus the number of draws; index: x (1,), the id of a
    word, y (V,) its counts; rows: x (V,), the counts of a word, without a target. weighting: see `count_cooccurrences`.
    For layout=pairs: negatives: draws for each different context of a word, 0 for pairs that occur alone; noise_power:
    of the frequencies of words, to which the draws are proportional; exclude: pairs that occur are not drawn;
    negative_weight: see `SampledPairs`. For layout=rows: values: counts, or their positive pointwise mutual
    information, with smoothing 0.75. Held-out sequences have their own counts.
    Raises UserError for values out of range, settings without effect, texts that cannot be used, and if a table is too
    large.
    """

    batch_size: ClassVar[int] = 1024
    no_folds: ClassVar[str] = "its examples are sums over the text"

    def __init__(
        self,
        *,
        path: str | None = None,
        root: str | None = None,
        cut: Cut = "words",
        lines: bool = True,
        layout: Layout = "pairs",
        window: int = 5,
        weighting: Weighting = "flat",
        min_count: int = 2,
        max_vocabulary: int | None = 5000,
        negatives: int | None = None,
        noise_power: float | None = None,
        exclude: bool | None = None,
        negative_weight: NegativeWeight | None = None,
        values: Values | None = None,
        val: float = 0.1,
        test: float = 0.1,
        seed: int = 0,
    ) -> None:
        super().__init__(seed=seed)
        for name, value, allowed in (
            ("layout", layout, Layout),
            ("negative_weight", negative_weight or "sampled", NegativeWeight),
            ("values", values or "counts", Values),
        ):
            if value not in get_args(allowed):
                raise unknown(f"data.{name}", value, get_args(allowed))
        check_effect("negatives", negatives, layout == "pairs", "data.layout=pairs")
        check_effect("values", values, layout == "rows", "data.layout=rows")
        drawn = layout == "pairs" and negatives != 0
        check_effect("noise_power", noise_power, drawn, "data.layout=pairs with negatives")
        check_effect("exclude", exclude, drawn, "data.layout=pairs with negatives")
        check_effect("negative_weight", negative_weight, drawn, "data.layout=pairs with negatives")
        if negatives is not None and negatives < 0:
            raise UserError(f"data.negatives is {negatives}; it must be at least 0")
        if noise_power is not None and not 0 <= noise_power < float("inf"):
            raise UserError(f"data.noise_power is {noise_power}; it must be at least 0")
        self.window, self.weighting = window, weighting
        self.layout, self.values = layout, values
        self.negatives = DEFAULT_NEGATIVES if negatives is None else negatives
        self.noise_power = 0.75 if noise_power is None else noise_power
        self.exclude = True if exclude is None else exclude
        self.negative_weight: NegativeWeight = negative_weight or "sampled"
        self.text = Corpus(
            path=path,
            root=root,
            cut=cut,
            lines=lines,
            min_count=min_count,
            max_vocabulary=max_vocabulary,
            window=window,
            random_window=False,
            subsample=None,
            val=val,
            test=test,
            seed=seed,
        )
        self.source = self.text.path.name
        if layout != "pairs" and len(self.text.vocabulary.tokens) ** 2 > MAX_TABLE_SIZE:
            raise UserError(
                f"{self.source}: a table of {len(self.text.vocabulary.tokens)} words and contexts is too large; lower "
                "data.max_vocabulary, or set data.layout=pairs"
            )
        self.spec = self.describe()
        self.summary, self.digest, self.contents = self.text.summary, self.text.digest, self.text.contents

    def describe(self) -> DataSpec:
        """Return the spec of a layout."""
        words = self.text.vocabulary.tokens
        size = len(words)
        match self.layout:
            case "pairs":
                target: TargetKind = "signed_counts" if self.negatives else "counts"
                return DataSpec("ids", (2,), target, 1, sizes=(size + 1, size + 1), vocabulary=words)
            case "index":
                return DataSpec("ids", (1,), "counts", size, sizes=(size + 1,), vocabulary=words, labels=words)
            case "rows":
                whole = self.values != "pmi" and self.weighting == "flat"
                return DataSpec("counts" if whole else "real", (size,), "none", 0, low=0.0, vocabulary=words)

    @property
    def preprocessing(self) -> Preprocessing:
        """The encoding of words, or the check of rows of numbers."""
        if self.layout == "rows":
            return default(self.raw_spec)
        words = self.text.vocabulary.tokens
        both = IdPreprocessing(columns=NAMES, names=NAMES, ids=(words, words), unseen="refuse")
        return both if self.layout == "pairs" else both.only(0)

    @cached_property
    def counts(self) -> dict[str, csr_array]:
        """The counts of each split: (V, V). Raises UserError for a split without counts."""
        found = {}
        for split, stream in self.text.streams.items():
            if not len(stream):
                continue  # there are no validation sentences
            found[split] = count_cooccurrences(
                sentences(stream), len(self.text.vocabulary.tokens), window=self.window, weighting=self.weighting
            )
            if not found[split].nnz:
                raise UserError(f"{self.source}: no words of the vocabulary occur near each other in {split}")
        return found

    def sampler(self, split: str) -> SampledPairs:
        """Return the pairs of a split, with sampled pairs that do not occur in it or, held out, in the text."""
        all_counts = csr_array(sum(self.counts.values()))
        return SampledPairs(
            self.counts[split],
            noise=self.text.contexts.counts**self.noise_power,
            negatives=self.negatives,
            excluded=(self.counts["train"] if split == "train" else all_counts) if self.exclude else None,
            weight=self.negative_weight,
            source=self.source,
        )

    def load(self) -> Splits:
        """Return the examples: pairs, or the words that occur near another one in the split."""
        if self.layout == "pairs":
            return {split: self.sampler(split).examples(self.seed, 0) for split in self.counts}
        return {split: self.rows(split) for split in self.counts}

    def rows(self, split: str) -> Batch:
        """Return the counts of words: x (N, 1) and y (N, V), or x (N, V)."""
        counts = self.counts[split]
        chosen = self.words_of(split)
        table = pointwise_mutual_information(counts, smoothing=0.75) if self.values == "pmi" else counts
        values = torch.from_numpy(table[chosen].toarray()).float()
        if self.layout == "rows":
            return Batch(values, torch.zeros(len(values)))
        return Batch(torch.from_numpy(chosen + 1)[:, None], values)

    def words_of(self, split: str) -> NDArray[np.int64]:
        """Return the words that occur near another one in a split: (N,)."""
        return np.flatnonzero(np.diff(self.counts[split].indptr))

    def titles(self, split: str) -> list[str] | None:
        """Return the words, with layout=pairs None."""
        if self.layout == "pairs":
            return None
        return [self.text.vocabulary.tokens[word] for word in self.words_of(split)]

    def train_loader(
        self, *, batch_size: int | None = None, segment: int | None = None, buckets: bool = False
    ) -> Loader:
        """Return the shuffled training batches, with new sampled pairs in each epoch."""
        if self.layout != "pairs" or not self.negatives:
            return super().train_loader(batch_size=batch_size, segment=segment, buckets=buckets)
        return SampledLoader(
            self.sampler("train"), self.splits["train"], batch_size=batch_size or self.batch_size, seed=self.seed
        )


def sentences(stream: TokenStream) -> Iterator[NDArray[np.int32]]:
    """Yield the ids of each sequence of a stream: (T,)."""
    for number in range(len(stream)):
        block = stream.block(number)
        for sentence in np.split(block, np.flatnonzero(block < 0) + 1)[:-1]:
            yield sentence[:-1]  # without the number of its document
