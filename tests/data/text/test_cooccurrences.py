from collections import Counter

import numpy as np
import pytest
import torch
from nnzoo.data.text.cooccurrences import Cooccurrences
from nnzoo.errors import UserError
from nnzoo.losses.multinomial import Multinomial
from nnzoo.text.associations import pointwise_mutual_information
from nnzoo.text.cooccurrence import count_cooccurrences
from scipy.sparse import csr_array

TEXT = "the cat sat on the mat. a dog sat on the log!\n" * 10 + "The dog saw a cat\n" * 10


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    file = tmp_path_factory.mktemp("text") / "pets.txt"
    file.write_text(TEXT)
    return str(file)


def dense(batch, size):
    """Return the positive counts of pairs as a table."""
    found = np.zeros((size, size))
    chosen = batch.y[:, 0] > 0
    found[tuple((batch.x[chosen] - 1).T.numpy())] = batch.y[chosen, 0].numpy()
    return found


def training_counts(data, window=5):
    """The counts of the training sentences, from their words."""
    sentences = [words for split, words in data.sentences() if split == "train"]
    ids = {word: place for place, word in enumerate(data.spec.vocabulary)}
    return count_cooccurrences([np.array([ids[w] for w in s if w in ids]) for s in sentences], len(ids), window=window)


def test_pairs(path):
    data = Cooccurrences(path=path, window=2, negatives=1)
    assert data.spec.vocabulary[0] == "the"
    assert data.spec.target == "signed_counts"
    words = Counter(word for split, sentence in data.sentences() if split == "train" for word in sentence)
    assert sorted(words) == sorted(data.spec.vocabulary)
    size = len(data.spec.vocabulary)
    expected = training_counts(data, window=2).toarray()
    assert np.array_equal(dense(data.splits["train"], size), expected)
    assert np.array_equal(dense(next(iter(data.train_loader(batch_size=10**6))), size), expected)
    assert set(data.splits) == {"train", "val", "test"}


def test_index_and_rows_are_the_same_counts(path):
    index, rows = Cooccurrences(path=path, layout="index"), Cooccurrences(path=path, layout="rows")
    expected = torch.from_numpy(training_counts(index).toarray()).float()
    batch = index.splits["train"].batch()
    assert torch.equal(batch.y, expected[batch.x[:, 0] - 1])
    assert torch.equal(rows.splits["train"].x, batch.y)
    assert Multinomial().takes(index.spec) is None
    assert rows.titles("train") == [index.spec.vocabulary[i - 1] for i in batch.x[:, 0].tolist()]


def test_rows_of_pointwise_mutual_information(path):
    data = Cooccurrences(path=path, layout="rows", values="pmi")
    expected = pointwise_mutual_information(training_counts(data), smoothing=0.75).toarray()
    np.testing.assert_allclose(data.splits["train"].x, expected, rtol=1e-6)


def test_sentences_are_held_out_evenly(path):
    data = Cooccurrences(path=path, val=0.2, test=0.1)
    splits = [split for split, _ in data.sentences()]
    found = Counter(splits)
    assert abs(found["val"] - 6) <= 1
    assert abs(found["test"] - 3) <= 1
    assert "test" in splits[:15]
    assert "test" in splits[15:]


def test_held_out_pairs_that_occur_in_the_text_are_not_sampled(path):
    data = Cooccurrences(path=path, negatives=3)
    everywhere = csr_array(sum(data.counts.values())).toarray()
    for split in ("val", "test"):
        batch = data.splits[split].batch()
        sampled = batch.x[batch.y[:, 0] < 0] - 1
        assert len(sampled)
        assert not everywhere[tuple(sampled.T.numpy())].any()


def test_rare_words_are_removed_before_windows(tmp_path):
    (tmp_path / "rare.txt").write_text("a b a b a b a b a b\na x1 b\n" * 20 + "a x2 b\n")
    data = Cooccurrences(path=str(tmp_path / "rare.txt"), window=1, min_count=1, max_vocabulary=2, negatives=0)
    assert sorted(data.spec.vocabulary) == ["a", "b"]
    assert data.counts["train"].toarray()[0, 0] == 0
    near = sum("x1" in words or "x2" in words for split, words in data.sentences() if split == "train")
    whole = sum(len(words) == 10 for split, words in data.sentences() if split == "train")
    assert data.counts["train"].toarray()[0, 1] == 9 * whole + near


def test_a_folder_is_read_file_by_file(tmp_path, path):
    (tmp_path / "inner").mkdir()
    (tmp_path / "a.txt").write_text(TEXT[: len(TEXT) // 2 + 5].rpartition("\n")[0])
    (tmp_path / "inner" / "b.txt").write_text(TEXT[len(TEXT[: len(TEXT) // 2 + 5].rpartition("\n")[0]) + 1 :])
    one, other = Cooccurrences(path=str(tmp_path)), Cooccurrences(path=path)
    assert list(one.sentences()) == list(other.sentences())
    assert one.digest == other.digest


def test_words_are_encoded_by_name(path):
    data = Cooccurrences(path=path)
    vocabulary = data.spec.vocabulary
    found = data.preprocessing.encode([[vocabulary[2], vocabulary[0]]])
    assert found.x.tolist() == [[3, 1]]
    assert Cooccurrences(path=path, layout="index").preprocessing.encode([vocabulary[2]]).x.tolist() == [[3]]


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"window": 0}, "window is 0; it must be at least 1"),
        ({"layout": "pars"}, "data.layout 'pars'.*pairs"),
        ({"negatives": -1}, "data.negatives is -1; it must be at least 0"),
        ({"noise_power": -1.0}, "data.noise_power is -1.0; it must be at least 0"),
        ({"layout": "index", "negatives": 3}, "data.negatives=3 has no effect; it is for data.layout=pairs"),
        ({"negatives": 0, "exclude": False}, "data.exclude=False has no effect; it is for data.layout=pairs with neg"),
        ({"values": "pmi"}, "data.values=pmi has no effect; it is for data.layout=rows"),
        (
            {"min_count": 1000},
            "pets.txt has 0 words that occur at least data.min_count=1000 times; it needs",
        ),
        ({"max_vocabulary": 1}, "pets.txt has 1 words"),
        ({"val": 0.5, "test": 0.5}, "test must be above 0, and their sum below 1"),
        ({"weighting": "cubic"}, "weighting 'cubic'"),
    ],
)
def test_settings_that_make_no_sense_are_refused(path, settings, message):
    with pytest.raises(UserError, match=message):
        assert Cooccurrences(path=path, **settings).splits


def test_texts_that_cannot_be_used_are_refused(tmp_path):
    with pytest.raises(UserError, match=r"no file nothing\.txt"):
        Cooccurrences(path=str(tmp_path / "nothing.txt"))
    with pytest.raises(UserError, match=r"holds no texts; their names end in \.txt"):
        Cooccurrences(path=str(tmp_path))
    (tmp_path / "latin.txt").write_bytes(b"caf\xe9")
    with pytest.raises(UserError, match=r"latin\.txt is not a UTF-8 text"):
        Cooccurrences(path=str(tmp_path / "latin.txt"))
    (tmp_path / "short.txt").write_text("one two\nthree\n")
    with pytest.raises(UserError, match=r"no words of the vocabulary occur near each other in (train|val|test)"):
        assert Cooccurrences(path=str(tmp_path / "short.txt"), min_count=1, val=0).splits
