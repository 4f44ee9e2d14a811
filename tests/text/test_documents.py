import numpy as np
import pytest
from nnzoo.errors import UserError
from nnzoo.text.documents import count_words, read_documents, words_of
from sklearn.feature_extraction.text import CountVectorizer

TEXTS = ["The cat sat. The cat!", "A dog; the dog -- and 7 dogs", "cat dog"]


def dense(documents):
    rows = range(len(documents.titles))
    return documents.table(rows, np.arange(len(documents.words)), len(documents.words))


@pytest.fixture
def counted(tmp_path):
    """A file of counts with its vocabulary and titles."""
    (tmp_path / "news.ldac").write_text("2 0:3 2:1\n0\n1 1:300\n")
    (tmp_path / "news.tokens").write_text("pope\nqueen\nfilm\n")
    (tmp_path / "news.titles").write_text("0 Rome, Monday\n1 Nothing\n2 London\n")
    return tmp_path / "news.ldac"


def test_counts_are_those_of_scikit_learn():
    documents = count_words(TEXTS, "texts", TEXTS)
    vectorizer = CountVectorizer(token_pattern=r"\w+").fit(TEXTS)
    expected = vectorizer.transform(TEXTS).toarray()
    columns = [vectorizer.vocabulary_[word] for word in documents.words]
    assert sorted(documents.words) == sorted(vectorizer.vocabulary_)
    assert dense(documents).tolist() == expected[:, columns].tolist()


def test_words_are_numbered_by_frequency():
    assert list(count_words(TEXTS, "texts", TEXTS).words) == ["cat", "dog", "the", "7", "a", "and", "dogs", "sat"]


def test_words_without_punctuation_marks():
    assert words_of("Don't STOP, it's 3.14 - \u201cCaf\u00e9\u201d!") == ["don't", "stop", "it's", "3.14", "caf\u00e9"]


def test_files_of_counts(counted):
    documents = read_documents(counted)
    assert dense(documents).tolist() == [[3, 0, 1], [0, 0, 0], [0, 300, 0]]
    assert dense(documents).dtype == np.int16  # 300 is not a byte
    assert list(documents.words) == ["pope", "queen", "film"]
    assert list(documents.titles) == ["Rome, Monday", "Nothing", "London"]  # without their numbers


@pytest.mark.parametrize(
    ("count", "dtype"),
    [(255, np.uint8), (256, np.int16), (2**15 - 1, np.int16), (2**15, np.int32), (2**31 - 1, np.int32)],
)
def test_the_table_has_the_smallest_type_for_its_counts(counted, count, dtype):
    counted.write_text(f"1 1:{count}\n0\n1 0:1\n")
    documents = read_documents(counted)
    assert dense(documents).dtype == dtype
    assert dense(documents).tolist() == [[0, count, 0], [0, 0, 0], [1, 0, 0]]
    assert documents.table([2], np.array([1, -1, 0]), 2).tolist() == [[0, 1]]  # the second word is left out


def test_titles_lose_their_numbers_if_all_are_numbered(counted):
    titles = counted.with_suffix(".titles")
    for text, expected in [
        ("1 Rome\n2 Oslo\n3 Bern\n", ["Rome", "Oslo", "Bern"]),
        ("2 Rome\n3 Oslo\n4 Bern\n", ["2 Rome", "3 Oslo", "4 Bern"]),
    ]:
        titles.write_text(text)
        assert list(read_documents(counted).titles) == expected
    titles.unlink()
    assert list(read_documents(counted).titles) == ["document 1", "document 2", "document 3"]


def test_vocabulary_and_titles_in_other_files(counted, tmp_path):
    (tmp_path / "words.txt").write_text("un\ndeux\ntrois\n")
    (tmp_path / "names").write_text("1 b\nc\nd")
    documents = read_documents(counted, words=tmp_path / "words.txt", titles=tmp_path / "names")
    assert list(documents.words) == ["un", "deux", "trois"]
    assert list(documents.titles) == ["1 b", "c", "d"]


def test_lines_of_a_text(tmp_path):
    (tmp_path / "a.txt").write_text("red  fish\n\n" + "blue " * 30 + "\n")
    documents = read_documents(tmp_path / "a.txt")
    assert [int(counts.sum()) for counts in documents.counts] == [2, 0, 30]
    assert documents.titles[:2] == ["red fish", "document 2"]
    assert (len(documents.titles[2]), documents.titles[2][-8:]) == (60, "ue bl...")
    (tmp_path / "a.txt").write_text("a" * 60 + "\n" + "b" * 61 + "\n")
    assert list(read_documents(tmp_path / "a.txt").titles) == ["a" * 60, "b" * 57 + "..."]


def test_folders_of_texts(tmp_path):
    for name, text in [("b.txt", "two words"), ("a/c.txt", "one"), ("d.md", "no text")]:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    documents = read_documents(tmp_path)
    assert (documents.titles, documents.heading) == (["a/c.txt", "b.txt"], "file")
    assert [len(numbers) for numbers in documents.numbers] == [1, 2]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("1 0:1\n2 0:1 3:1", "line 2: word 3 is outside the vocabulary, whose words are 0 to 2"),
        ("1 0:-1", "line 1: '0:-1' is not word:count, two whole numbers that are not negative"),
        ("1 0:1.5", "line 1: '0:1.5' is not word:count"),
        ("1 0", "line 1: '0' is not word:count"),
        ("3 0:1 1:1", "line 1 begins with '3'; it must be the number of words with a count, 2"),
        ("1 0:1\n\n1 0:1", "line 2 begins with ''"),
        ("2 1:1 1:2", "line 1 has two counts of word 1"),
        ("1 1:2147483648", "line 1: the count 2147483648 of word 1 is above 2147483647"),
        ("", "is empty"),
    ],
)
def test_damaged_files_of_counts(counted, content, message):
    counted.write_text(content)
    with pytest.raises(UserError, match=message) as caught:
        read_documents(counted)
    assert str(counted) in str(caught.value)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("news.tokens", "a\nb\na\n", "news.tokens, line 3 repeats the word of line 1: a"),
        ("news.tokens", "a\n\nb\n", "news.tokens, line 2 is empty; it must be a word"),
        ("news.titles", "one\ntwo\n", "news.titles has 2 titles for 3 documents"),
    ],
)
def test_damaged_vocabulary_and_titles(counted, name, content, message):
    (counted.parent / name).write_text(content)
    with pytest.raises(UserError, match=message):
        read_documents(counted)


def test_no_vocabulary(counted):
    counted.with_suffix(".tokens").unlink()
    with pytest.raises(
        UserError, match=r"needs a file of its vocabulary .*: news.tokens beside it, or data.vocabulary"
    ):
        read_documents(counted)


def test_files_without_effect(tmp_path, counted):
    (tmp_path / "a.txt").write_text("some text")
    with pytest.raises(UserError, match=r"vocabulary=.*news.tokens has no effect: .*a.txt is not a file of counts"):
        read_documents(tmp_path / "a.txt", words=counted.with_suffix(".tokens"))


def test_folder_without_texts(tmp_path):
    with pytest.raises(UserError, match=r"holds no texts; their names end in .txt"):
        read_documents(tmp_path)
