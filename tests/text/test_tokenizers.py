import random
import re
import sys
import unicodedata

import pytest
import torch
from nnzoo.data.text.language_model import CharText, WordText
from nnzoo.errors import UserError
from nnzoo.files.text import lower
from nnzoo.text.tokenizers import WORD, Characters, Words, sentences
from nnzoo.text.tokenizers import split_words as split
from nnzoo.text.vocabulary import END, START, UNKNOWN, Vocabulary


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("नदी के किनारे।", ["नदी", "के", "किनारे", "।"]),
        ("மரம் வளரும்", ["மரம்", "வளரும்"]),
        ("שָׁלוֹם, צה״ל", ["שָׁלוֹם", ",", "צה״ל"]),
        ("السَّلَامُ عَلَيْكُم", ["السَّلَامُ", "عَلَيْكُم"]),
        ("می\u200cخواهم", ["می\u200cخواهم"]),  # noqa: RUF001
        ("ක්\u200dරියා", ["ක්\u200dරියා"]),
        ("re\u0301sume\u0301 nai\u0308ve", ["re\u0301sume\u0301", "nai\u0308ve"]),
        ("ภาษาไทย ที่", ["ภาษาไทย", "ที่"]),
        ("Do\xadnau l’été col·lega 5m²", ["Do\xadnau", "l’été", "col·lega", "5m²"]),  # noqa: RUF001
        ("ok👩\u200d👧👍🏽❤\ufe0f!", ["ok", "👩\u200d👧", "👍🏽", "❤\ufe0f", "!"]),
    ],
)
def test_words_of_all_scripts_are_single_tokens(text, words):
    assert WORD.findall(text) == words


def test_other_characters_are_split_as_by_re():
    """Except for marks, joiners and circled letters, they are words, punctuation or space as in re."""
    plain = re.compile(r"\d+(?:[.,]\d+)+|\w+(?:['\u2019-]\w+)*|[^\w\s]")
    for place in range(0, sys.maxunicode, 7):
        kind = unicodedata.category(chr(place))
        if kind[0] in "MC" or kind == "So" or chr(place) in "\u2010\u2011\u00b7\u05f3\u05f4":
            continue
        for text in (chr(place), f"a{chr(place)}a"):
            assert WORD.findall(text) == plain.findall(text)


def test_ascii_texts_are_split_as_by_the_general_pattern():
    rng = random.Random(0)
    every, odd = "".join(map(chr, range(128))), "aB1_'-.,;! \n\r\t\x0b\x1c\x1f\0"
    for count in range(5000):
        text = "".join(rng.choices(odd if count % 2 else every, k=rng.randint(0, 12)))
        assert split(text) == WORD.findall(lower(text))


def test_accents_are_normalized():
    assert sentences("E\u0301te\u0301\r\nJ\u030c", lines=True) == [START, "\xe9t\xe9", END, START, "\u01f0"]
    text = words("\xe9t\xe9")
    assert text.encode("e\u0301te\u0301").tolist() == text.encode("\xe9t\xe9").tolist() == [1, 3]
    chars = Characters(Vocabulary("\xe9t\n"))
    assert chars.encode("e\u0301t\r\n").tolist() == [0, 1, 2]


@pytest.mark.parametrize(
    ("text", "lines", "tokens"),
    [
        ("The cat. It Ran!\n", True, "<START> the cat . <END> <START> it ran ! <END>"),
        ("one line\nand another\n", True, "<START> one line <END> <START> and another <END>"),
        ("one line\nand the same\n\nnext", False, "<START> one line and the same <END> <START> next"),
        ('"Who?" asked Ann. "You!" He', True, '<START> " who ? " asked ann . <END> <START> " you ! " <END> <START> he'),
        ('"Who?"\nasked Ann.', False, '<START> " who ? " asked ann .'),
        ("It's a well-known 3.5, no?", True, "<START> it's a well-known 3.5 , no ?"),
        ("wait... what", True, "<START> wait . . . <END> <START> what"),
        ("the cat", True, "<START> the cat"),
        ("The cat.", True, "<START> the cat ."),
        ("The cat. ", True, "<START> the cat . <END>"),
        ("\n\n the cat \n\n\n", True, "<START> the cat <END>"),
        ("", True, "<START>"),
        (" \n ", True, "<START>"),
    ],
)
def test_sentences(text, lines, tokens):
    assert sentences(text, lines=lines) == tokens.split()


def test_characters_round_trip():
    data = CharText()
    for text in ('The fox said,\n"Who?"', ""):
        assert data.tokenizer.decode(data.tokenizer.encode(text)) == text
    with pytest.raises(UserError, match="'ß' at position 4 of 4 is not in the vocabulary"):
        data.tokenizer.encode("Fusß")


def words(text, **options):
    return Words(Vocabulary.from_tokens(sentences(text, lines=True), special=(UNKNOWN, START, END)), **options)


@pytest.mark.parametrize(
    "text",
    [
        "the fox came to the door, and it waited.\nnobody came.\n",
        "the fox",
        "",
        '"who has left this here?" asked ruth.\n"it was", said the owl (the old one): "he is here!"\n',
        'the owl said: "he is\n',  # a quotation that is not closed
        "it's a well-known 3.5; no?\n",
    ],
)
def test_words_round_trip(text):
    tokenizer = words(text)
    assert tokenizer.decode(tokenizer.encode(text)) == text


def test_words_are_lower_case_and_in_the_vocabulary():
    data = WordText()
    encode, decode = data.tokenizer.encode, data.tokenizer.decode
    assert decode(encode("The Fox")) == "the fox"
    assert decode(encode("the zebra")) == "the <unk>"
    wrapped = words("one two", lines=False)
    assert wrapped.decode(wrapped.encode("one\ntwo")) == "one two"


def test_start_and_end():
    chars = Characters(Vocabulary("ab\n"))
    assert (chars.start, chars.end) == (2, None)
    assert Characters(Vocabulary("ab")).start == 0
    text = words("a cat")
    assert text.vocabulary.decode(torch.tensor([text.start, text.end])) == [START, END]


def test_never_sampled():
    assert Characters(Vocabulary("ab")).never_sampled == ()
    assert words("a cat").never_sampled == (0,)  # <unk>
    assert Words(Vocabulary([START, END, "a"])).never_sampled == ()
