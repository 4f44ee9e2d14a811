"""From a text to the ids of its tokens and back: by characters or by words.

Shapes: T tokens.
"""

import re

from torch import Tensor

from ..errors import UserError
from ..spec import DataSpec
from .vocabulary import END, START, Vocabulary

WORD = re.compile(r"\d+(?:[.,]\d+)+|\w+(?:['\u2019-]\w+)*|[^\w\s]")
# the space after a sentence; a question in quotation marks may go on: "Who?" asked the owl.
SPACE = r"(?<=[.!?])\s+|(?<=[.!?][\"'\u201d\u2019)])\s+(?![a-z\s])"
LINE, PARAGRAPH = re.compile(rf"{SPACE}|\n"), re.compile(rf"{SPACE}|\n\s*\n")


class Characters:
    """A token for each character.

    start: id of what may stand before a text, a newline or else the most frequent character; end: None, for nothing
    says that a text ends.
    """

    end = None

    def __init__(self, vocabulary: Vocabulary) -> None:
        self.vocabulary = vocabulary
        self.start = vocabulary.ids.get("\n", 0)

    def encode(self, text: str) -> Tensor:
        """Return the ids of the characters: (T,). Raises UserError with the place of an unknown one."""
        return self.vocabulary.encode(text)

    def decode(self, ids: Tensor) -> str:
        """Return the text of ids (T,)."""
        return "".join(self.vocabulary.decode(ids))


class Words:
    """A token for each word in lower case and each punctuation mark, <START> and <END> around each sentence.

    lines: a sentence ends at the end of a line, too, not only after . ! or ? and a space; without it, at a blank line.
    start, end: ids of <START> and <END>. Aggarwal 7.2.1.
    """

    def __init__(self, vocabulary: Vocabulary, *, lines: bool = True) -> None:
        self.vocabulary = vocabulary
        self.lines = lines
        self.start, self.end = vocabulary.ids[START], vocabulary.ids[END]

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


def tokenizer(spec: DataSpec) -> Tokenizer:
    """Return how a text of this vocabulary is read: by words where there is a <START>, else by characters.

    Raises UserError for data that are no text to be continued.
    """
    if spec.target != "next_token":
        raise UserError(f"only a language model continues texts; the data is {spec}")
    vocabulary = Vocabulary(spec.vocabulary)
    return Words(vocabulary) if START in vocabulary.ids else Characters(vocabulary)


def sentences(text: str, *, lines: bool) -> list[str]:
    """Return words and punctuation marks, <START> before each sentence and <END> after each but an unfinished last."""
    *finished, last = (LINE if lines else PARAGRAPH).split(text)
    tokens = []
    for sentence in finished:
        if words := WORD.findall(sentence.lower()):
            tokens += [START, *words, END]
    return [*tokens, START, *WORD.findall(last.lower())] if last.strip() or not tokens else tokens
