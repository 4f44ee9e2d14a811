"""Reading of files with words, parts of speech and chunk tags."""

from pathlib import Path

import pytest
from nnzoo.errors import UserError
from nnzoo.files.chunks import is_chunk_tag, sentences, split_fields


def test_sentences(tmp_path: Path) -> None:
    """Blank lines and -DOCSTART- lines end a sentence; several of them in a row give no empty sentences."""
    path = tmp_path / "a.txt"
    path.write_text(
        "-DOCSTART- -X- O\n\nThe DT B-NP\ndog  NN\tI-NP\nNew York\tNNP\tB-NP\n\n \n"
        "-DOCSTART-\nbarks VBZ B-VP\n-DOCSTART- -X- -X- O\n. . O"
    )
    with pytest.raises(UserError, match="line 4: 'dog  NN\tI-NP' is not a word, its part of speech and a chunk tag"):
        sentences(path)
    path.write_text(path.read_text().replace("dog  NN\tI-NP", "dog  NN I-NP "))
    assert sentences(path) == [
        (["The", "dog", "New York"], ["DT", "NN", "NNP"], ["B-NP", "I-NP", "B-NP"]),
        (["barks"], ["VBZ"], ["B-VP"]),
        (["."], ["."], ["O"]),
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("The DT B-NP\n  The DT\n", "line 2: 'The DT' is not a word, its part of speech and a chunk tag"),
        ("The DT B-NP x\n", "line 1: 'The DT B-NP x' is not a word"),
        ("\nThe DT NP\n", "line 2: 'NP' is not a chunk tag; it must be O, B-type or I-type"),
        ("-DOCSTART- -X- O\n\n", " has no sentences"),
    ],
)
def test_other_files_are_refused(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "a.txt"
    path.write_text(text)
    with pytest.raises(UserError) as caught:
        sentences(path)
    assert str(caught.value).startswith(str(path))
    assert message in str(caught.value)


def test_chunk_tags() -> None:
    assert all(map(is_chunk_tag, ("O", "B-NP", "I-NP", "B-X", "I-X")))
    assert not any(map(is_chunk_tag, ("", "o", "OO", "B-", "I-", "B", "NP", "E-NP", "B_NP", "b-NP")))


def test_fields_are_split_at_tabs_or_spaces() -> None:
    assert split_fields(" a  b ") == ["a", "b"]
    assert split_fields("a b\t c \t\td") == ["a b", "c", "d"]
    assert split_fields("10\xa0000 CD") == ["10\xa0000", "CD"]
    assert split_fields(" ") == []
