"""Metrics are available at once and written a little later."""

from types import SimpleNamespace
from typing import Any

import pytest
from nnzoo.tasks.metrics import log
from nnzoo.tasks.metrics.log import LOGGED_EVERY, MetricLog


class Rows:
    """A logger that writes many rows at once."""

    def __init__(self) -> None:
        self.rows: list[list[tuple[dict[str, float], int]]] = []

    def log_rows(self, rows: Any) -> None:
        self.rows.append(list(rows))


class Single:
    """A logger of Lightning."""

    def __init__(self) -> None:
        self.rows: list[tuple[dict[str, float], int]] = []

    def log_metrics(self, metrics: dict[str, float], step: int) -> None:
        self.rows.append((metrics, step))


def test_rows_are_written_together(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    monkeypatch.setattr(log.time, "monotonic", lambda: now[0])
    many, single, found = Rows(), Single(), MetricLog()
    loggers: Any = (many, single)
    found.add({"a": 1.0}, 1, loggers)  # the first at once
    now[0] += LOGGED_EVERY / 2
    found.add({"a": 2.0, "b": 5.0}, 2, loggers)
    assert found.latest == {"a": 2.0, "b": 5.0}
    assert len(many.rows) == len(single.rows) == 1
    found.add({"a": 3.0}, 3, loggers)
    now[0] = 100.0 + LOGGED_EVERY
    found.add({"a": 4.0}, 4, loggers)
    assert many.rows == [[({"a": 1.0}, 1)], [({"a": 2.0, "b": 5.0}, 2), ({"a": 3.0}, 3), ({"a": 4.0}, 4)]]
    assert single.rows == [row for rows in many.rows for row in rows]
    found.add({"a": 5.0}, 5, loggers)
    found.write(loggers)  # the end of the run
    assert single.rows[-1] == ({"a": 5.0}, 5)
    found.write(loggers)
    assert len(many.rows) == 3
    assert found.latest == {"a": 5.0, "b": 5.0}


def test_callbacks_have_the_metrics_and_loggers_also_further_numbers() -> None:
    single, found = Single(), MetricLog()
    trainer: Any = SimpleNamespace(callback_metrics={}, loggers=[single])
    found.publish({"val/acc": 0.1}, {"lr": 0.01}, 7, trainer)
    assert {name: value.item() for name, value in trainer.callback_metrics.items()} == {"val/acc": 0.1}  # float64
    assert single.rows == [({"val/acc": 0.1, "lr": 0.01}, 7)]
