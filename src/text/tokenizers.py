"""From a text to the ids of its tokens and back: by characters or by words.

Shapes: T tokens.
"""

import re
from collections.abc import Iterator
from itertools import chain

import regex  # type: ignore[import-untyped]
from torch import Tensor

from ..files.text import lowered, normalized
from .vocabulary import END, START, Vocabulary

# letters with their combining marks, and what joins letters without a visible sign
LETTER = r"[\w\p{M}\p{N}\u200c\u200d]"
# apostrophes, hyphens, Catalan's middle dot, Hebrew's geresh and gershayim, the soft hyphen: inside a word alone
JOINT = r"['\u2019\u2010\u2011\u00b7\u05f3\u05f4\u00ad-]"
# numbers; words; else one character, as a reader counts them: an emoji of several code points is one
WORD = regex.compile(rf"\d+(?:[.,]\d+)+|{LETTER}+(?:{JOINT}{LETTER}+)*|(?=[^\w\s\x1c-\x1f])(?:\p{{Cf}}|\X)")
# the same of ASCII characters alone, three times as fast
ASCII = re.compile(r"\d+(?:[.,]\d+)+|\w+(?:['-]\w+)*|[^\w\s\x1c-\x1f]", re.ASCII)
# the space after a sentence; a question in quotation marks may go on: "Who?" asked the owl.
SPACE = r"(?<=[.!?])\s+|(?<=[.!?][\"'\u201d\u2019)])\s+(?![a-z\s])"
LINE, PARAGRAPH = re.compile(rf"{SPACE}|\n"), re.compile(rf"{SPACE}|\n\s*\n")


class Characters:
    """A token for each character.

    start: id of what may stand before a text, a newline or else the most frequent character; end: None, for nothing
    says that a text ends; never_written: no ids, each is a character of a text.
    """

    end = None
    never_written: tuple[int, ...] = ()

    def __init__(self, vocabulary: Vocabulary) -> None:
        self.vocabulary = vocabulary
        self.start = vocabulary.ids.get("\n", 0)

    def encode(self, text: str) -> Tensor:
        """Return the ids of the characters: (T,). Raises UserError with the place of an unknown one."""
        return self.vocabulary.encode(normalized(text))

    def decode(self, ids: Tensor) -> str:
        """Return the text of ids (T,)."""
        return "".join(self.vocabulary.decode(ids))


class Words:
    """A token for each word in lower case and each punctuation mark, <START> and <END> around each sentence.

    lines: a sentence ends at the end of a line, too, not only after . ! or ? and a space; without it, at a blank line.
    start, end: ids of <START> and <END>; never_written: that of <unk>, which stands for words that are not known.
    Aggarwal 7.2.1.
    """

    def __init__(self, vocabulary: Vocabulary, *, lines: bool = True) -> None:
        self.vocabulary = vocabulary
        self.lines = lines
        self.start, self.end = vocabulary.ids[START], vocabulary.ids[END]
        # <START> is no such id: decode leaves it out, and after <END> the network has to read it
        self.never_written = () if vocabulary.unknown is None else (vocabulary.unknown,)

    def encode(self, text: str) -> Tensor:
        """Return the ids of the beginning of a text, <START> at least: (T,); its last sentence may go on.

        Raises UserError with the place of an unknown token, where the vocabulary has no <unk>.
        """
        return self.vocabulary.encode(sentences(text, lines=self.lines))

    def decode(self, ids: Tensor) -> str:
        """Return the text of ids (T,), a sentence a line."""
        words = ["\n" if word == END else word for word in self.vocabulary.decode(ids) if word != START]
        text = re.sub(r" (?=[.,:;!?)\n])|(?<=[\n(]) ", "", " ".join(words))
        return "\n".join(map(quoted, text.split("\n")))


def quoted(line: str) -> str:
    """Return a line without the spaces inside its quotation marks, of which every second one closes."""
    parts = line.split('"')
    return '"'.join(part.strip(" ") if place % 2 else part for place, part in enumerate(parts))


Tokenizer = Characters | Words


def sentences(text: str, *, lines: bool) -> list[str]:
    """Return words and punctuation marks, <START> before each sentence and <END> after each but an unfinished last."""
    return list(chain.from_iterable(by_sentence(text, lines=lines)))


def by_sentence(text: str, *, lines: bool) -> Iterator[list[str]]:
    """Yield the tokens of `sentences`, a sentence at a time: at least one, which may have no words."""
    text = normalized(text)
    begin, found_any = 0, False
    for space in (LINE if lines else PARAGRAPH).finditer(text):
        if found := words(text[begin : space.start()]):
            yield [START, *found, END]
            found_any = True
        begin = space.end()
    last = text[begin:]
    if last.strip() or not found_any:
        yield [START, *words(last)]


def words(text: str) -> list[str]:
    """Return words in lower case and punctuation marks."""
    found: list[str] = ASCII.findall(text.lower()) if text.isascii() else WORD.findall(lowered(text))
    return found
