from functools import partial

import pytest
import torch
from nnzoo.errors import DataWarning, UserError
from nnzoo.text.vectors import read_named_vectors, read_vectors
from nnzoo.text.vocabulary import Vocabulary
from nnzoo.text.word2vec_text import split_line

VOCABULARY = Vocabulary(["<unk>", "the", "cat", ". . .", "a\xa0b"])
LINES = "cat 1 2.5 -3e-1\ndog 4 5 6\nthe 0.5 0 1 \n"


@pytest.fixture
def write(save):
    return partial(save, "vectors.txt")


@pytest.mark.parametrize(
    "content", [LINES, f"3 3\n{LINES}", LINES.replace("\n", "\r\n"), f"{LINES}\n", f"\ufeff3 3\n{LINES}"]
)
def test_vectors_of_a_vocabulary(write, content):
    values, found = read_vectors(write(content), VOCABULARY)
    assert values.tolist() == [[0, 0, 0], [0.5, 0, 1], pytest.approx([1, 2.5, -0.3]), [0, 0, 0], [0, 0, 0]]
    assert values.dtype == torch.float32
    assert found.tolist() == [False, True, True, False, False]


def test_words_with_spaces(write):
    values, found = read_vectors(write("cat 1 2\n. . . 3 4\na\xa0b 5 6\nat x@y 7 8\n\xa0 9 0\n"), VOCABULARY)
    assert found.tolist() == [False, False, True, True, True]
    assert values[3:].tolist() == [[3, 4], [5, 6]]


def test_first_line_of_a_word_is_used(write):
    with pytest.warns(DataWarning, match="1 of 3 names are repeated; the first row .*'cat' in line 3"):
        values = read_vectors(write("cat 1 2\ndog 0 0\ncat 3 4\n"), VOCABULARY).values
    assert values[2].tolist() == [1, 2]


def test_a_token_that_is_a_space(write):
    lines = "  1 2\ncat 3 4\n"
    for content in (lines, f"2 2\n{lines}"):
        values, found = read_vectors(write(content), Vocabulary([" ", "cat"]))
        assert found.all()
        assert values.tolist() == [[1, 2], [3, 4]]


def test_names_that_are_not_utf8_have_escapes(write):
    with pytest.warns(DataWarning, match=r"1 of 2 names are not UTF-8 .*'the\\xff' in line 2"):
        assert read_named_vectors(write(b"dog 1 2\nthe\xff 1 2\n")).names == ("dog", "the\\xff")


def test_line_with_one_number_is_not_a_header(write):
    values, found = read_vectors(write("cat 1\nthe 2\n"), VOCABULARY)
    assert values[:3].tolist() == [[0], [2], [1]]
    assert found.sum() == 2


def test_a_dimension_of_zero_is_not_a_header(write):
    found = read_named_vectors(write("2 0\n3 1\n"))
    assert found.names == ("2", "3")
    assert found.values.tolist() == [[0], [1]]


@pytest.mark.parametrize(
    ("line", "width", "word", "numbers"),
    [
        (b"cat 1 2\r\n", 0, b"cat", [b"1", b"2"]),
        (b"New York 1 2\n", 2, b"New York", [b"1", b"2"]),
        (b"cat 1 2 3\n", 2, b"cat", [b"1", b"2", b"3"]),  # a number is no part of the word
        (b"  1\n", 0, b" ", [b"1"]),
        (b"   1 2 \n", 0, b"  ", [b"1", b"2"]),
        (b"cat\n", 2, b"cat", []),
    ],
)
def test_word_and_numbers_of_a_line(line, width, word, numbers):
    assert split_line(line, width) == (word, numbers)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("", "has no word vectors"),
        ("\n", "has no word vectors"),
        ("\ncat 1 2\n\nthe 1\n", "line 4: 1 numbers"),
        ("2 3\n", "has no word vectors"),
        ("cat\n", "line 1: 0 numbers after 'cat'"),
        ("cat 1 2\nthe 1\n", "line 2: 1 numbers after 'the' instead of 2 numbers"),
        ("cat 1 2\nthe 1 2 3\n", "line 2: 3 numbers after 'the' instead of 2 numbers"),
        ("3 3\ncat 1 2\n", "line 2: 2 numbers after 'cat' instead of 3"),
        ("dog x y\nthe 1 x\n", "line 2: 'x' is not a finite number"),
        ("cat 1 2\nthe nan 2\n", "line 2: 'nan' is not a finite number"),
        ("cat 1 1e300\n", "line 1: '1e300' is not a finite number"),
        (f"4 3\n{LINES}", "has 3 word vectors; its first line promises 4"),
        ("cat 1 2 3\nthe 1 2", "line 2: 2 numbers after 'the' instead of 3"),
        ("2 300\ncat 1 2\nthe 1 2\n", "line 2: 2 numbers after 'cat' instead of 300"),
    ],
)
def test_invalid_file_is_refused(write, content, reason):
    path = write(content)
    with pytest.raises(UserError, match=f"{path}.*{reason}") as caught:
        read_vectors(path, VOCABULARY)
    assert "\n" not in str(caught.value)


def test_missing_file_is_refused(write):
    with pytest.raises(UserError, match=r"no file .*did you mean 'vectors\.txt'"):
        read_vectors(write(LINES).replace("vectors", "vector"), VOCABULARY)
