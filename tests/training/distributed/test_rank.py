"""What a process of a run sends to the process that has started it, with stand-ins for connection and training."""

import logging
import queue
import signal
import warnings
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from nnzoo.errors import DataWarning, UserError
from nnzoo.runs.signals import Interrupted, stop_signals
from nnzoo.training.distributed import rank
from nnzoo.training.distributed.messages import Request

FIRST = Request(0, 2, "cpu", Path("/store"), None, False, {"keep": True})


class Connection:
    """Records what is sent."""

    def __init__(self) -> None:
        self.sent: list[Any] = []

    def send(self, message: Any) -> None:
        self.sent.append(message)


def sent_by_main(monkeypatch: pytest.MonkeyPatch, request: Any, train: Any) -> list[Any]:
    connection, queues = Connection(), []

    def receive_all(_: Any, received: Any) -> None:
        queues.append(received)
        received.put(request)
        received.put("the connection is closed")

    monkeypatch.setattr(rank, "connect", lambda: connection)
    monkeypatch.setattr(rank, "receive_all", receive_all)
    monkeypatch.setattr(rank, "train", train)
    rank.main()
    assert queues[0].empty()  # it has waited for the end of the connection
    return connection.sent


def raising(error: Exception) -> Any:
    def train(*_: Any) -> None:
        raise error

    return train


def test_the_result_or_the_error_is_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    ((kind, arguments),) = sent_by_main(monkeypatch, FIRST, lambda *arguments: arguments)
    assert (kind, arguments[0]) == ("result", FIRST)
    assert [type(each) for each in arguments[1:]] == [Connection, queue.SimpleQueue]
    wrong = UserError("no such data")
    assert sent_by_main(monkeypatch, FIRST, raising(wrong)) == [("user error", wrong)]
    stopped = Interrupted(signal.SIGTERM)
    stopped.result = "saved"  # type: ignore[assignment]
    assert sent_by_main(monkeypatch, FIRST, raising(stopped)) == [("interrupted", (signal.SIGTERM, "saved"))]
    ((kind, (line, text)),) = sent_by_main(monkeypatch, FIRST, raising(ValueError("no\n  luck")))
    assert (kind, line) == ("crash", "ValueError: no luck")
    assert text.startswith("Traceback")


def test_a_request_that_cannot_be_read(monkeypatch: pytest.MonkeyPatch) -> None:
    ((kind, error),) = sent_by_main(monkeypatch, ImportError("no module"), raising(AssertionError()))
    assert kind == "user error"
    assert str(error) == "the data cannot be read in another process (no module); set trainer.devices=1"


@pytest.fixture
def logger() -> Iterator[logging.Logger]:
    found = logging.getLogger("nnzoo")
    before = list(found.handlers)
    yield found
    found.handlers[:] = before


def test_warnings_and_log_records_are_passed_on(logger: logging.Logger, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(warnings, "showwarning", warnings.showwarning)
    connection: Any = Connection()
    rank.pass_on_messages(connection)
    few = DataWarning("few examples")
    warnings.showwarning(few, DataWarning, "file", 1)
    warnings.showwarning("old", FutureWarning, "file", 1)
    logger.getChild("some").warning("%d of %d", 1, 2)
    (first, second, third) = connection.sent
    assert first == ("warning", few)
    assert (second[0], type(second[1]), str(second[1])) == ("warning", FutureWarning, "old")
    assert third == ("log", ("nnzoo.some", logging.WARNING, "1 of 2"))


class Trained:
    """A process that trains, with stand-ins for the process group, the run and signals."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, request: Request, *answers: Any) -> None:
        self.connection: Any = Connection()
        self.received: Any = queue.SimpleQueue()
        self.ignored: list[int] = []
        self.groups: list[Any] = []
        self.passed_on: list[Any] = []
        self.run: dict[str, Any] = {}
        self.ranks = SimpleNamespace(broadcast=lambda value: ("broadcast", value))
        for answer in answers:
            self.received.put(answer)
        monkeypatch.setattr(rank.signal, "signal", lambda number, handler: self.ignored.append(number))
        monkeypatch.setattr(rank.dist, "init_process_group", lambda *a, **k: self.groups.append((a, k)))
        monkeypatch.setattr(rank, "pass_on_messages", self.passed_on.append)
        monkeypatch.setattr(rank, "Ranks", lambda: self.ranks)
        monkeypatch.setattr(rank, "run", lambda **arguments: self.run.update(arguments) or "result")
        assert rank.train(request, self.connection, self.received) == "result"


def test_the_first_process_passes_on_and_the_others_ignore_signals(monkeypatch: pytest.MonkeyPatch) -> None:
    first = Trained(monkeypatch, FIRST)
    assert (first.passed_on, first.ignored) == ([first.connection], [])
    settings = {"init_method": "file:///store", "rank": 0, "world_size": 2, "device_id": None}
    assert first.groups == [(("gloo",), settings)]
    second = Trained(monkeypatch, replace(FIRST, rank=1))
    assert (second.passed_on, second.ignored) == ([], list(stop_signals()))
    assert second.groups == [(("gloo",), settings | {"rank": 1})]
    for process in (first, second):
        assert process.run["keep"] is True
        assert process.run["ranks"] is process.ranks
        assert process.run["comparison"] is None
        process.run["on_directory"]("directory")
    assert (first.connection.sent, second.connection.sent) == ([("directory", "directory")], [])


def test_each_process_has_a_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    chosen: list[torch.device] = []
    monkeypatch.setattr(torch.cuda, "set_device", chosen.append)
    ((arguments, settings),) = Trained(monkeypatch, replace(FIRST, rank=1, device="cuda")).groups
    assert chosen == [torch.device("cuda", 1)]
    assert (arguments, settings["device_id"]) == (("nccl",), chosen[0])


def test_the_first_process_asks_whether_to_stop(monkeypatch: pytest.MonkeyPatch) -> None:
    compared = replace(FIRST, metric="val/acc")
    comparison = Trained(monkeypatch, compared).run["comparison"]
    assert (comparison.metric, comparison.report) == ("val/acc", None)
    first = Trained(monkeypatch, replace(compared, prunes=True), True, False)
    report = first.run["comparison"].report
    assert [report(epoch, 0.5) for epoch in (1, 2)] == [("broadcast", True), ("broadcast", False)]
    assert first.connection.sent == [("report", (1, 0.5)), ("report", (2, 0.5))]
    second = Trained(monkeypatch, replace(compared, prunes=True, rank=1))
    assert second.run["comparison"].report(1, 0.5) == ("broadcast", False)
    assert second.connection.sent == []
