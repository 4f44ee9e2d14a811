"""Spans of tagged sequences, and their precision and recall.

Tags are O outside, B-type at the beginning of a span, I-type inside. Source: the rules of conlleval, the script of
the CoNLL-2000 shared task. Shapes: B sequences, T steps.
"""

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor


class Spans(NamedTuple):
    """Spans of sequences, each described at its last step: (B, T) each.

    ends: True at the last step of a span; start: the first step of the span; kind: the index of its type.
    """

    ends: Tensor
    start: Tensor
    kind: Tensor

    def matches(self, other: "Spans") -> Tensor:
        """Return where a span of both ends, with the same start and type: (B, T)."""
        return self.ends & other.ends & (self.start == other.start) & (self.kind == other.kind)


class Tagset:
    """Span tags by their ids. Raises ValueError for an invalid tag."""

    def __init__(self, tags: Sequence[str]) -> None:
        for tag in tags:
            if tag != "O" and not (tag[:2] in ("B-", "I-") and tag[2:]):
                raise ValueError(f"'{tag}' is not a span tag; tags must be O, B-type or I-type")
        kinds = sorted({tag[2:] for tag in tags if tag != "O"})
        self.kind = torch.tensor([0 if tag == "O" else 1 + kinds.index(tag[2:]) for tag in tags])  # 0: outside
        self.begins = torch.tensor([tag.startswith("B-") for tag in tags])

    def spans(self, ids: Tensor, mask: Tensor | None) -> Spans:
        """Return the spans of tag ids (B, T). I- also begins a span if no span of its type is open."""
        kind = self.kind.to(ids.device)[ids]
        if mask is not None:
            kind = kind * mask  # padding is outside, even if the sequence ends inside a span
        outside = kind.new_zeros(len(kind), 1)
        continues = (kind == torch.cat([outside, kind[:, :-1]], 1)) & ~self.begins.to(ids.device)[ids]
        inside = kind > 0
        ends = inside & ~torch.cat([continues[:, 1:], outside.bool()], 1)
        steps = torch.arange(kind.shape[1], device=kind.device).expand_as(kind)
        start = torch.where(inside & ~continues, steps, 0).cummax(1).values
        return Spans(ends, start, kind)


def span_scores(correct: float, predicted: float, actual: float) -> tuple[float, float, float]:
    """Return precision, recall and F1 for numbers of spans; 0 where the denominator is 0.

    >>> span_scores(2, 4, 3)
    (0.5, 0.6666666666666666, 0.5714285714285714)
    """
    precision = correct / predicted if predicted else 0.0
    recall = correct / actual if actual else 0.0
    return precision, recall, 2 * correct / (predicted + actual) if predicted + actual else 0.0
