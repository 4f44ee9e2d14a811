"""Outlier scores of evenly spaced examples, and the threshold."""

from types import SimpleNamespace
from typing import Any

import pytest
import torch
from nnzoo.builders.adapters import Network, identity
from nnzoo.callbacks.pictures import outliers
from nnzoo.callbacks.pictures.examples import Examples
from nnzoo.callbacks.pictures.outliers import OUTLIERS, column_names, scores_of, training_threshold
from nnzoo.data.loader import Loader
from nnzoo.losses.regression.squared import Squared
from nnzoo.spec import Batch, DataSpec
from nnzoo.tasks.base import Task
from torch import nn

from tests.support.tasks import make

from .small_examples import TRAINER

SPEC = DataSpec("real", (2,), "input", 2)


class Zero(nn.Module):
    """Reconstructs every input as 0."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return 0 * x


def examples_of(x: torch.Tensor, training: torch.Tensor | None = None) -> Examples:
    task = make(Task, Network(Zero(), identity, masked=False), Squared(), SPEC)
    loader, fit = (
        None if rows is None else Loader(Batch(rows, torch.zeros(len(rows))), batch_size=9, unsupervised=True)
        for rows in (x, training)
    )
    task.cursor = None if fit is None else SimpleNamespace(loader=fit)  # type: ignore[assignment]
    return Examples(TRAINER, task, loader)


ROWS = torch.stack([torch.arange(10.0), torch.zeros(10)], 1)  # with squared errors k^2


def test_scores_of_evenly_spaced_examples(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outliers, "BLOCK", 3)
    found = scores_of(examples_of(ROWS), 4)
    assert found.entries.tolist() == [[0, 0], [4, 0], [25, 0], [49, 0]]
    assert found.rows.tolist() == [0, 4, 25, 49]
    assert len(scores_of(examples_of(ROWS), 10).rows) == 10


def test_threshold_is_a_quantile_of_the_training_scores(monkeypatch: pytest.MonkeyPatch) -> None:
    assert training_threshold(examples_of(ROWS)) is None
    training = torch.stack([torch.arange(101.0).sqrt(), torch.zeros(101)], 1)
    assert training_threshold(examples_of(ROWS, training)) == pytest.approx(99, rel=1e-5)
    monkeypatch.setattr(outliers, "MAX_TRAINING", 2)
    assert training_threshold(examples_of(ROWS, training)) == pytest.approx(49.5, rel=1e-5)  # of 0 and 50


def test_scores_of_columns_with_several_inputs(monkeypatch: pytest.MonkeyPatch) -> None:
    found: list[Any] = []
    monkeypatch.setattr(outliers, "plot_outlier_scores", lambda *given, **named: found.append((*given, named)))
    examples = examples_of(ROWS, ROWS)
    assert OUTLIERS.applies(examples)
    assert column_names(examples) == ("1", "2")
    OUTLIERS.draw(examples)
    monkeypatch.setattr(outliers, "column_names", lambda examples: ("kind", "kind"))
    OUTLIERS.draw(examples)
    (scores, entries, columns, named), (_, together, kinds, _) = found
    assert columns == ["1", "2"]
    assert entries.tolist() == [[k * k, 0] for k in range(10)]
    assert scores.tolist() == [k * k for k in range(10)]
    assert named == {"threshold": pytest.approx(64 + 0.91 * (81 - 64))}  # 0.99 of the way from 0 to 9 is 8.91
    assert kinds == ["kind"]
    assert together.tolist() == [[k * k] for k in range(10)]


def test_names_of_recorded_columns() -> None:
    examples = examples_of(ROWS)
    examples.task.record = lambda: {"preprocessing": {"kind": "numbers"}}
    assert column_names(examples) == ("1", "2")
