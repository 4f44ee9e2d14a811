"""Texts as words with their neighbours, and the training batches of windows. Aggarwal 2.6."""

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from nnzoo.data.contexts import stream, window_loader
from nnzoo.data.text.corpus import Corpus
from nnzoo.errors import UserError
from nnzoo.spec import Batch

Make = Callable[..., Corpus]


@pytest.fixture
def make(tmp_path: Path) -> Make:
    """Return a function that makes the corpus of a text; by default all words are kept and windows have one size."""

    def made(text: str, **settings: Any) -> Corpus:
        (tmp_path / "own.txt").write_text(text)
        given = {"path": str(tmp_path / "own.txt"), "min_count": 1, "random_window": False, "subsample": None}
        return Corpus(**{**given, **settings})

    return made


def lines(n: int = 400) -> str:
    random = np.random.default_rng(0)
    return "\n".join(" ".join(f"w{i}" for i in random.integers(0, 40, random.integers(1, 9))) for _ in range(n))


def pairs(batches: Any, *, reversed_: bool) -> Counter[tuple[int, int]]:
    """Return how often each word occurs with each neighbour."""
    found: Counter[tuple[int, int]] = Counter()
    for x, y, mask, _ in batches:
        words, neighbours = (x[:, 0] - 1, y) if reversed_ else (y, x.masked_fill(~mask, -1))
        for word, row in zip(words.tolist(), neighbours.tolist(), strict=True):
            found.update((word, other) for other in row if other >= 0)
    return found


def expected_pairs(data: Corpus, size: int, split: str = "train") -> Counter[tuple[int, int]]:
    found: Counter[tuple[int, int]] = Counter()
    for place, _, words in data.read():
        ids = [data.vocabulary.ids[word] for word in words if word in data.vocabulary.ids]
        if place == split:
            for i, word in enumerate(ids):
                found.update((word, ids[j]) for j in range(max(0, i - size), min(len(ids), i + size + 1)) if j != i)
    return found


@pytest.mark.parametrize("reversed_", [False, True])
@pytest.mark.parametrize("batch_size", [1, 7, 100000])
def test_an_epoch_has_all_pairs(make: Make, monkeypatch: pytest.MonkeyPatch, batch_size: int, reversed_: bool) -> None:
    monkeypatch.setattr(stream, "BLOCK", 100)
    data = make(lines(), window=2)
    if reversed_:
        data.predict_context()
    loader = data.train_loader(batch_size=batch_size)
    batches = list(loader.epoch(3))
    assert len(batches) == loader.steps(3)
    found, expected = pairs(batches, reversed_=reversed_), expected_pairs(data, 2)
    if batch_size > 100:
        assert found == expected
    assert found.keys() == expected.keys()  # a batch of lines of one word repeats a window
    assert found >= expected


def same(first: list[Batch], second: list[Batch]) -> bool:
    return len(first) == len(second) and all(torch.equal(a.y, b.y) for a, b in zip(first, second, strict=True))


def test_the_batches_are_a_function_of_the_epoch(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also from the middle; with random windows and frequent words left out."""
    monkeypatch.setattr(stream, "BLOCK", 100)
    settings = {"random_window": True, "subsample": 0.01, "window": 3}
    first, again = (make(lines(), **settings).train_loader(batch_size=16) for _ in range(2))
    whole = list(first.epoch(2))
    assert same(whole, list(again.epoch(2)))
    for start in (1, 5, len(whole) - 1, len(whole)):
        assert same(whole[start:], list(first.epoch(2, start)))
    assert not same(whole, list(first.epoch(3)))
    assert not same(whole, list(make(lines(), seed=1, **settings).train_loader(batch_size=16).epoch(2)))
    assert isinstance(first, window_loader.WindowLoader)
    assert sum(len(batch.y) for batch in whole) < first.contexts.stream("train", 0).tokens


def test_windows_are_random_anew_in_each_epoch(make: Make) -> None:
    loader = make(lines(), random_window=True).train_loader(batch_size=100000)
    (first,), (second,) = loader.epoch(0), loader.epoch(1)
    assert torch.equal(first.y, second.y)  # one block: all words, in order
    assert first.mask is not None
    assert second.mask is not None
    assert not torch.equal(first.mask.sum(1), second.mask.sum(1))


def test_a_batch_of_left_out_words_repeats_a_window(make: Make) -> None:
    loader = make(lines(), subsample=1e-3).train_loader(batch_size=1)
    assert isinstance(loader, window_loader.WindowLoader)
    batches = list(loader.epoch(0))
    assert len(batches) == loader.steps(0)
    assert {len(batch.y) for batch in batches} == {1}


def test_vocabulary_and_counts_are_of_the_training_text(make: Make) -> None:
    data = make(lines(), min_count=20, max_vocabulary=30)
    counts = Counter(word for split, _, words in data.read() if split == "train" for word in words)
    likely = sorted((word for word in counts if counts[word] >= 20), key=lambda word: (-counts[word], word))[:30]
    assert data.contexts.names == tuple(likely)
    assert data.target_counts() == tuple(float(counts[word]) for word in likely)
    assert data.spec.labels == data.spec.vocabulary == data.contexts.names
    assert pairs(data.train_loader(), reversed_=False) == expected_pairs(data, 5)


def test_held_out_sequences(make: Make) -> None:
    data = make(lines(), val=0.2, test=0.3, window=3)
    words = sum(data.split_sizes().values())
    assert words == sum(len(words) for *_, words in data.read())
    assert data.split_sizes()["test"] / words == pytest.approx(0.3, abs=0.06)
    for split in ("train", "val", "test"):
        assert pairs(data.eval_loader(split), reversed_=False) == expected_pairs(data, 3, split)
    assert "val" not in make(lines(), val=0.0).splits


def test_a_random_number_determines_the_split(make: Make) -> None:
    data = make(lines(), val=0.25, test=0.5)
    assert [data.split_at(place) for place in (0.0, 0.49, 0.5, 0.74, 0.75, 0.99)] == [
        *["test", "test", "val", "val", "train", "train"]
    ]
    assert make(lines(), documents="lines").split_at(0.0) == "train"


def test_validation_always_has_the_same_windows(make: Make) -> None:
    one, other = (make(lines(), subsample=0.01, random_window=True) for _ in range(2))
    assert same(list(one.eval_loader("val")), list(other.eval_loader("val")))


def test_words_of_documents(make: Make) -> None:
    """The document is a neighbour of each of its words, or the input from which all words of the window follow."""
    text = "a b c\nb c d\nd a b\nc d a"
    data = make(text, documents="lines", window=1)
    assert data.contexts.documents == ("line 1", "line 2", "line 3", "line 4")
    assert data.spec.vocabulary == (*data.contexts.names, *data.contexts.documents)
    ids = data.vocabulary.ids
    rows = [(place, number, [ids[w] for w in words]) for place, number, words in data.read()]
    training = [(number, row) for _, number, row in rows]
    expected = Counter((word, len(data.contexts.names) + number) for number, row in training for word in row)
    found = pairs(data.train_loader(), reversed_=False)
    assert found == pairs(data.eval_loader("test"), reversed_=False)  # a held-out document would have no vector
    assert {pair: n for pair, n in found.items() if pair[1] >= len(data.contexts.names)} == expected
    data = make(text, documents="lines", window=1)
    data.predict_context()
    assert data.spec.sizes == (5,)
    assert data.spec.vocabulary == data.contexts.documents
    found = pairs(data.train_loader(), reversed_=True)
    windows = Counter((number, word) for number, row in training for word in row)
    assert found == windows


def test_files_are_documents(tmp_path: Path) -> None:
    for name, text in {"b.txt": lines(40), "a/c.txt": lines(30)}.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    data = Corpus(path=str(tmp_path), documents="files", min_count=1)
    assert data.contexts.documents == ("a/c.txt", "b.txt")
    assert {number for _, number, _ in data.read()} == {0, 1}
    assert data.digest != Corpus(path=str(tmp_path / "b.txt"), min_count=1).digest


def test_the_text_without_a_path_is_part_of_the_package() -> None:
    data = Corpus()
    assert "the" in data.contexts.names
    assert not any(name in data.contexts.names for name in (".", ",", "The"))
    assert data.digest is None


def test_words_are_encoded_for_the_network(make: Make) -> None:
    data = make("a b a\nb a\na b\nb b", test=0.3, val=0.0)
    data.predict_context()
    inputs = data.preprocessing.encode(np.array(["b", "a"], dtype=object))
    assert inputs.x.tolist() == [[data.contexts.names.index(word) + 1] for word in ("b", "a")]
    with pytest.raises(UserError, match="'c'"):
        data.preprocessing.encode(np.array(["c"], dtype=object))


@pytest.mark.parametrize(
    ("text", "settings", "message"),
    [
        ("... !", {}, "own.txt has no words"),
        ("", {}, "own.txt has no words"),
        ("one\n" * 9, {}, "words in the vocabulary: 1; at least 2 are needed; different words in the training text: 1"),
        (lines(), {"min_count": 5000}, "words in the vocabulary: 0; .* data.min_count=5000"),
        (lines(), {"max_vocabulary": 1}, "words in the vocabulary: 1; .* and data.max_vocabulary=1"),
        (lines(), {"min_count": 0}, "min_count is 0; it must be at least 1"),
        (lines(), {"window": 0}, "data.window is 0; it must be at least 1: a token needs neighbours"),
        (lines(), {"subsample": 0.0}, "data.subsample is 0.0; it must be above 0, or null to keep all tokens"),
        (lines(), {"test": 0.0}, "test is 0; it must be a fraction above 0"),
        (lines(), {"val": 0.6, "test": 0.4}, "leave nothing to train on"),
        (lines(), {"cut": "word"}, "unknown data.cut 'word'; did you mean 'words'"),
        (lines(), {"documents": "line"}, "unknown data.documents 'line'; did you mean 'lines'"),
        (lines(), {"lines": False, "cut": "blanks"}, "data.cut=blanks is for lines"),
        (lines(), {"lines": False, "documents": "lines"}, "contradicts data.lines=false"),
        ("a b\nb a", {}, "no words of the vocabulary are in the (val|test) split, .* data.lines=false"),
        (lines(), {"documents": "files"}, "documents=files needs a folder of .txt files as data.path; .* is none"),
    ],
)
def test_bad_texts_and_settings(make: Make, text: str, settings: dict[str, Any], message: str) -> None:
    with pytest.raises(UserError, match=message):
        _ = make(text, **settings).splits


def test_sequences_of_one_word(make: Make) -> None:
    with pytest.raises(
        UserError, match=r"no token of the (train|val|test) split has a neighbour; the sequences are too short$"
    ):
        _ = make("one\ntwo\nthree\n" * 20).splits


def test_subsampling_of_all_words(make: Make) -> None:
    with pytest.raises(UserError, match=r"the sequences are too short, or data\.subsample=1e-12 leaves out too many"):
        _ = make(lines(), subsample=1e-12).splits


def test_settings_of_sequences_are_refused(make: Make) -> None:
    with pytest.raises(UserError, match=r"trainer\.truncated_bptt_steps and loader\.buckets are for sequences"):
        make(lines()).train_loader(segment=3)


def test_no_text(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"no file nothing\.txt"):
        Corpus(path=str(tmp_path / "nothing.txt"))
