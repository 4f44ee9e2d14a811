"""Documents as word counts: your own texts or files of counts, and Reuters news.

Shapes: N documents, V words.
"""

import hashlib
import warnings

import numpy as np
import torch
from torch import Tensor

from ...errors import DataWarning, UserError
from ...files.paths import existing_file, expand_path
from ...preprocessing.word_counts import WordCountPreprocessing
from ...spec import Batch, DataSpec
from ...text.documents import Documents, read_documents
from ..base import Data, Splits
from ..folders import data_file
from ..holdout import check_fraction, count_of, random_split
from ..splits import Split

MAX_TABLE_SIZE = 1 << 28  # counts in the table of all documents and words
FILE = "text/reuters_lda/reuters.ldac"
SHA256 = "387c72d83d7073c6110268e2e84018a8cfc232b597903c3e4b9ec7a03c2617ed"  # see `digest_of`


class CountData(Data):
    """Documents as the counts of their words, x (N, V) >= 0, without a target.

    min_count, max_share, max_vocabulary: words are left out if they occur less often in the training documents, occur
    in a larger fraction of them, or are not among the max_vocabulary most frequent of the remaining words. test:
    fraction of the documents, which does not depend on `seed`; val: fraction of the other documents held out by
    `seed`. Raises UserError for values out of range, too few documents, and if no word remains.
    """

    def __init__(
        self,
        documents: Documents,
        *,
        min_count: int,
        max_share: float,
        max_vocabulary: int | None,
        val: float,
        test: float,
        seed: int,
    ) -> None:
        super().__init__(seed=seed)
        self.documents = documents
        self.rows = self.split_rows(val=val, test=test)
        self.columns = choose_words(documents, self.rows["train"], min_count, max_share, max_vocabulary)
        kept = [word for word, column in zip(documents.words, self.columns, strict=True) if column >= 0]
        if len(documents.titles) * len(kept) > MAX_TABLE_SIZE:
            raise UserError(
                f"{documents.source}: a table of {len(documents.titles)} documents and {len(kept)} words is too large; "
                "lower data.max_vocabulary"
            )
        self.transform = Tensor.float
        self.spec = DataSpec("counts", (len(kept),), "none", 0, low=0.0, vocabulary=tuple(kept))
        sizes = ", ".join(f"{len(rows)} {name}" for name, rows in self.rows.items())
        total = sum(int(counts.sum()) for counts in documents.counts)
        self.summary = (
            f"{documents.source}: {len(documents.titles)} documents ({sizes}), {total} words, {len(documents.words)} "
            f"different, {len(kept)} in the vocabulary"
        )

    def split_rows(self, *, val: float, test: float) -> dict[str, Tensor]:
        """Return the rows of each split. Raises UserError for values out of range and too few documents."""
        check_fraction("val", val)
        check_fraction("test", test)
        if not test:
            raise UserError("test must be above 0")
        count = len(self.documents.titles)
        if count < 2 + (val > 0):
            raise UserError(f"{self.documents.source}: {count} documents are too few for val={val} and test={test}")
        rest, held = random_split(count, count_of(test, count), 0)
        train, chosen = self.hold_out(len(rest), count_of(val, len(rest)))
        rows = {"train": rest[train], "val": rest[chosen], "test": held}
        return {name: rows[name] for name in rows if len(rows[name])}

    @property
    def preprocessing(self) -> WordCountPreprocessing:
        """The counting of words with the same vocabulary."""
        return WordCountPreprocessing(vocabulary=self.spec.vocabulary)

    def titles(self, split: str) -> list[str]:
        """Return the titles of the documents of a split."""
        return [self.documents.titles[row] for row in self.rows[split].tolist()]

    def load(self) -> Splits:
        """Return the counts in the smallest type of integers. Warns of documents without a word of the vocabulary."""
        table = self.documents.table(range(len(self.documents.titles)), self.columns, self.spec.shape[0])
        if (empty := np.flatnonzero(~table.any(1))).size:
            are = "document has" if empty.size == 1 else "documents have"
            warnings.warn(
                f"{self.documents.source}: {empty.size} {are} no word of the vocabulary, so all counts are 0, for "
                f"example '{self.documents.titles[empty[0]]}'",
                DataWarning,
                stacklevel=2,
            )
        counts = Batch(torch.from_numpy(table), torch.zeros(len(table)))
        return {name: Split(counts, rows) for name, rows in self.rows.items()}


class WordCounts(CountData):
    """Your own documents as counts of their words, x (N, V), without a target.

    path: a folder with a .txt file for each document; a .txt file with one document a line; or a file of counts
    (.ldac): a line `M word:count word:count ...` for each document, with words numbered from 0. Texts are split into
    words and numbers in lower case, without punctuation marks. vocabulary, titles: for a file of counts, the files with
    one word, or one title, a line; null for the files with the same name that end in .tokens or .vocab, and in .titles.
    min_count, max_share, max_vocabulary: words are left out if they occur less often in the training documents, occur
    in a larger fraction of them, or are not among the max_vocabulary most frequent of the remaining words. test:
    fraction of the documents, which does not depend on `seed`; val: fraction of the other documents held out by
    `seed`. Raises UserError, with file and line, for data that cannot be used.
    """

    def __init__(
        self,
        *,
        path: str,
        vocabulary: str | None = None,
        titles: str | None = None,
        min_count: int = 2,
        max_share: float = 1.0,
        max_vocabulary: int | None = 5000,
        val: float = 0.1,
        test: float = 0.2,
        seed: int = 0,
    ) -> None:
        place = expand_path(path)
        place = place if place.is_dir() else existing_file(path)
        files = [None if name is None else existing_file(name) for name in (vocabulary, titles)]
        super().__init__(
            read_documents(place, words=files[0], titles=files[1]),
            min_count=min_count,
            max_share=max_share,
            max_vocabulary=max_vocabulary,
            val=val,
            test=test,
            seed=seed,
        )
        self.digest = digest_of(self.documents)


class Reuters(CountData):
    """395 Reuters news stories of 1996 and 1997 as counts of 4258 words, without stop words, x (N, V); no target.

    root: folder with text/reuters_lda/reuters.ldac, .tokens and .titles, else $NNZOO_DATA, else the cache. min_count,
    max_share, max_vocabulary: words are left out if they occur less often in the training documents, occur in a larger
    fraction of them, or are not among the max_vocabulary most frequent of the remaining words. test: fraction of the
    documents, which does not depend on `seed`; val: fraction of the other documents held out by `seed`. Raises
    UserError for values out of range and for files that are missing or damaged.
    """

    def __init__(
        self,
        *,
        root: str | None = None,
        min_count: int = 1,
        max_share: float = 1.0,
        max_vocabulary: int | None = None,
        val: float = 0.1,
        test: float = 0.2,
        seed: int = 0,
    ) -> None:
        path = data_file(root, FILE, "the Reuters corpus of the Python package lda")
        documents = read_documents(path)
        if digest_of(documents) != SHA256:
            raise UserError(f"{path} or its vocabulary is not the original file (wrong checksum); download it again")
        super().__init__(
            documents._replace(source="Reuters"),
            min_count=min_count,
            max_share=max_share,
            max_vocabulary=max_vocabulary,
            val=val,
            test=test,
            seed=seed,
        )


def choose_words(
    documents: Documents, train: Tensor, min_count: int, max_share: float, max_vocabulary: int | None
) -> "np.ndarray[tuple[int], np.dtype[np.int64]]":
    """Return the column of each word in the table of counts, -1 for words that are left out. See `CountData`."""
    if min_count < 1:
        raise UserError(f"min_count is {min_count}; it must be at least 1")
    if not 0 < max_share <= 1:
        raise UserError(f"max_share is {max_share}; it is a fraction of the documents, above 0 and at most 1")
    if max_vocabulary is not None and max_vocabulary < 1:
        raise UserError(f"max_vocabulary is {max_vocabulary}; it must be at least 1, or null for all words")
    total, spread = np.zeros((2, len(documents.words)), dtype=np.int64)
    for row in train.tolist():
        total[documents.numbers[row]] += documents.counts[row]
        spread[documents.numbers[row]] += 1
    kept = np.flatnonzero((total >= min_count) & (spread <= max_share * len(train)))
    if not len(kept):
        raise UserError(
            f"{documents.source}: none of the words of {len(train)} training documents remains with "
            f"min_count={min_count} and max_share={max_share}"
        )
    kept = np.sort(kept[np.argsort(-total[kept], kind="stable")][:max_vocabulary])
    columns = np.full(len(documents.words), -1)
    columns[kept] = np.arange(len(kept))
    return columns


def digest_of(documents: Documents) -> str:
    """Return a checksum of words and counts."""
    checksum = hashlib.sha256("\n".join(documents.words).encode())
    for part in (documents.numbers, documents.counts):
        checksum.update(np.concatenate(part).tobytes() + b"|".join(str(len(each)).encode() for each in part))
    return checksum.hexdigest()
