import numpy as np
import pytest
import torch
from nnzoo.data.text.cooccurrences import Cooccurrences
from nnzoo.errors import UserError
from nnzoo.losses.multinomial import Multinomial
from nnzoo.text.associations import pointwise_mutual_information
from nnzoo.text.cooccurrence import count_cooccurrences
from scipy.sparse import csr_array

TEXT = "the cat sat on the mat. a dog sat on the log!\n" * 20 + "The dog saw a cat\n" * 20


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


def lines_of(data, split="train"):
    """Return the words of each line of a split."""
    return [words for chosen, _, words in data.text.read() if chosen == split]


def training_counts(data, window=5):
    """The counts of the training lines, from their words."""
    ids = {word: place for place, word in enumerate(data.spec.vocabulary)}
    sentences = [np.array([ids[word] for word in words if word in ids], np.int64) for words in lines_of(data)]
    return count_cooccurrences(sentences, len(ids), window=window)


def test_pairs(path):
    data = Cooccurrences(path=path, window=2, negatives=1)
    assert data.spec.vocabulary[0] == "the"
    assert data.spec.target == "signed_counts"
    assert sorted({word for words in lines_of(data) for word in words}) == sorted(data.spec.vocabulary)
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


def test_rows_and_pairs_that_occur_are_the_same_in_every_epoch(path):
    for settings, target in (({"layout": "rows"}, "none"), ({"negatives": 0}, "counts")):
        data = Cooccurrences(path=path, **settings)
        assert data.spec.target == target
        loader = data.train_loader(batch_size=7)
        epochs = [torch.cat([batch.x for batch in loader.epoch(epoch)]) for epoch in (0, 1)]
        for found in epochs:
            assert torch.equal(found.sort(0).values, data.splits["train"].x.sort(0).values.to(found))
        assert not torch.equal(*epochs)  # in another order
        assert len(next(iter(loader)).x) == 7
    rows = Cooccurrences(path=path, layout="rows")
    x = rows.splits["train"].x[:2]
    assert torch.equal(rows.preprocessing.encode(x.numpy()).x, x)


def test_the_splits_are_the_examples_of_the_first_epoch(path):
    data = Cooccurrences(path=path, negatives=2, seed=3)
    for split in data.splits:
        first = data.sampler(split).examples(3, 0)
        assert torch.equal(data.splits[split].x, first.x)
        assert torch.equal(data.splits[split].y, first.y)
    assert not torch.equal(data.sampler("train").examples(3, 1).x, data.splits["train"].x)


def test_rows_of_pointwise_mutual_information(path):
    data = Cooccurrences(path=path, layout="rows", values="pmi")
    expected = pointwise_mutual_information(training_counts(data), smoothing=0.75).toarray()
    np.testing.assert_allclose(data.splits["train"].x, expected, rtol=1e-6)


def test_pairs_that_are_sampled(tmp_path):
    """Training does not know held-out pairs, so it may sample them; held-out pairs occur nowhere in the text."""
    lines = [f"{a} {b} c d\n" for a in "efghijkl" for b in "mnopqrst"]
    (tmp_path / "many.txt").write_text("".join(lines))
    data = Cooccurrences(path=str(tmp_path / "many.txt"), window=1, min_count=1, negatives=5)
    everywhere = csr_array(sum(data.counts.values())).toarray()
    for split, among in (("train", data.counts["train"].toarray()), ("val", everywhere), ("test", everywhere)):
        batch = data.splits[split].batch()
        sampled = tuple((batch.x[batch.y[:, 0] < 0] - 1).T.numpy())
        assert not among[sampled].any()
        assert everywhere[sampled].any() == (split == "train")


def test_rare_words_are_removed_before_windows(tmp_path):
    (tmp_path / "rare.txt").write_text("a b a b a b a b a b\na x1 b\n" * 20 + "a x2 b\n")
    data = Cooccurrences(path=str(tmp_path / "rare.txt"), window=1, min_count=1, max_vocabulary=2, negatives=0)
    assert sorted(data.spec.vocabulary) == ["a", "b"]
    assert data.counts["train"].toarray()[0, 0] == 0
    lengths = [len(words) for words in lines_of(data)]
    assert data.counts["train"].toarray()[0, 1] == 9 * lengths.count(10) + lengths.count(3)


def test_lines_are_divided_by_the_seed(path):
    lines = [[data.text.seed, *lines_of(data, "test")] for data in (Cooccurrences(path=path, seed=s) for s in (0, 3))]
    assert [seed for seed, *_ in lines] == [0, 3]
    assert lines[0][1:] != lines[1][1:]


def test_without_validation(path):
    assert set(Cooccurrences(path=path, val=0.0).splits) == {"train", "test"}


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
        (
            {"layout": "rows", "noise_power": 0.5},
            "data.noise_power=0.5 has no effect; it is for data.layout=pairs with",
        ),
        (
            {"negatives": 0, "negative_weight": "sampled"},
            "data.negative_weight=sampled has no effect; it is for data.la",
        ),
        ({"noise_power": float("inf")}, "data.noise_power is inf; it must be at least 0"),
        ({"values": "pmi"}, "data.values=pmi has no effect; it is for data.layout=rows"),
        ({"weighting": "cubic"}, "weighting 'cubic'"),
    ],
)
def test_settings_that_make_no_sense_are_refused(path, settings, message):
    with pytest.raises(UserError, match=message):
        assert Cooccurrences(path=path, **settings).splits


def test_a_text_without_pairs_is_refused(tmp_path):
    (tmp_path / "short.txt").write_text("one\ntwo\nthree\none\ntwo\n" * 20)
    with pytest.raises(UserError, match=r"short\.txt: no words of the vocabulary occur near each other in train"):
        assert Cooccurrences(path=str(tmp_path / "short.txt"), min_count=1, val=0.0).splits


def test_a_table_that_is_too_large_is_refused(path, monkeypatch):
    monkeypatch.setattr("nnzoo.data.text.cooccurrences.MAX_TABLE_SIZE", 80)
    Cooccurrences(path=path)
    with pytest.raises(UserError, match=r"pets\.txt: a table of 9 words and contexts is too large; lower data"):
        Cooccurrences(path=path, layout="index")


def test_a_word_that_is_not_in_the_vocabulary_is_refused(path):
    with pytest.raises(UserError, match=r"row 1.*word 'dof' is not in the training data.*did you mean 'dog'"):
        Cooccurrences(path=path).preprocessing.encode([["dof", "the"]])
