import hashlib
import tracemalloc
from dataclasses import asdict
from functools import partial
from pathlib import Path

import pytest
import torch
from nnzoo.data.text.language_model import TALES, CharText, WordText
from nnzoo.errors import UserError
from nnzoo.text.tokenizers import sentences


@pytest.fixture
def write(save):
    return partial(save, "a.txt")


def test_rows_of_characters(write):
    text = "abcdefghijklmnopqrstuvwxyz0123456789ABCD"  # 40: train 28, val 8, test 4
    data = CharText(path=write(text), val=0.2, test=0.1)
    assert {name: tuple(part.x.shape) for name, part in data.splits.items()} == {
        "train": (1, 27),
        "val": (7, 1),
        "test": (3, 1),
    }
    train = data.train_loader(batch_size=3).split
    assert [data.tokenizer.decode(row) for row in train.x] == ["abcdefghi", "jklmnopqr", "stuvwxyz0"]
    assert [data.tokenizer.decode(row) for row in train.y] == ["bcdefghij", "klmnopqrs", "tuvwxyz01"]
    assert data.tokenizer.decode(data.splits["val"].x.flatten()) == "2345678"
    assert data.tokenizer.decode(data.splits["val"].y.flatten()) == "3456789"
    assert [data.tokenizer.decode(row) for row in data.splits["test"].y] == ["B", "C", "D"]
    assert train.mask is None


def test_rows_are_contiguous_and_lose_less_than_a_step():
    data = CharText()
    text = TALES.read_text()
    begins = {"train": 0, "val": round(0.8 * len(text)), "test": round(0.9 * len(text))}
    for name, part in data.splits.items():
        assert len(part.x) == (1 if name == "train" else 10)
        begin, found = begins[name], data.tokenizer.decode(part.x.flatten())
        assert text[begin : begin + len(found)] == found
        assert data.tokenizer.decode(part.y.flatten()) == text[begin + 1 : begin + 1 + len(found)]
        size = (0.8 if name == "train" else 0.1) * len(text)
        assert 0 < size - len(found) < len(part.x) + 2
    for rows in (1, 3, 32):
        loaded = data.train_loader(batch_size=rows).split
        assert loaded.x.shape == (rows, len(data.splits["train"].x[0]) // rows)
        assert torch.equal(loaded.x.flatten(), data.splits["train"].x[0, : loaded.x.numel()])
        assert torch.equal(loaded.y.flatten(), data.splits["train"].y[0, : loaded.x.numel()])
    assert torch.equal(data.splits["train"].x, CharText(seed=1).splits["train"].x)


def test_no_validation():
    assert list(CharText(val=0).splits) == ["train", "test"]


def test_every_character_of_the_text_has_an_id(write):
    data = CharText()
    assert set(data.spec.vocabulary) == set(TALES.read_text())
    assert data.spec.target_size == len(data.spec.vocabulary)
    # also one of the last part alone
    assert "z" in CharText(path=write("ab" * 30 + "z")).spec.vocabulary


def test_rows_of_words(write):
    data = WordText(path=write("The cat ran. The dog sat.\n" * 10), val=0.2, test=0.2)
    # 120 tokens: train 72, val 24, test 24
    assert {name: tuple(part.x.shape) for name, part in data.splits.items()} == {
        "train": (1, 71),
        "val": (10, 2),
        "test": (10, 2),
    }
    assert data.spec.vocabulary == ("<unk>", "<START>", "<END>", ".", "the", "cat", "dog", "ran", "sat")
    train = data.splits["train"]
    whole = sentences("The cat ran. The dog sat.\n" * 10, lines=True)
    assert data.tokenizer.vocabulary.decode(train.x.flatten()) == whole[:71]
    assert data.tokenizer.vocabulary.decode(train.y.flatten()) == whole[1:72]


def test_rare_words_are_unknown(write):
    path = write("the cat ran\n" * 8 + "the owl sat\n" + "a dog and a dog and a dog\n" * 3)
    data = WordText(path=path, val=0, test=0.4)
    # of the words of the test part, only those of the training part have ids
    assert data.spec.vocabulary == ("<unk>", "<START>", "<END>", "the", "cat", "ran")
    assert data.tokenizer.decode(data.tokenizer.encode("The owl ran")) == "the <unk> ran"
    assert (data.splits["test"].x == 0).any()
    assert (data.splits["train"].x == 0).sum() == 2  # the owl sat
    assert len(WordText(path=path, max_vocabulary=4, val=0, test=0.4).spec.vocabulary) == 4
    assert "owl" in WordText(path=path, min_count=1, val=0, test=0.3).spec.vocabulary


def test_tales_are_few_words_in_many_sentences():
    data = WordText()
    assert 20_000 < TALES.stat().st_size < 30_000
    assert TALES.read_text().isascii()
    assert len(data.spec.vocabulary) < 300
    assert (data.splits["test"].x == 0).float().mean() < 0.02  # hardly a word is new


@pytest.mark.parametrize("make", [CharText, WordText])
@pytest.mark.parametrize(
    ("content", "options", "reason"),
    [
        ("", {}, "a.txt is empty"),
        (b"abc\xff", {}, "byte 3 is 0xff"),
        ("abc\n", {}, r"the text leaves \d tokens for val; it needs at least 2"),
        ("abc d\n" * 40, {"val": 0.001}, "the text leaves 0 tokens for val"),
        ("abc\n", {"val": 1.0}, "val is 1.0"),
        ("abc\n", {"test": -0.1}, "test is -0.1"),
        ("abc\n", {"test": 0.0}, "test is 0"),
        ("abc\n", {"val": 0.5, "test": 0.5}, "val=0.5 and test=0.5 leave nothing"),
    ],
)
def test_text_that_cannot_be_used(write, make, content, options, reason):
    path = write(content)
    with pytest.raises(UserError, match=reason) as caught:
        make(path=path, **options).load()
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("options", "reason"),
    [({"min_count": 0}, "min_count is 0"), ({"max_vocabulary": 3}, "is 3; it must be at least 4")],
)
def test_values_out_of_range(options, reason):
    with pytest.raises(UserError, match=reason):
        WordText(**options)


def test_batch_size_out_of_range():
    with pytest.raises(UserError, match="batch_size is 0"):
        CharText().train_loader(batch_size=0)


def test_text_that_is_too_short_for_so_many_rows(write):
    data = CharText(path=write("abcd" * 10))  # 32 characters to train on
    assert data.train_loader(batch_size=31).split.x.shape == (31, 1)
    with pytest.raises(UserError, match=r"^31 tokens to train on are too few for 32 rows; lower loader\.batch_size$"):
        data.train_loader()


def test_missing_file(tmp_path):
    with pytest.raises(UserError, match=r"no file b\.txt in"):
        CharText(path="b.txt", root=str(tmp_path))


def test_tiny_shakespeare(real):
    path = real("text/tinyshakespeare.txt")
    data = CharText(path="text/tinyshakespeare.txt", root=str(path.parents[1]))
    assert data.spec.target_size == 65
    text = path.read_text()
    assert len(text) == 1115394
    splits = data.splits
    assert splits["train"].x.shape == (1, 892315 - 1)
    assert data.tokenizer.decode(splits["train"].x[0, :40]) == text[:40]
    assert (
        data.tokenizer.decode(splits["test"].y[-1, -9:])
        == text[1115394 - 111539 :][: splits["test"].x.numel() + 1][-9:]
    )


def test_brown_is_a_sentence_a_line(real):
    path = real("text/brown.txt")
    data = WordText(path=str(path), max_vocabulary=10000)
    assert len(data.spec.vocabulary) == 10000
    lines = path.read_text().splitlines()
    counts = torch.cat(list(data.parts.values())).bincount()
    ids = data.tokenizer.vocabulary.ids
    assert counts[ids["<START>"]] == counts[ids["<END>"]] == sum(any(map(str.isalnum, line)) for line in lines)


def test_of_a_long_text_ids_are_kept_and_no_words(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("the cat sat on the mat, and the dog sat on the cat.\n" * 5000)
    tracemalloc.start()
    try:
        data = WordText(path=str(path))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    words = sum(map(len, data.parts.values()))
    assert words == 85_000
    assert peak < 16 * words  # the text twice, and numbers of 4 bytes; a list of words has at least 60 for each


def test_what_was_read(write):
    path = write("abcde\n" * 250)
    data = CharText(path=path)
    assert data.summary == "a.txt: 1 500 characters, 6 different (train 1 200, val 150, test 150)"
    assert data.digest == hashlib.sha256(Path(path).read_bytes()).hexdigest()
    words = WordText(path=path, val=0, test=0.2)
    assert words.summary == "a.txt: 750 words and marks, 4 in the vocabulary (train 600, test 150)"
    assert words.digest == data.digest
    for tales in (CharText(), WordText()):
        assert tales.summary is tales.digest is None


@pytest.mark.parametrize("lines", [True, False])
def test_prompts_are_read_as_the_text_was(write, lines):
    content = "the cat\nran home\n\nthe dog\nsat down\n\n" * 10
    for data in (CharText(path=write(content)), WordText(path=write(content), lines=lines)):
        found = type(data.preprocessing).from_dict(asdict(data.preprocessing)).tokenizer
        for text in ("the cat\nran", "the dog"):
            assert torch.equal(found.encode(text), data.tokenizer.encode(text))
            assert found.decode(found.encode(text)) == data.tokenizer.decode(data.tokenizer.encode(text))


def test_accents_of_two_characters(write):
    assert "\xe9" in CharText(path=write("e\u0301te\u0301\n" * 100)).spec.vocabulary
    assert "e\u0301" not in "".join(CharText(path=write("e\u0301te\u0301\n" * 100)).spec.vocabulary)
