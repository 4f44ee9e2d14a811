from itertools import pairwise, product

import pytest
import torch
from nnzoo.tasks.metrics.spans import Tagset, span_scores

TAGS = ["O", "B-X", "I-X", "B-Y", "I-Y"]


def spans(tags):
    """Return first step, step after the last, and type of each span of one sequence."""
    names = sorted({*tags, "O"})
    return found(names, torch.tensor([[names.index(tag) for tag in tags]], dtype=torch.long))[0]


def found(names, ids, mask=None):
    """Return the set of spans of each sequence."""
    kinds = ["", *sorted({name[2:] for name in names if name != "O"})]
    ends, start, kind = Tagset(names).spans(ids, mask)
    rows = [set() for _ in ids]
    for row, last in ends.nonzero().tolist():
        rows[row].add((int(start[row, last]), last + 1, kinds[kind[row, last]]))
    return rows


@pytest.mark.parametrize(
    ("tags", "found"),
    [
        ("", []),
        ("O O", []),
        ("B-NP I-NP O", [(0, 2, "NP")]),
        ("B-NP B-NP", [(0, 1, "NP"), (1, 2, "NP")]),
        ("O B-NP I-NP", [(1, 3, "NP")]),
        # I- without a beginning of its own
        ("I-NP I-NP O I-VP", [(0, 2, "NP"), (3, 4, "VP")]),
        ("B-NP I-VP I-VP", [(0, 1, "NP"), (1, 3, "VP")]),
        ("B-NP I-VP I-NP", [(0, 1, "NP"), (1, 2, "VP"), (2, 3, "NP")]),
        ("B-NP O I-NP", [(0, 1, "NP"), (2, 3, "NP")]),
        ("I-NP B-NP I-NP", [(0, 1, "NP"), (1, 3, "NP")]),
        ("B-A-B I-A-B", [(0, 2, "A-B")]),
    ],
)
def test_spans_by_hand(tags, found):
    assert spans(tags.split()) == set(found)


def begins(before, tag):
    """conlleval's startOfChunk, for IOB tags."""
    kind, kind_before = tag[2:], before[2:]
    return tag[0] == "B" or (tag[0] == "I" and (before == "O" or kind != kind_before))


def ends(tag, after):
    """conlleval's endOfChunk, for IOB tags."""
    return tag != "O" and (after[0] in "BO" or tag[2:] != after[2:])


def conlleval(tags):
    padded = ["O", *tags, "O"]
    first = [i for i, (before, tag) in enumerate(pairwise(padded[:-1])) if begins(before, tag)]
    last = [i for i, (tag, after) in enumerate(pairwise(padded[1:]), 1) if ends(tag, after)]
    return {(i, j, tags[i][2:]) for i, j in zip(first, last, strict=True)}


def test_scores_equal_conlleval():
    """All sequences of five tags at once, and of three with two steps of padding."""
    ids = torch.tensor(list(product(range(5), repeat=5)))
    names = [[TAGS[i] for i in row] for row in ids.tolist()]
    assert found(TAGS, ids) == [conlleval(row) for row in names]
    mask = (torch.arange(5) < 3).expand_as(ids)
    assert found(TAGS, ids, mask) == [conlleval(row[:3]) for row in names]


def test_matching_spans():
    actual = torch.tensor([[1, 2, 0, 1, 3, 4]])  # X X O X Y Y
    predicted = torch.tensor([[1, 2, 2, 1, 1, 4]])  # too long, correct, another type, starts too late
    tagset = Tagset(TAGS)
    matching = tagset.spans(actual, None).matches(tagset.spans(predicted, None))
    assert matching.tolist() == [[False, False, False, True, False, False]]


@pytest.mark.parametrize("tag", ["NP", "B", "B-", "E-NP", "", "-NP"])
def test_invalid_tags_are_refused(tag):
    with pytest.raises(ValueError, match=f"'{tag}' is not a span tag"):
        Tagset(["O", tag])


def test_scores_by_hand():
    given = spans(["B-NP", "I-NP", "B-VP", "O", "B-NP"])
    decided = spans(["B-NP", "I-NP", "B-VP", "I-VP", "B-PP"])
    precision, recall, f1 = span_scores(len(given & decided), len(decided), len(given))
    assert (precision, recall) == (1 / 3, 1 / 3)
    assert f1 == pytest.approx(2 * precision * recall / (precision + recall))
    assert span_scores(0, 0, 3) == (0, 0, 0)
    assert span_scores(0, 3, 0) == (0, 0, 0)
    assert span_scores(0, 0, 0) == (0, 0, 0)
    assert span_scores(3, 4, 6) == (0.75, 0.5, 0.6)


def test_number_of_chunks_in_conll2000(real):
    blocks = real("text/conll2000/test.txt").read_text().strip().split("\n\n")
    sentences = [[line.split()[2] for line in block.split("\n")] for block in blocks]
    assert sum(len(spans(tags)) for tags in sentences) == 23852
