"""Tokenizers, which convert a text to token ids and back, by characters or by words.

Shapes: T tokens.
"""

import re
from collections.abc import Iterator
from itertools import chain

import regex  # type: ignore[import-untyped]
from torch import Tensor

from ..files.text import lower, normalize
from .vocabulary import END, START, Vocabulary

# letters with their combining marks and invisible joiners
LETTER = r"[\w\p{M}\p{N}\u200c\u200d]"
# characters allowed inside a word: apostrophes, hyphens, the Catalan middle dot, Hebrew geresh and gershayim
JOINT = r"['\u2019\u2010\u2011\u00b7\u05f3\u05f4\u00ad-]"
# numbers; words; otherwise a single grapheme: an emoji of several code points is one token
WORD = regex.compile(rf"\d+(?:[.,]\d+)+|{LETTER}+(?:{JOINT}{LETTER}+)*|(?=[^\w\s\x1c-\x1f])(?:\p{{Cf}}|\X)")
# the same for ASCII text, three times faster
ASCII = re.compile(r"\d+(?:[.,]\d+)+|\w+(?:['-]\w+)*|[^\w\s\x1c-\x1f]", re.ASCII)
# the space after a sentence; a sentence may continue after a quoted question: "Who?" asked the owl.
SPACE = r"(?<=[.!?])\s+|(?<=[.!?][\"'\u201d\u2019)])\s+(?![a-z\s])"
LINE, PARAGRAPH = re.compile(rf"{SPACE}|\n"), re.compile(rf"{SPACE}|\n\s*\n")


class Characters:
    """Tokenizer with a token for each character.

    start: id of the token before a text, a newline or else the most frequent character; end: None, since no token ends
    a text; never_sampled: ids that must not be sampled, none.
    """

    end = None
    never_sampled: tuple[int, ...] = ()

    def __init__(self, vocabulary: Vocabulary) -> None:
        self.vocabulary = vocabulary
        self.start = vocabulary.ids.get("\n", 0)

    def encode(self, text: str) -> Tensor:
        """Return the ids of the characters: (T,). Raises UserError with the position of an unknown character."""
        return self.vocabulary.encode(normalize(text))

    def decode(self, ids: Tensor) -> str:
        """Return the text of ids (T,)."""
        return "".join(self.vocabulary.decode(ids))


class Words:
    """Tokenizer with a token for each lower-case word and punctuation mark, and <START> and <END> at sentence bounds.

    Sentences end after . ! or ? and a space, and at the end of a line if `lines`, else at a blank line.
    start, end: ids of <START> and <END>; never_sampled: ids that must not be sampled, that of <unk>.
    Aggarwal 7.2.1.
    """

    def __init__(self, vocabulary: Vocabulary, *, lines: bool = True) -> None:
        self.vocabulary = vocabulary
        self.lines = lines
        self.start, self.end = vocabulary.ids[START], vocabulary.ids[END]
        # <START> may be sampled: decode omits it, and the network must read it after <END>
        self.never_sampled = () if vocabulary.unknown is None else (vocabulary.unknown,)

    def encode(self, text: str) -> Tensor:
        """Return the token ids of a text: (T,), at least <START>; an unfinished last sentence has no <END>.

        Raises UserError with the position of an unknown token if the vocabulary has no <unk>.
        """
        return self.vocabulary.encode(sentences(text, lines=self.lines))

    def decode(self, ids: Tensor) -> str:
        """Return the text of ids (T,), with one sentence per line."""
        words = ["\n" if word == END else word for word in self.vocabulary.decode(ids) if word != START]
        text = re.sub(r" (?=[.,:;!?)\n])|(?<=[\n(]) ", "", " ".join(words))
        return "\n".join(map(join_quotes, text.split("\n")))


def join_quotes(line: str) -> str:
    """Remove the spaces inside the quotation marks of a line; every second mark is a closing one."""
    parts = line.split('"')
    return '"'.join(part.strip(" ") if place % 2 else part for place, part in enumerate(parts))


Tokenizer = Characters | Words


def sentences(text: str, *, lines: bool) -> list[str]:
    """Return the tokens of a text, with <START> and <END> around each sentence; an unfinished last one has no <END>."""
    return list(chain.from_iterable(iterate_sentences(text, lines=lines)))


def iterate_sentences(text: str, *, lines: bool) -> Iterator[list[str]]:
    """Yield the tokens of each sentence, see `sentences`; yields at least one sentence, which may have no words."""
    text = normalize(text)
    begin, found_any = 0, False
    for space in (LINE if lines else PARAGRAPH).finditer(text):
        if found := split_words(text[begin : space.start()]):
            yield [START, *found, END]
            found_any = True
        begin = space.end()
    last = text[begin:]
    if last.strip() or not found_any:
        yield [START, *split_words(last)]


def split_words(text: str) -> list[str]:
    """Return the lower-case words and punctuation marks of a text."""
    found: list[str] = ASCII.findall(text.lower()) if text.isascii() else WORD.findall(lower(text))
    return found
