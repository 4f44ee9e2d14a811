"""CoNLL-2000: chunking (shallow parsing) of sentences of the Wall Street Journal (Tjong Kim Sang and Buchholz).

Source of the task: Aggarwal, Neural Networks and Deep Learning, 7.7.4. Shapes: N sentences, T words of the longest,
n tokens at a step.
"""

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence

from ...files.chunks import Sentence, sentences
from ...files.contents import of_files
from ...files.paths import digest_of
from ...files.text import find_text_file, lower
from ...preprocessing.tokens import TokenPreprocessing
from ...spec import Batch, DataSpec
from ...text.vocabulary import PAD, UNKNOWN, Vocabulary
from ..base import Data, Splits
from ..holdout import check_fraction

FOLDER = "text/conll2000"
CASES = ("lower", "upper", "title", "mixed", "none")


class CoNLL2000(Data):
    """CoNLL-2000 sentences in lower case; the target of each word is its chunk tag, such as B-NP, I-NP or O.

    B-NP is the first word of a noun phrase, I-NP a later word of it, O a word outside of phrases.
    root: folder with text/conll2000/train.txt and test.txt, else $NNZOO_DATA. features: add the part of speech and the
    case of each word as tokens of the same vocabulary, x (N, T, 3). min_count: words with a lower count in the training
    sentences become <unk>. val: fraction of the training sentences held out by `seed`, may be 0.
    Raises UserError for values out of range and for files that are missing or damaged.
    """

    def __init__(
        self,
        *,
        root: str | None = None,
        features: bool = False,
        min_count: int = 2,
        val: float = 0.1,
        seed: int = 0,
    ) -> None:
        super().__init__(seed=seed)
        check_fraction("val", val)
        files = [find_text_file(f"{FOLDER}/{name}.txt", root) for name in ("train", "test")]
        given, test = map(sentences, files)
        self.digest, self.contents = digest_of(files), of_files(files)
        rest, held = (index.tolist() for index in self.hold_out(len(given), round(val * len(given))))
        self.parts = {"train": [given[i] for i in rest], "val": [given[i] for i in held], "test": test}
        train = self.parts["train"]
        self.vocabulary = Vocabulary.from_tokens(
            (lower(word) for sentence in train for word in sentence.words),
            special=(PAD, UNKNOWN),
            min_count=min_count,
        )
        if features:
            # in upper case, so that they differ from all words
            speech = sorted({f"POS:{name}" for sentence in train for name in sentence.pos_tags})
            self.vocabulary = Vocabulary([*self.vocabulary.tokens, *speech, *(f"CASE:{case}" for case in CASES)])
        self.labels = Vocabulary(sorted({tag for sentence in [*given, *test] for tag in sentence.tags}))
        self.spec = DataSpec(
            "tokens",
            (3,) if features else (),
            "classes",
            len(self.labels),
            sequence=True,
            per_step=True,
            vocabulary=self.vocabulary.tokens,
            labels=self.labels.tokens,
        )
        self._preprocessing = TokenPreprocessing(
            vocabulary=self.vocabulary.tokens,
            shape=self.spec.shape,
            cut="blanks",
            features=("POS", "CASE") if features else (),
        )

    @property
    def preprocessing(self) -> TokenPreprocessing:
        """The conversion of sentences to ids."""
        return self._preprocessing

    def load(self) -> Splits:
        """Encode and pad the sentences."""
        return {name: self.batch(part) for name, part in self.parts.items() if part}

    def batch(self, part: Sequence[Sentence]) -> Batch:
        """Return sentences as x (N, T) or (N, T, 3), tags y (N, T) and mask (N, T)."""
        lengths = torch.tensor([len(sentence.words) for sentence in part])
        return Batch(
            pad_sequence([self._preprocessing.tokens(s.words, s.pos_tags) for s in part], batch_first=True),
            pad_sequence([self.labels.encode(s.tags) for s in part], batch_first=True),
            torch.arange(int(lengths.max())) < lengths[:, None],
        )

    def decode(self, ids: Tensor) -> str:
        """Return the words with the ids (T,) or (T, 3), without padding."""
        words = self.vocabulary.decode(ids[:, 0] if self.spec.shape else ids)
        return " ".join(word for word in words if word != PAD)
