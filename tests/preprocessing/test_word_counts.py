import numpy as np
import pytest
from nnzoo.errors import DataWarning, UserError
from nnzoo.preprocessing.restore import restore
from nnzoo.preprocessing.word_counts import WordCountPreprocessing

KNOWN = WordCountPreprocessing(vocabulary=("cat", "the", "dog"))


def test_texts_are_counted():
    with pytest.warns(DataWarning, match="the input: 2 of 6 words are left out, .* for example 'on'"):
        inputs = KNOWN.encode(["The cat sat on the CAT", ""])
    assert inputs.x.tolist() == [[2, 2, 0], [0, 0, 0]]
    assert list(inputs.names["index"]) == [0, 1]
    assert KNOWN.encode("dog").x.tolist() == [[0, 0, 1]]


def test_arrays_of_counts():
    assert KNOWN.encode([1, 0, 4]).x.tolist() == [[1, 0, 4]]
    for wrong, message in [
        ([[0, 0, 0], [0, 0, 0.5]], "row 2, column 3 is 0.5; a count is a whole number, at least 0"),
        ([[0, -1, 0]], "row 1, column 2 is -1"),
        ([[1, 2]], r"the input has shape \(1, 2\); the network takes \(B, 3\)"),
    ]:
        with pytest.raises(UserError, match=message):
            KNOWN.encode(wrong)


def test_files_of_counts_are_matched_by_word(tmp_path):
    (tmp_path / "a.ldac").write_text("2 0:1 1:2\n1 2:5\n")
    (tmp_path / "a.tokens").write_text("dog\ncat\nfox\n")
    with pytest.warns(DataWarning, match=r"a.ldac: 5 of 8 words are left out, .* for example 'fox'"):
        (inputs,) = KNOWN.read(tmp_path / "a.ldac")
    assert inputs.x.tolist() == [[2, 0, 1], [0, 0, 0]]
    assert inputs.names["title"] == ["document 1", "document 2"]


def test_files_are_read_in_pieces(tmp_path, monkeypatch):
    monkeypatch.setattr("nnzoo.preprocessing.word_counts.PIECE", 6)
    monkeypatch.setattr("nnzoo.preprocessing.numbers.PIECE", 6)
    (tmp_path / "a.txt").write_text("cat\ndog\nthe the\n")
    first, second = KNOWN.read(tmp_path / "a.txt")
    assert (first.x.tolist(), second.x.tolist()) == ([[1, 0, 0], [0, 0, 1]], [[0, 2, 0]])
    assert (first.names["title"], second.names["title"]) == (["cat", "dog"], ["the the"])
    np.save(tmp_path / "a.npy", [[0, 0, 1], [0, 1, 0], [0, 0, -1]])
    with pytest.raises(UserError, match="row 3, column 3 is -1"):
        list(KNOWN.read(tmp_path / "a.npy"))


def test_the_smallest_pieces_have_one_document(tmp_path, monkeypatch):
    monkeypatch.setattr("nnzoo.preprocessing.word_counts.PIECE", 1)
    (tmp_path / "a.txt").write_text("cat\ndog\n")
    assert [part.x.tolist() for part in KNOWN.read(tmp_path / "a.txt")] == [[[1, 0, 0]], [[0, 0, 1]]]


def test_stored_in_checkpoints():
    assert restore(KNOWN.to_dict()) == KNOWN
    assert KNOWN.features == ("cat", "the", "dog")
