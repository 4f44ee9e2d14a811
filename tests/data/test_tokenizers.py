import pytest
import torch
from nnzoo.data.text import CharText, WordText
from nnzoo.data.tokenizers import Characters, Words, sentences, tokenizer
from nnzoo.data.vocabulary import END, START, UNKNOWN, Vocabulary
from nnzoo.errors import UserError
from nnzoo.spec import DataSpec


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


def test_characters_there_and_back():
    data = CharText()
    for text in ('The fox said,\n"Who?"', ""):
        assert data.tokenizer.decode(data.tokenizer.encode(text)) == text
    with pytest.raises(UserError, match="'ß' at place 4 of 4 is not in the vocabulary"):
        data.tokenizer.encode("Fusß")


def words(text, **options):
    return Words(Vocabulary.of(sentences(text, lines=True), special=(UNKNOWN, START, END)), **options)


@pytest.mark.parametrize(
    "text",
    [
        "the fox came to the door, and it waited.\nnobody came.\n",
        "the fox",
        "",
        '"who has left this here?" asked ruth.\n"it was", said the owl (the old one): "he is here!"\n',
        'the owl said: "he is\n',  # a quotation that stays open
        "it's a well-known 3.5; no?\n",
    ],
)
def test_words_there_and_back(text):
    tokenizer = words(text)
    assert tokenizer.decode(tokenizer.encode(text)) == text


def test_words_are_small_and_known():
    data = WordText()
    encode, decode = data.tokenizer.encode, data.tokenizer.decode
    assert decode(encode("The Fox")) == "the fox"
    assert decode(encode("the zebra")) == "the <unk>"
    wrapped = words("one two", lines=False)
    assert wrapped.decode(wrapped.encode("one\ntwo")) == "one two"


def test_beginnings_and_ends():
    chars = Characters(Vocabulary("ab\n"))
    assert (chars.start, chars.end) == (2, None)
    assert Characters(Vocabulary("ab")).start == 0
    text = words("a cat")
    assert text.vocabulary.decode(torch.tensor([text.start, text.end])) == [START, END]


def test_read_from_the_spec_alone():
    for data, kind in ((CharText(), Characters), (WordText(), Words)):
        found = tokenizer(data.spec)
        assert type(found) is kind
        ids = found.encode("the fox")
        assert torch.equal(ids, data.tokenizer.encode("the fox"))
        assert found.decode(ids) == "the fox"


def test_data_that_are_no_text():
    spec = DataSpec("real", (2,), "classes", 3)
    with pytest.raises(UserError, match=r"only a language model continues texts; the data is real vector of 2"):
        tokenizer(spec)
