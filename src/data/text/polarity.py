"""Sentence polarity: 5331 positive and 5331 negative sentences of film reviews (Pang and Lee, 2005).

Source of the task: Aggarwal, Neural Networks and Deep Learning, 7.7.3. Shapes: N sentences, T words of the longest.
"""

from pathlib import Path
from typing import ClassVar

import torch
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence

from ...errors import UserError
from ...files.contents import of_files
from ...files.paths import digest_of
from ...files.text import find_text_file, lower
from ...preprocessing.tokens import TokenPreprocessing
from ...spec import Batch, DataSpec
from ...text.vocabulary import PAD, UNKNOWN, Vocabulary
from ..base import Data, Splits
from ..holdout import check_fraction, stratified

FILES = {"negative": "text/sentence_polarity/rt-polarity.neg", "positive": "text/sentence_polarity/rt-polarity.pos"}


class SentencePolarity(Data):
    """10662 sentences of film reviews in lower case; the classes are positive and negative.

    root: folder with text/sentence_polarity/rt-polarity.neg and .pos, else $NNZOO_DATA. min_count: words with a lower
    count in the training sentences become <unk>. test: fraction of the sentences; there is no official test set, and
    this one does not depend on `seed`. val: fraction of the other sentences held out by `seed`, may be 0. All splits
    are stratified. Raises UserError for values out of range and for files that are missing or empty.
    """

    batch_size: ClassVar[int] = 50

    def __init__(
        self,
        *,
        root: str | None = None,
        min_count: int = 2,
        val: float = 0.1,
        test: float = 0.1,
        seed: int = 0,
    ) -> None:
        super().__init__(seed=seed)
        check_fraction("val", val)
        check_fraction("test", test)
        if not test:
            raise UserError("test is 0; it must be a fraction above 0: there is no official test set")
        files = [find_text_file(name, root) for name in FILES.values()]
        by_class = [sentences(file) for file in files]
        self.digest, self.contents = digest_of(files), of_files(files)
        self.words = [words for part in by_class for words in part]
        self.y = torch.tensor([label for label, part in enumerate(by_class) for _ in part])
        rest, held = stratified(self.y, round(test * len(self.y)), 0)
        train, val_part = self.hold_out(len(rest), round(val * len(rest)), self.y[rest])
        self.parts = {"train": rest[train], "val": rest[val_part], "test": held}
        self.vocabulary = Vocabulary.from_tokens(
            (word for i in self.parts["train"].tolist() for word in self.words[i]),
            special=(PAD, UNKNOWN),
            min_count=min_count,
        )
        self.spec = DataSpec(
            "tokens",
            (),
            "classes",
            len(FILES),
            sequence=True,
            vocabulary=self.vocabulary.tokens,
            labels=tuple(FILES),
        )

    @property
    def preprocessing(self) -> TokenPreprocessing:
        """The conversion of sentences to ids."""
        return TokenPreprocessing(vocabulary=self.spec.vocabulary)

    def load(self) -> Splits:
        """Encode and pad the sentences."""
        return {name: self.batch(index) for name, index in self.parts.items() if len(index)}

    def batch(self, index: Tensor) -> Batch:
        """Return the chosen sentences: x (N, T), y (N,), mask (N, T)."""
        ids = [self.vocabulary.encode(self.words[i]) for i in index.tolist()]
        lengths = torch.tensor([len(sentence) for sentence in ids])
        mask = torch.arange(int(lengths.max())) < lengths[:, None]
        return Batch(pad_sequence(ids, batch_first=True), self.y[index], mask)

    def decode(self, ids: Tensor) -> str:
        """Return the words with the ids (T,), without padding."""
        return " ".join(word for word in self.vocabulary.decode(ids) if word != PAD)


def sentences(path: Path) -> list[list[str]]:
    """Return the words of each line; the original files are encoded in Latin-1, some copies in UTF-8.

    Raises UserError if there are none.
    """
    content = path.read_bytes()
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        text = content.decode("latin-1")
    found = [words for line in lower(text).split("\n") if (words := line.split())]
    if not found:
        raise UserError(f"{path} is empty")
    return found
