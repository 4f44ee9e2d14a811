import numpy as np
import pytest
import torch
from nnzoo.errors import UserError
from nnzoo.text import vocabulary as vocabulary_module
from nnzoo.text.vocabulary import PAD, UNKNOWN, Vocabulary, index_tokens


def test_tokens_are_sorted_by_frequency_then_name():
    assert Vocabulary.from_tokens("banana, cab").tokens == ("a", "b", "n", " ", ",", "c")


def test_special_tokens_are_first_and_unique():
    text = ["b", "a", UNKNOWN, "a", "c", "c"]
    assert Vocabulary.from_tokens(text, special=(PAD, UNKNOWN)).tokens == (PAD, UNKNOWN, "a", "c", "b")
    assert Vocabulary.from_tokens(text, special=(PAD, UNKNOWN), min_count=2).tokens == (PAD, UNKNOWN, "a", "c")
    assert Vocabulary.from_tokens(text, special=(PAD, UNKNOWN), size=3).tokens == (PAD, UNKNOWN, "a")
    assert Vocabulary.from_tokens(text, special=(PAD, UNKNOWN), size=30).tokens == (PAD, UNKNOWN, "a", "c", "b")


def test_encode_and_decode_round_trip():
    vocabulary = Vocabulary.from_tokens("hello")
    ids = vocabulary.encode("hello")
    assert ids.dtype == torch.int64
    assert ids.tolist() == [2, 1, 0, 0, 3]
    assert "".join(vocabulary.decode(ids)) == "hello"
    assert len(vocabulary) == 4
    assert vocabulary.encode("").shape == (0,)
    assert vocabulary.encode("").dtype == torch.int64


@pytest.mark.parametrize("special", [(), (UNKNOWN,)])
def test_characters_of_all_planes_in_blocks(special, monkeypatch):
    monkeypatch.setattr(vocabulary_module, "BLOCK", 3)
    text = "a\0é\u2028山\ud800😀ba"
    vocabulary = Vocabulary.from_tokens(text, special=special)
    assert vocabulary.encode(text).tolist() == [vocabulary.ids[c] for c in text]
    for stranger in "\x01z\U0010ffff":
        if special:
            assert vocabulary.encode(f"abab{stranger}").tolist()[-1] == 0
        else:
            with pytest.raises(UserError, match=r"at position 5 of 6 is not in"):
                vocabulary.encode(f"abab{stranger}{stranger}")


def test_unknown_token_gets_the_id_of_unk():
    vocabulary = Vocabulary([PAD, UNKNOWN, "a"])
    assert vocabulary.encode(iter(["a", "b", PAD])).tolist() == [2, 1, 0]
    assert vocabulary.decode(torch.tensor([2, 1])) == ["a", UNKNOWN]


@pytest.mark.parametrize(
    ("text", "message"),
    [("help", "'p' at position 4 of 4"), ("h\nl", r"'\\n' at position 2 of 3"), (["he"], "'he' at position 1 of 1")],
)
def test_token_without_an_id_is_refused(text, message):
    with pytest.raises(UserError, match=f"{message} is not in the vocabulary"):
        Vocabulary.from_tokens("hello").encode(text)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [({"min_count": 0}, "min_count is 0"), ({"size": 2, "special": (PAD, UNKNOWN)}, "is 2; it must be at least 3")],
)
def test_values_out_of_range_are_refused(wrong, message):
    with pytest.raises(UserError, match=message):
        Vocabulary.from_tokens("hello", **wrong)


def test_duplicate_tokens_are_refused():
    with pytest.raises(ValueError, match="twice"):
        Vocabulary(["a", "b", "a"])


def test_from_counts_equals_from_tokens():
    counts = {"b": 1, "a": 2, UNKNOWN: 1, "c": 2, "never": 0}
    text = [token for token, n in counts.items() for _ in range(n)]
    for options in ({}, {"min_count": 2}, {"size": 3}):
        expected = Vocabulary.from_tokens(text, special=(PAD, UNKNOWN), **options)
        assert Vocabulary.from_counts(counts, special=(PAD, UNKNOWN), **options).tokens == expected.tokens


def test_index_tokens_numbers_in_order_of_appearance():
    numbers, tokens = index_tokens(iter([["b", "a"], [], ["b"], iter("cab")]))
    assert tokens == ["b", "a", "c"]
    assert numbers.tolist() == [0, 1, 0, 2, 1, 0]
    assert numbers.dtype == np.int32
    numbers, tokens = index_tokens([])
    assert (len(numbers), tokens) == (0, [])
