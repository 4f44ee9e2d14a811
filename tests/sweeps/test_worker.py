"""A worker process, without its pool."""

import queue
from types import SimpleNamespace
from typing import Any

import pytest
from nnzoo.errors import UserError
from nnzoo.sweeps.worker import REPORT, report, start


@pytest.mark.parametrize("stop", [True, False])
def test_a_report_waits_for_the_answer(stop: bool) -> None:
    sent: list[Any] = []
    received: queue.SimpleQueue[Any] = queue.SimpleQueue()
    received.put(stop)
    connection: Any = SimpleNamespace(send=sent.append)
    assert report(connection, received, 3, 0.5) is stop
    assert sent == [(REPORT, (3, 0.5))]


def test_data_that_a_worker_cannot_read() -> None:
    found = start(AttributeError("no Table"))
    assert isinstance(found, UserError)
    assert str(found) == "the data cannot be read in a worker process (no Table); set sweep.workers=0"
