import numpy as np
import pytest
import torch
from nnzoo.data.text.word_counts import Reuters, WordCounts
from nnzoo.errors import DataWarning, UserError

LINES = [f"common word{row % 3} rare{row}" for row in range(20)]


@pytest.fixture
def path(tmp_path):
    (tmp_path / "lines.txt").write_text("\n".join(LINES) + "\n")
    return str(tmp_path / "lines.txt")


def test_counts_of_each_split(path):
    data = WordCounts(path=path, min_count=1)
    assert {name: len(part) for name, part in data.splits.items()} == {"train": 14, "val": 2, "test": 4}
    for name, part in data.splits.items():
        x = data.eval_loader(name).take(slice(100)).x
        for row, title in enumerate(data.titles(name)):
            known = [word for word in title.split() if word in data.spec.vocabulary]
            assert [data.spec.vocabulary[column] for column in x[row].nonzero()[:, 0]] == sorted(
                known, key=data.spec.vocabulary.index
            )
            assert part.x.dtype == torch.uint8
    assert data.spec.vocabulary[0] == "common"
    assert "20 documents (14 train, 2 val, 4 test), 60 words, 24 different" in data.summary


def test_the_vocabulary_is_that_of_the_training_documents(path):
    data = WordCounts(path=path, min_count=1)
    words = {word for title in data.titles("train") for word in title.split()}
    assert set(data.spec.vocabulary) == words
    assert set(data.preprocessing.vocabulary) == words


def test_words_that_are_left_out(path):
    assert set(WordCounts(path=path, min_count=2).spec.vocabulary) == {"common", "word0", "word1", "word2"}
    assert WordCounts(path=path, max_share=0.5).spec.vocabulary == ("word0", "word1", "word2")
    assert WordCounts(path=path, max_vocabulary=1).spec.vocabulary == ("common",)


def test_documents_without_words_stay(tmp_path):
    (tmp_path / "a.txt").write_text("a b\n" * 8 + "\n" + "b a\n")
    data = WordCounts(path=str(tmp_path / "a.txt"))
    with pytest.warns(DataWarning, match="1 document has no word of the vocabulary, .* for example 'document 9'"):
        x = torch.cat([part.x for part in data.splits.values()])
    assert sorted(x.sum(1).tolist()) == [0, *[2] * 9]


def test_splits_by_seed(path):
    one, other = WordCounts(path=path, seed=0), WordCounts(path=path, seed=1)
    assert one.titles("test") == other.titles("test")
    assert one.titles("val") != other.titles("val")
    assert len({title for name in one.splits for title in one.titles(name)}) == 20


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"min_count": 0}, "min_count is 0; it must be at least 1"),
        ({"min_count": 50}, "lines.txt: none of the words of 14 training documents remains with min_count=50"),
        ({"max_share": 0.0}, "max_share is 0.0; it is a fraction of the documents"),
        ({"max_vocabulary": 0}, "max_vocabulary is 0; it must be at least 1, or null"),
        ({"val": 1.0}, "val is 1.0"),
        ({"test": 0.0}, "test must be above 0"),
        ({"vocabulary": "no such file"}, "no file no such file"),
    ],
)
def test_values_out_of_range(path, wrong, message):
    with pytest.raises(UserError, match=message):
        WordCounts(path=path, **wrong)


def test_too_few_documents_and_too_large_tables(tmp_path, path, monkeypatch):
    (tmp_path / "a.txt").write_text("a\nb\n")
    with pytest.raises(UserError, match=r"a.txt: 2 documents are too few for val=0.1 and test=0.2"):
        WordCounts(path=str(tmp_path / "a.txt"))
    assert {*WordCounts(path=str(tmp_path / "a.txt"), val=0.0, min_count=1).rows} == {"train", "test"}
    (tmp_path / "a.txt").write_text("a\nb\na\n")
    assert {*WordCounts(path=str(tmp_path / "a.txt"), min_count=1, val=0.4).rows} == {"train", "val", "test"}
    monkeypatch.setattr("nnzoo.data.text.word_counts.MAX_TABLE_SIZE", 80)
    assert WordCounts(path=path).spec.shape == (4,)
    monkeypatch.setattr("nnzoo.data.text.word_counts.MAX_TABLE_SIZE", 79)
    with pytest.raises(UserError, match=r"20 documents and 4 words is too large; lower data.max_vocabulary"):
        WordCounts(path=path)


def test_reuters(real):
    folder = real("text/reuters_lda")
    data = Reuters()
    titles = [title for name in data.splits for title in data.titles(name)]
    x = np.concatenate([part.x.numpy() for part in data.splits.values()])
    words = (folder / "reuters.tokens").read_text().split()
    row = titles.index("UK: Palace warns British weekly over Charles pictures. LONDON 1996-08-25")
    pairs = [pair.split(":") for pair in (folder / "reuters.ldac").read_text().splitlines()[3].split()[1:]]
    expected = {words[int(word)]: int(count) for word, count in pairs}
    found = {data.spec.vocabulary[column]: int(x[row, column]) for column in x[row].nonzero()[0]}
    assert found == {word: count for word, count in expected.items() if word in data.spec.vocabulary}
    assert len(found) > 100
    assert len(titles) == 395


def test_settings_of_reuters(tmp_path, monkeypatch):
    """They choose words and documents as for the same file as your own data."""
    folder = tmp_path / "text" / "reuters_lda"
    folder.mkdir(parents=True)
    rows = [f"3 0:{1 + row % 2} {1 + row % 3}:1 {4 + row}:2" for row in range(20)]
    (folder / "reuters.ldac").write_text("\n".join(rows) + "\n")
    (folder / "reuters.tokens").write_text("\n".join(f"word{place}" for place in range(24)))
    (folder / "reuters.titles").write_text("\n".join(f"news {row}" for row in range(20)))
    path = str(folder / "reuters.ldac")
    monkeypatch.setattr("nnzoo.data.text.word_counts.SHA256", WordCounts(path=path).digest)
    for settings in (
        {"min_count": 3},
        {"max_share": 0.5, "min_count": 1},
        {"max_vocabulary": 2, "min_count": 1},
        {"val": 0.3, "min_count": 1},
        {"test": 0.4, "min_count": 1},
        {"seed": 5, "min_count": 1},
    ):
        found, own = Reuters(root=str(tmp_path), **settings), WordCounts(path=path, **settings)
        assert found.spec == own.spec
        for name in own.splits:
            assert found.titles(name) == own.titles(name)
            assert torch.equal(found.splits[name].x, own.splits[name].x)
    assert "Reuters: 20 documents (14 train" in Reuters(root=str(tmp_path)).summary
    assert Reuters(root=str(tmp_path), seed=5).seed == 5


def test_damaged_reuters(tmp_path):
    folder = tmp_path / "text" / "reuters_lda"
    folder.mkdir(parents=True)
    (folder / "reuters.ldac").write_text("1 0:1\n")
    (folder / "reuters.tokens").write_text("church\n")
    with pytest.raises(UserError, match=r"reuters.ldac or its vocabulary is not the original file"):
        Reuters(root=str(tmp_path))
    with pytest.raises(UserError, match=r"text/reuters_lda/reuters.ldac is not in"):
        Reuters(root=str(tmp_path / "empty"))
