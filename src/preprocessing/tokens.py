"""Preprocessing of token ids, and of sentences and texts with the vocabulary of the training data.

Shapes: N sentences, T tokens of the longest, n tokens per step.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar, Literal, Self

import numpy as np
import torch
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence

from ..errors import UserError, did_you_mean
from ..files.arrays import read_inputs
from ..files.chunks import DOCUMENT_START, is_chunk_tag, split_fields
from ..files.chunks import sentences as read_sentences
from ..files.text import lower, normalize
from ..files.text import read as read_text
from ..spec import DataSpec
from ..text.tokenizers import Characters, Words
from ..text.vocabulary import START, UNKNOWN, Vocabulary
from .base import PIECE, Inputs, Preprocessing
from .numbers import as_tensor

Cut = Literal["white space", "blanks", "words", "characters", "known words"]
ARRAYS = (".npy", ".npz", ".csv")
EMBEDDED = 64  # approximate size of the embedding of a token, for networks without an output for each token


@dataclass(frozen=True, kw_only=True)
class TokenPreprocessing(Preprocessing):
    """Check of token ids, and tokenization of sentences as in the training data.

    vocabulary: tokens by id; shape: () for one token per step, (n,) for n; seq_len: as in `DataSpec`.
    cut: how to tokenize. Sentences are split into lower-case words at "white space" or at "blanks", see `split_fields`;
    running text into "words" and punctuation marks, see `Words` with `lines`, or into "characters". "known words" are
    separated by white space and must be in the vocabulary, else in lower case.
    features: further tokens of each word: POS, its part of speech; CASE, its capitalization.
    """

    kind: ClassVar[str] = "tokens"

    vocabulary: tuple[str, ...]
    shape: tuple[int, ...] = ()
    seq_len: int | None = None
    cut: Cut = "white space"
    lines: bool = True
    features: tuple[Literal["POS", "CASE"], ...] = ()

    @classmethod
    def of(cls, spec: DataSpec) -> Self:
        """Return the preprocessing that follows from a spec."""
        cut: Cut = "white space"
        if spec.target == "next_token":
            cut = "words" if START in spec.vocabulary else "characters"
        return cls(vocabulary=spec.vocabulary, shape=spec.shape, seq_len=spec.seq_len, cut=cut)

    @classmethod
    def from_dict(cls, plain: Mapping[str, Any]) -> Self:
        """Rebuild it from `to_dict`."""
        fields: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in plain.items()}
        return cls(**fields)

    def encode(self, raw: Any) -> Inputs:
        """Return token ids (N, T, *shape) unchanged, or those of sentences, padded, with their mask (N, T).

        raw: integers, for a single example also without N; or one or several sentences, as str. Raises UserError for
        other shapes, numbers that are not ids, sentences without a word and characters outside the vocabulary.
        """
        texts = as_strings(raw)
        if texts is None:
            x = self._checked(as_tensor(raw))
            return Inputs(x, None, {"index": range(len(x))})
        return self._padded([self._ids(text, f"sentence {i}") for i, text in enumerate(texts, 1)], 0)

    def read(self, path: Path) -> Iterator[Inputs]:
        """Yield the examples of an .npy, .npz (array x) or .csv of ids, or of a text file with one sentence per line.

        If the training data has one word per line, with its part of speech and a tag, such files are read as well,
        recognized by their first line. Raises UserError.
        """
        if path.suffix.lower() not in ARRAYS:
            yield from self._pieces(self._sentences(path))
            return
        values = read_inputs(path)
        if values.ndim == 1 + len(self.shape):
            values = values[None]
        rows = max(1, PIECE // max(1, values[:1].size * self._width))
        for begin in range(0, len(values), rows):
            x = self._checked(as_tensor(values[begin : begin + rows]))
            yield Inputs(x, None, {"index": range(begin, begin + len(x))})

    @property
    def tokenizer(self) -> Characters | Words:
        """The tokenizer of running text. Raises UserError if the data is sentences."""
        if self.cut == "characters":
            return Characters(self._known)
        if self.cut == "words":
            return Words(self._known, lines=self.lines)
        raise UserError("only a language model continues texts; this network reads whole sentences")

    def tokens(self, words: Sequence[str], speech: Sequence[str] | None = None) -> Tensor:
        """Return the ids of a sentence: (T,), or (T, n) with features; without `speech`, POS is <unk>."""
        ids = [self._known.encode(lower(word) for word in words)]
        for feature in self.features:
            values = map(case, words) if feature == "CASE" else speech or []
            named = [f"{feature}:{value}" for value in values] or [UNKNOWN] * len(words)
            ids.append(self._known.encode(named))
        return torch.stack(ids, 1) if self.features else ids[0]

    @cached_property
    def _known(self) -> Vocabulary:
        return Vocabulary(self.vocabulary)

    @property
    def _width(self) -> int:
        """The approximate number of activations per token: a language model has an output for each token."""
        return len(self.vocabulary) if self.cut in ("words", "characters") else EMBEDDED

    def _ids(self, text: str, place: str) -> Tensor:
        """Return the ids of a sentence; place: its location for messages."""
        if self.cut in ("words", "characters"):
            try:
                ids = self.tokenizer.encode(text)
            except UserError as error:
                raise UserError(f"{place}: {error}") from None
            if not len(ids):
                raise UserError(f"{place} has no characters")
            return ids
        if self.cut == "known words":
            return self._known_words(normalize(text).split(), place)
        if self._known.unknown is None or len(self.shape) != bool(self.features):
            size = "".join(f"{n} " for n in self.shape)
            raise UserError(
                f"sentences are for networks that read words; this one takes {size}token ids per step, integers from 0 "
                f"to {len(self.vocabulary) - 1}"
            )
        words = split_fields(normalize(text)) if self.cut == "blanks" else normalize(text).split()
        if not words:
            raise UserError(f"{place} has no words")
        if self.seq_len not in (None, len(words)):
            raise UserError(f"{place} has {len(words)} words; the network takes {self.seq_len}")
        return self.tokens(words)

    def _known_words(self, words: Sequence[str], place: str) -> Tensor:
        """Return the ids of words: (T,). Raises UserError without words and for a word outside of the vocabulary."""
        if not words:
            raise UserError(f"{place} has no words")
        found = [word if word in self._known.ids else lower(word) for word in words]
        for word in found:
            if word not in self._known.ids:
                raise UserError(f"{place}: '{word}' is not in the vocabulary{did_you_mean(word, self.vocabulary)}")
        return self._known.encode(found)

    def _padded(self, ids: Sequence[Tensor], begin: int) -> Inputs:
        lengths = torch.tensor([len(each) for each in ids])
        mask = torch.arange(int(lengths.max())) < lengths[:, None]
        return Inputs(pad_sequence(list(ids), batch_first=True), mask, {"index": range(begin, begin + len(ids))})

    def _sentences(self, path: Path) -> Iterator[Tensor]:
        """Yield the ids of the sentences of a text file."""
        lines = read_text(path).rstrip("\n").split("\n")
        first = next(split_fields(line) for line in lines if line.strip())
        if self.cut == "blanks" and (first[0] == DOCUMENT_START or (len(first) == 3 and is_chunk_tag(first[2]))):
            yield from (self.tokens(sentence.words, sentence.pos_tags) for sentence in read_sentences(path))
            return
        for number, line in enumerate(lines, 1):
            if not line.strip():
                raise UserError(f"{path}, line {number} is empty; each line is a sentence, so remove empty ones")
            yield self._ids(line, f"{path}, line {number}")

    def _pieces(self, sentences: Iterator[Tensor]) -> Iterator[Inputs]:
        """Yield padded pieces of sentences, of about PIECE activations each."""
        begin, longest = 0, 0
        piece: list[Tensor] = []
        for ids in sentences:
            longest = max(longest, len(ids))
            if piece and (len(piece) + 1) * longest * self._width > PIECE:
                yield self._padded(piece, begin)
                begin, longest, piece = begin + len(piece), len(ids), []
            piece.append(ids)
        yield self._padded(piece, begin)

    def _checked(self, x: Tensor) -> Tensor:
        """Return checked ids of the user. Raises UserError for another shape and for numbers that are not ids."""
        shape = (self.seq_len or "T", *self.shape)
        if x.ndim == len(shape):
            x = x[None]
        sizes = zip(shape, x.shape[1:], strict=False)
        if x.ndim != len(shape) + 1 or any(isinstance(size, int) and size != n for size, n in sizes):
            wanted = f"(B, {', '.join(map(str, shape))})"
            raise UserError(f"the input has shape {tuple(x.shape)}; the network takes {wanted}")
        if not x.shape[1]:
            raise UserError("the input has sequences without a step")
        ids = x.long()
        whole = not x.is_floating_point() or bool((x == ids).all())
        if not whole or not ((ids >= 0) & (ids < len(self.vocabulary))).all():
            raise UserError(
                f"the input is not an array of token ids, which are integers from 0 to {len(self.vocabulary) - 1}"
            )
        return ids


def as_strings(raw: Any) -> list[str] | None:
    """Return one str or a list, array or column of them as a list, None for anything else.

    Raises UserError if only some of them are str.
    """
    if isinstance(raw, str):
        return [raw]
    if isinstance(raw, np.ndarray):
        values = raw.tolist() if raw.dtype.kind in "OUT" and raw.ndim == 1 else []
    elif isinstance(raw, Sequence):
        values = list(raw)
    else:
        values = raw.to_list() if hasattr(raw, "to_list") else []  # a column of pandas or polars
    others = [place for place, value in enumerate(values) if not isinstance(value, str)]
    if len(others) == len(values):
        return None
    if others:
        raise UserError(f"sentence {others[0] + 1} is {values[others[0]]!r}, not text")
    return values


def case(word: str) -> str:
    """Return the capitalization of a word.

    >>> [case(word) for word in ("pound", "IBM", "Boeing", "A", "McDonald", "eBay", "1,700")]
    ['lower', 'upper', 'title', 'title', 'mixed', 'mixed', 'none']
    """
    if word == word.capitalize() and word[0].isupper():
        return "title"
    if word.islower():
        return "lower"
    if word.isupper():
        return "upper"
    return "mixed" if any(letter.isupper() for letter in word) else "none"
