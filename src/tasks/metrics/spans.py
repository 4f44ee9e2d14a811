"""Spans of tagged sequences, and how well they are found.

Tags are O outside, B-type at the beginning of a span, I-type inside. Source: the rules of conlleval, the script of
the CoNLL-2000 shared task. Shapes: B sequences, T steps.
"""

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor


class Spans(NamedTuple):
    """Spans of many sequences, each told at its last step: (B, T) each.

    ends: True at the last step of a span; first: the step it begins at; kind: number of its type.
    """

    ends: Tensor
    first: Tensor
    kind: Tensor

    def same(self, other: "Spans") -> Tensor:
        """Return where a span of both ends that begins at the same step and is of the same type: (B, T)."""
        return self.ends & other.ends & (self.first == other.first) & (self.kind == other.kind)


class Tagset:
    """The tags by their ids. Raises ValueError for what is no such tag."""

    def __init__(self, tags: Sequence[str]) -> None:
        for tag in tags:
            if tag != "O" and not (tag[:2] in ("B-", "I-") and tag[2:]):
                raise ValueError(f"'{tag}' is no tag of a span; those are O, B-type and I-type")
        kinds = sorted({tag[2:] for tag in tags if tag != "O"})
        self.kind = torch.tensor([0 if tag == "O" else 1 + kinds.index(tag[2:]) for tag in tags])  # 0: outside
        self.begins = torch.tensor([tag.startswith("B-") for tag in tags])

    def spans(self, ids: Tensor, mask: Tensor | None) -> Spans:
        """Return the spans of tag ids (B, T). I- begins a span, too, where none of its type is open."""
        kind = self.kind.to(ids.device)[ids]
        if mask is not None:
            kind = kind * mask  # the tags may end in the middle of a span; padding is outside
        outside = kind.new_zeros(len(kind), 1)
        goes_on = (kind == torch.cat([outside, kind[:, :-1]], 1)) & ~self.begins.to(ids.device)[ids]
        inside = kind > 0
        ends = inside & ~torch.cat([goes_on[:, 1:], outside.bool()], 1)
        steps = torch.arange(kind.shape[1], device=kind.device).expand_as(kind)
        first = torch.where(inside & ~goes_on, steps, 0).cummax(1).values
        return Spans(ends, first, kind)


def span_scores(right: float, decided: float, given: float) -> tuple[float, float, float]:
    """Return precision, recall and F1 of numbers of spans; 0 where there is nothing to divide by.

    >>> span_scores(2, 4, 3)
    (0.5, 0.6666666666666666, 0.5714285714285714)
    """
    precision = right / decided if decided else 0.0
    recall = right / given if given else 0.0
    return precision, recall, 2 * right / (decided + given) if decided + given else 0.0
