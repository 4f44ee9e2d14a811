"""Spans of a tagged sequence, and how well they are found.

Tags are O outside, B-type at the beginning of a span, I-type inside. Source: the rules of conlleval, the script of
the CoNLL-2000 shared task.
"""

from collections.abc import Sequence


def spans(tags: Sequence[str]) -> set[tuple[int, int, str]]:
    """Return first place, place after the last, and type of each span.

    I- begins a span, too, where none of its type is open. Raises ValueError for what is no such tag.

    >>> sorted(spans(["B-NP", "I-NP", "O", "I-VP", "I-NP", "B-NP"]))
    [(0, 2, 'NP'), (3, 4, 'VP'), (4, 5, 'NP'), (5, 6, 'NP')]
    """
    found = set()
    begin, open_type = 0, ""
    for place, tag in enumerate([*tags, "O"]):
        position, _, kind = tag.partition("-")
        if tag != "O" and (position not in ("B", "I") or not kind):
            raise ValueError(f"'{tag}' is no tag of a span; those are O, B-type and I-type")
        if position == "I" and kind == open_type:
            continue
        if open_type:
            found.add((begin, place, open_type))
        begin, open_type = place, kind
    return found


def span_scores(right: float, decided: float, given: float) -> tuple[float, float, float]:
    """Return precision, recall and F1 of numbers of spans; 0 where there is nothing to divide by.

    >>> span_scores(2, 4, 3)
    (0.5, 0.6666666666666666, 0.5714285714285714)
    """
    precision = right / decided if decided else 0.0
    recall = right / given if given else 0.0
    return precision, recall, 2 * right / (decided + given) if decided + given else 0.0
