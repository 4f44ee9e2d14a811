"""Predictions of sequences, and their metrics, by hand."""

import pytest
import torch
from nnzoo.losses.multiclass.cross_entropy import CrossEntropy
from nnzoo.spec import DataSpec
from nnzoo.tasks.heads import SequenceToSequence

SPEC = DataSpec("real", (2,), "sequence", 3, labels=(".", "a", "b"), target_len=4)
HEAD = SequenceToSequence(spec=SPEC, loss=CrossEntropy())
TRUE = torch.tensor([[1, 2, 0, -1], [2, 0, -1, -1], [1, 1, 2, 0], [0, -1, -1, -1]])


def predicted(*rows: list[int]) -> torch.Tensor:
    return HEAD.predict(torch.eye(3)[torch.tensor(rows)])


def test_after_the_first_end_nothing_is_written() -> None:
    assert predicted([1, 0, 2, 1], [1, 1, 2, 2], [0, 1, 1, 0]).tolist() == [[1, 0, 0, 0], [1, 1, 2, 2], [0, 0, 0, 0]]


@pytest.mark.parametrize(
    ("rows", "whole", "symbols"),
    [
        ([[1, 2, 0, 2], [2, 0, 1, 1], [1, 1, 2, 0], [0, 0, 0, 0]], 4, 10),
        ([[1, 2, 1, 0], [2, 2, 0, 0], [1, 1, 2, 1], [1, 0, 0, 0]], 0, 6),  # never in time
        ([[1, 0, 0, 0], [0, 0, 0, 0], [1, 1, 0, 0], [0, 0, 0, 0]], 1, 7),  # too short
        ([[2, 2, 0, 0], [2, 0, 0, 0], [2, 1, 2, 0], [0, 0, 0, 0]], 2, 8),  # the first symbol
    ],
)
def test_metrics(rows: list[list[int]], whole: int, symbols: int) -> None:
    metrics = HEAD.metrics()
    for part in (slice(1), slice(1, 4)):
        metrics.update(predicted(*rows)[part], TRUE[part], TRUE[part] >= 0)
    assert metrics.compute(0.0) == {"sequence_acc": whole / 4, "token_acc": symbols / 10}
    assert metrics.modes == {"sequence_acc": "max", "token_acc": "max"}
