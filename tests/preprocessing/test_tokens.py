from dataclasses import replace

import numpy as np
import polars
import pytest
import torch
from nnzoo.errors import UserError
from nnzoo.preprocessing import tokens
from nnzoo.preprocessing.tokens import TokenPreprocessing, case
from nnzoo.spec import DataSpec
from nnzoo.text.tokenizers import Characters, Words
from nnzoo.text.vocabulary import END, PAD, START, UNKNOWN
from pandas import Series

SENTENCES = TokenPreprocessing(vocabulary=(PAD, UNKNOWN, "the", "cat", "caf\xe9"))
TAGGED = TokenPreprocessing(
    vocabulary=(PAD, UNKNOWN, "the", "cat", "POS:DT", "POS:NN", "CASE:lower", "CASE:title"),
    shape=(3,),
    cut="blanks",
    features=("POS", "CASE"),
)
WORDS = TokenPreprocessing(vocabulary=(UNKNOWN, START, END, ".", "the", "cat"), cut="words")
CHARACTERS = TokenPreprocessing(vocabulary=tuple("abc\xe9\n"), cut="characters")


@pytest.mark.parametrize("of", [SENTENCES, TAGGED, WORDS, replace(WORDS, lines=False), CHARACTERS])
def test_to_dict_round_trip(of):
    plain = of.to_dict()
    assert plain.pop("kind") == "tokens"
    assert TokenPreprocessing.from_dict(plain) == of
    assert TokenPreprocessing.from_dict({k: list(v) if isinstance(v, tuple) else v for k, v in plain.items()}) == of


@pytest.mark.parametrize(
    "raw",
    [
        ["The Cat ", "cafe\u0301"],
        ("The Cat", "caf\xe9"),
        np.array(["the cat", "caf\xe9"]),
        np.array(["the cat", "caf\xe9"], dtype=object),
        Series(["the cat", "caf\xe9"]),
        polars.Series(["the cat", "caf\xe9"]),
    ],
)
def test_sentences_are_padded(raw):
    found = SENTENCES.encode(raw)
    assert found.x.tolist() == [[2, 3], [4, 0]]
    assert found.mask.tolist() == [[True, True], [True, False]]
    assert list(found.names["index"]) == [0, 1]


def test_single_sentence():
    found = SENTENCES.encode("the zebra\u2028cat")
    assert found.x.tolist() == [[2, 1, 3]]
    assert found.mask.all()


def test_words_with_features():
    found = TAGGED.encode(["The cat", "cat"])
    assert found.x.tolist() == [[[2, 1, 7], [3, 1, 6]], [[3, 1, 6], [0, 0, 0]]]
    assert TAGGED.tokens(["The", "cat"], ["DT", "NN"]).tolist() == [[2, 4, 7], [3, 5, 6]]
    assert replace(TAGGED, shape=(), features=()).encode("the\xa0cat cat\tthe").x.tolist() == [[1, 2]]


def test_running_text():
    assert WORDS.encode(["The cat. The", "cat"]).x.tolist() == [[1, 4, 5, 3, 2, 1, 4], [1, 5, 0, 0, 0, 0, 0]]
    assert CHARACTERS.encode("abe\u0301\r\n").x.tolist() == [[0, 1, 3, 4]]
    assert WORDS.encode("the\ncat").x.tolist() == [[1, 4, 2, 1, 5]]
    assert replace(WORDS, lines=False).encode("the\ncat").x.tolist() == [[1, 4, 5]]


@pytest.mark.parametrize("dtype", [np.int64, np.uint8, np.uint16, np.float32, ">i4"])
def test_ids_are_passed_unchanged(dtype):
    ids = np.array([[2, 3], [4, 0]], dtype=dtype)
    found = SENTENCES.encode(ids)
    assert found.x.tolist() == ids.tolist()
    assert found.x.dtype == torch.int64
    assert found.mask is None
    assert SENTENCES.encode(ids[0]).x.tolist() == [[2, 3]]
    assert SENTENCES.encode(ids.tolist()).x.tolist() == ids.tolist()
    assert TAGGED.encode(np.zeros((2, 3), dtype)).x.shape == (1, 2, 3)


@pytest.mark.parametrize(
    ("of", "raw", "message"),
    [
        (SENTENCES, ["the cat", " \t"], "sentence 2 has no words"),
        (SENTENCES, ["the", None], "sentence 2 is None, not text"),
        (SENTENCES, [[2, 5]], "not an array of token ids, which are integers from 0 to 4"),
        (SENTENCES, [[2.5, 1]], "not an array of token ids"),
        (SENTENCES, [[-1, 1]], "not an array of token ids"),
        (SENTENCES, [[float("nan"), 1]], "not an array of token ids"),
        (SENTENCES, 3, r"the input has shape \(\); the network takes \(B, T\)"),
        (SENTENCES, [[[2]]], r"the input has shape \(1, 1, 1\); the network takes \(B, T\)"),
        (SENTENCES, np.zeros((2, 0)), "sequences without a step"),
        (SENTENCES, [["the"], ["cat"]], "the input is no array of numbers"),
        (TAGGED, [[1, 2]], r"the input has shape \(1, 1, 2\); the network takes \(B, T, 3\)"),
        (replace(SENTENCES, seq_len=3), [[1, 2]], r"the network takes \(B, 3\)"),
        (replace(SENTENCES, seq_len=3), "the cat", "sentence 1 has 2 words; the network takes 3"),
        (replace(SENTENCES, shape=(2,)), "the cat", "sentences are for .* takes 2 token ids per step, .* from 0 to 4"),
        (replace(SENTENCES, vocabulary=("a", "b")), "a", "sentences are for networks that read words"),
        (CHARACTERS, ["ab", "abz"], "sentence 2: 'z' at position 3 of 3 is not in the vocabulary"),
        (CHARACTERS, ["ab", ""], "sentence 2 has no characters"),
    ],
)
def test_unsuitable_input_is_refused(of, raw, message):
    with pytest.raises(UserError, match=message) as caught:
        of.encode(raw)
    assert "\n" not in str(caught.value)


def test_file_in_pieces(tmp_path, monkeypatch):
    path = tmp_path / "new.txt"
    path.write_text("the cat\nthe\nthe cat the cat\ncat\n\n")
    whole = SENTENCES.encode(["the cat", "the", "the cat the cat", "cat"])
    (found,) = SENTENCES.read(path)
    assert found.x.tolist() == whole.x.tolist()
    monkeypatch.setattr(tokens, "PIECE", 4 * tokens.EMBEDDED)
    pieces = list(SENTENCES.read(path))
    assert [piece.x.tolist() for piece in pieces] == [[[2, 3], [2, 0]], [[2, 3, 2, 3]], [[3]]]
    assert [list(piece.names["index"]) for piece in pieces] == [[0, 1], [2], [3]]
    assert [piece.mask.sum(1).tolist() for piece in pieces] == [[2, 1], [4], [1]]
    np.save(tmp_path / "new.npy", whole.x.numpy())
    pieces = list(SENTENCES.read(tmp_path / "new.npy"))
    assert [piece.x.tolist() for piece in pieces] == whole.x[:, None].tolist()
    assert [list(piece.names["index"]) for piece in pieces] == [[0], [1], [2], [3]]


def test_file_of_words_and_tags(tmp_path):
    """Predict reads the same files as training, with parts of speech."""
    path = tmp_path / "new.txt"
    path.write_text("\nThe DT B-NP\ncat NN I-NP\n\ncat NN O\n")
    (found,) = TAGGED.read(path)
    assert found.x.tolist() == [[[2, 4, 7], [3, 5, 6]], [[3, 5, 6], [0, 0, 0]]]
    assert found.mask.tolist() == [[True, True], [True, False]]
    path.write_text("-DOCSTART- -X- O\n\ncat NN O\n")
    (found,) = TAGGED.read(path)
    assert found.x.tolist() == [[[3, 5, 6]]]
    path.write_text("The cat ran\ncat NN O\n")
    (found,) = TAGGED.read(path)
    assert found.x.shape == (2, 3, 3)


def test_file_of_ids(tmp_path):
    np.savez(tmp_path / "new.npz", x=np.array([[2, 3]]))
    np.save(tmp_path / "one.npy", np.array([2, 3]))
    (tmp_path / "odd.NPY").write_bytes((tmp_path / "one.npy").read_bytes())
    for name in ("new.npz", "one.npy", "odd.NPY"):
        (found,) = SENTENCES.read(tmp_path / name)
        assert found.x.tolist() == [[2, 3]]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("the cat\n\nthe\n", "line 2 is empty; each line is a sentence, so remove empty ones"),
        ("\n", "is empty"),
        (b"caf\xe9", "is not a UTF-8 text"),
    ],
)
def test_unsuitable_file_is_refused(tmp_path, content, message):
    path = tmp_path / "new.txt"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(UserError, match=f"{path}.*{message}"):
        list(SENTENCES.read(path))


def test_preprocessing_of_a_spec():
    spec = DataSpec("tokens", (), "classes", 2, sequence=True, vocabulary=SENTENCES.vocabulary)
    assert TokenPreprocessing.of(spec) == SENTENCES
    pairs = DataSpec("tokens", (2,), "classes", 2, sequence=True, seq_len=4, vocabulary=SENTENCES.vocabulary)
    assert TokenPreprocessing.of(pairs) == replace(SENTENCES, shape=(2,), seq_len=4)
    for of, kind in ((WORDS, Words), (CHARACTERS, Characters)):
        size = len(of.vocabulary)
        spec = DataSpec("tokens", (), "next_token", size, sequence=True, per_step=True, vocabulary=of.vocabulary)
        assert TokenPreprocessing.of(spec) == of
        assert type(of.tokenizer) is kind
    with pytest.raises(UserError, match="only a language model continues texts"):
        _ = SENTENCES.tokenizer


def test_case():
    assert [case(word) for word in ("a", "I", "Ltd.", "U.S.", "3rd", "iPod", "--")] == [
        "lower",
        "title",
        "title",
        "upper",
        "lower",
        "mixed",
        "none",
    ]
