"""Files of word vectors: our bytes against an independent writer, and gensim in both directions."""

import json
import struct

import numpy as np
import pytest
import torch
from nnzoo.errors import DataWarning, UserError
from nnzoo.text.named_vectors import NamedVectors
from nnzoo.text.vectors import read_named_vectors, read_vectors, write_vectors
from nnzoo.text.vocabulary import Vocabulary

NAMES = ["the", "Zürich", "ice-cream", "a\xa0b", "7", "."]
FORMATS = {"word2vec": "txt", "word2vec_binary": "bin", "npy": "npy"}


@pytest.fixture(scope="module")
def vectors():
    values = torch.randn(6, 5, generator=torch.Generator().manual_seed(0))
    values[3] = torch.tensor([0, -0.0, 1e-38, 3.4e38, 1 / 3])
    return NamedVectors(NAMES, values)


def binary(names, values, end="\n"):
    """The format of word2vec.c, with struct."""
    rows = [
        name.encode() + b" " + struct.pack(f"<{len(v)}f", *v) + end.encode()
        for name, v in zip(names, values, strict=True)
    ]
    return f"{len(names)} {len(values[0])}\n".encode() + b"".join(rows)


def test_bytes_of_the_binary_format(vectors, tmp_path):
    write_vectors(tmp_path / "v.bin", vectors, "word2vec_binary")
    assert (tmp_path / "v.bin").read_bytes() == binary(NAMES, vectors.values.tolist())


def test_lines_of_the_text_format(tmp_path):
    write_vectors(tmp_path / "v.txt", NamedVectors(["a", "b"], torch.tensor([[0.1, -2.0], [1e-30, 1 / 3]])), "word2vec")
    assert (tmp_path / "v.txt").read_text() == "2 2\na 0.1 -2.0\nb 1e-30 0.33333334\n"


@pytest.mark.parametrize("format", FORMATS)
def test_what_is_written_is_read(format, vectors, tmp_path):
    path = tmp_path / f"v.{FORMATS[format]}"
    write_vectors(path, vectors, format)
    found = read_named_vectors(path)
    assert found.names == vectors.names
    assert found.values.equal(vectors.values)
    some, known = read_vectors(str(path), Vocabulary(["7", "unheard", "Zürich"]))
    assert known.tolist() == [True, False, True]
    assert some[known].equal(vectors.values[[4, 1]])


@pytest.mark.parametrize("end", ["\n", ""])
def test_binary_rows_may_end_without_a_line_break(end, vectors, tmp_path):
    (tmp_path / "v").write_bytes(binary(NAMES, vectors.values.tolist(), end))
    assert read_named_vectors(tmp_path / "v").values.equal(vectors.values)


def test_npy_takes_any_name_and_word2vec_refuses_some(tmp_path):
    for name in (" ", "\n", "", "New York"):
        vectors = NamedVectors([name, "x"], torch.ones(2, 2))
        write_vectors(tmp_path / "v.npy", vectors, "npy")
        assert read_named_vectors(tmp_path / "v.npy").names == (name, "x")
        for format in ("word2vec", "word2vec_binary"):
            with pytest.raises(UserError, match=r"cannot express the name .*format=npy takes any name"):
                write_vectors(tmp_path / "v.txt", vectors, format)


def test_names_beside_an_array_are_readable(tmp_path):
    write_vectors(tmp_path / "v.npy", NamedVectors(["Zürich", '"'], torch.ones(2, 1)), "npy")
    assert (tmp_path / "v.json").read_text(encoding="utf-8") == '[\n"Zürich",\n"\\""\n]\n'


def test_names_that_are_not_json_are_refused(tmp_path):
    np.save(tmp_path / "v.npy", np.ones((2, 3)))
    (tmp_path / "v.json").write_text("[")
    with pytest.raises(UserError, match=r"v\.json cannot be read: Expecting value"):
        read_named_vectors(tmp_path / "v.npy")


def test_npy_with_names_line_by_line(tmp_path):
    np.save(tmp_path / "v.npy", np.array([[1.5, 2], [3, 4]]))
    (tmp_path / "v.txt").write_text("cat\r\n. .\n")
    found = read_named_vectors(tmp_path / "v.npy")
    assert found.names == ("cat", ". .")
    assert found.values.tolist() == [[1.5, 2], [3, 4]]


def damaged(content, position, new=b"", removed=0):
    return content[:position] + new + content[position + removed :]


GOOD = binary(["cat", "dog", "the"], [[1, 2], [3, 4], [5, 6]])


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (GOOD[:-3], "row 3: the file ends before; its header promises 3 words with 2 numbers each"),
        (GOOD[:-20], "row 2: the file ends before"),
        (b"4" + GOOD[1:], "row 4: the file ends before; its header promises 4 words"),
        (b"2" + GOOD[1:], "goes on after row 2; its header promises 2 words"),
        (b"3 1" + GOOD[3:], "its header promises 3 words with 1 numbers each"),
        (b"3 3" + GOOD[3:], "the file ends before; its header promises 3 words with 3 numbers each"),
        (binary(["cat"], [[1, float("nan")]]), "row 1: the vector of 'cat' is not finite"),
    ],
)
def test_damaged_binary_file_is_refused(content, reason, tmp_path):
    (tmp_path / "v.bin").write_bytes(content)
    with pytest.raises(UserError, match=reason) as caught:
        read_named_vectors(tmp_path / "v.bin")
    assert "\n" not in str(caught.value)


def test_binary_names_that_are_not_utf8_or_repeated(tmp_path):
    content = binary(["cafe", "dog", "dog"], [[1, 2], [3, 4], [5, 6]]).replace(b"cafe", b"caf\xe9")
    (tmp_path / "v.bin").write_bytes(content)
    with pytest.warns(DataWarning) as caught:
        found = read_named_vectors(tmp_path / "v.bin")
    assert found.names == ("caf\\xe9", "dog")
    assert found.values.tolist() == [[1, 2], [3, 4]]
    assert [str(each.message).partition(": ")[2] for each in caught] == [
        "1 of 3 names are not UTF-8 and are read with escapes; the first is 'caf\\xe9' in row 1",
        "1 of 3 names are repeated; the first row of each is used; the first is 'dog' in row 3",
    ]


@pytest.mark.parametrize(
    ("values", "names", "reason"),
    [
        (np.ones((2, 3)), None, r"has no names: it needs v\.json .* or v\.txt"),
        (np.ones((2, 3)), ["a"], "has 2 vectors, and .* has 1 names"),
        (np.ones((2, 3)), {"a": 1}, "must be a list of strings"),
        (np.ones(3), ["a"], r"an array of shape \(3,\)"),
        (np.array([["x"]]), ["a"], "type <U1"),
        (np.array([[1.0], [np.inf]]), ["a", "b"], "row 2: the vector of 'b' is not finite"),
        (np.array([[1e300]]), ["a"], "row 1: the vector of 'a'"),
        (np.ones((0, 3)), [], "has no word vectors"),
    ],
)
def test_wrong_array_is_refused(values, names, reason, tmp_path):
    np.save(tmp_path / "v.npy", values)
    if names is not None:
        (tmp_path / "v.json").write_text(json.dumps(names))
    with pytest.raises(UserError, match=reason):
        read_named_vectors(tmp_path / "v.npy")


@pytest.fixture
def keyed_vectors():
    reason = "gensim is not installed; it is in the optional extra 'bench'"
    return pytest.importorskip("gensim.models.keyedvectors", reason=reason).KeyedVectors


@pytest.mark.parametrize("binary", [False, True])
class TestAgainstGensim:
    def test_reads_our_files(self, binary, vectors, tmp_path, keyed_vectors):
        path = tmp_path / "v"
        write_vectors(path, vectors, "word2vec_binary" if binary else "word2vec")
        found = keyed_vectors.load_word2vec_format(str(path), binary=binary)
        assert found.index_to_key == NAMES
        assert np.array_equal(found.vectors, vectors.values.numpy())

    def test_we_read_its_files(self, binary, vectors, tmp_path, keyed_vectors):
        theirs = keyed_vectors(5)
        theirs.add_vectors(NAMES, vectors.values.numpy())
        theirs.save_word2vec_format(str(tmp_path / "v"), binary=binary, sort_attr=None)
        found = read_named_vectors(tmp_path / "v")
        assert found.names == vectors.names
        assert found.values.equal(vectors.values)
