"""Edge lists that are read fast have the same edges as line by line, and others are left to the reading by lines."""

from pathlib import Path

import pytest
from nnzoo.errors import UserError
from nnzoo.graphs import edge_lists
from nnzoo.graphs.edge_lists import EdgeList, may_be_header, read_edges
from nnzoo.graphs.plain_edges import read_plain_edges

PLAIN = [
    "b a\na c\nNA a\n",
    "source\ttarget\tweight\n1\t2\t0.5\n\n# comment\n2\t01\t3e2\n",
    "from,to\nx,y\nz,x\n",
    "from,to\nx,from\nz,x\n",
    "a;b;2\nb;c;1\n",
]
OTHERS = ["a  b\n", "a b\nc d e\n", "a b c\nd e\n", '"a b",c\n', "a b,c\n", "a\xa0b c\n", "a,\nb,c\n"]


def by_lines(path: Path, monkeypatch: pytest.MonkeyPatch) -> EdgeList:
    with monkeypatch.context() as patch:
        patch.setattr(edge_lists, "read_plain_edges", lambda *_, **__: None)
        return read_edges(path)


@pytest.mark.parametrize("text", PLAIN)
def test_plain_lists(text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.edges"
    path.write_text(text)
    expected = by_lines(path, monkeypatch)
    monkeypatch.setattr(edge_lists, "split_lines", None)  # is not needed
    found = read_edges(path)
    assert (found.names, found.has_weights) == (expected.names, expected.has_weights)
    for one, other in zip(found.edges, expected.edges, strict=True):
        assert one.dtype == other.dtype
        assert one.tolist() == other.tolist()


@pytest.mark.parametrize("text", OTHERS)
def test_other_lists_are_left_to_the_reading_by_lines(text: str) -> None:
    separator = next((each for each in edge_lists.SEPARATORS if each in text), " ")
    lines = text.removesuffix("\n").split("\n")
    assert read_plain_edges(lines, separator, header=None, may_be_header=may_be_header) is None


@pytest.mark.parametrize("weight", ["x", "0", "-1", "nan", "inf"])
def test_errors_name_the_line(weight: str, tmp_path: Path) -> None:
    path = tmp_path / "a.edges"
    path.write_text(f"a b 1\nb c {weight}\n")
    with pytest.raises(UserError, match="line 2: the weight"):
        read_edges(path)
