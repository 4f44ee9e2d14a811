import os
import signal
import threading
from typing import Any

import pytest
from nnzoo.runs.signals import Interrupted, Signals


@pytest.fixture(autouse=True)
def handlers_are_restored():
    before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    yield
    assert [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)] == before


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_signal_raises_at_once(number: signal.Signals) -> None:
    with pytest.raises(Interrupted, match=number.name) as caught, Signals(deferred=False):
        os.kill(os.getpid(), number)
    assert caught.value.number == number
    assert not isinstance(caught.value, Exception)  # `except Exception` does not catch it


def test_second_ctrl_c_is_not_deferred() -> None:
    with Signals(deferred=True) as signals:
        assert signals.received is None
        os.kill(os.getpid(), signal.SIGTERM)
        assert signals.received == signal.SIGTERM
        with pytest.raises(Interrupted, match="SIGINT"):
            os.kill(os.getpid(), signal.SIGINT)


def test_schedulers_often_send_several() -> None:
    """Only a further Ctrl-C is raised at once."""
    with Signals(deferred=True) as signals:
        for number in (signal.SIGUSR1, signal.SIGTERM, signal.SIGTERM, signal.SIGXCPU):
            os.kill(os.getpid(), number)
        assert signals.received == signal.SIGUSR1


@pytest.mark.parametrize("handler", [signal.SIG_IGN, None], ids=["ignored, as with nohup", "set by a C library"])
def test_handlers_that_are_kept(monkeypatch: pytest.MonkeyPatch, handler: Any) -> None:
    monkeypatch.setattr(signal, "getsignal", lambda _: handler)
    with Signals(deferred=False) as signals:
        assert signals.previous == {}


def test_handlers_of_the_program_are_kept_for_other_signals() -> None:
    called: list[int] = []
    before = signal.signal(signal.SIGUSR1, lambda number, _: called.append(number))
    try:
        with Signals(deferred=False), Signals(deferred=True) as signals:
            os.kill(os.getpid(), signal.SIGUSR1)
            assert (called, signals.received) == ([signal.SIGUSR1], None)
            os.kill(os.getpid(), signal.SIGUSR2)  # has no other handler
            assert signals.received == signal.SIGUSR2
    finally:
        signal.signal(signal.SIGUSR1, before)
    assert signal.getsignal(signal.SIGUSR2) == signal.SIG_DFL


def test_no_effect_outside_the_main_thread() -> None:
    before = signal.getsignal(signal.SIGINT)
    found = []

    def inside() -> None:
        with Signals(deferred=False):
            found.append(signal.getsignal(signal.SIGINT))

    thread = threading.Thread(target=inside)
    thread.start()
    thread.join()
    assert found == [before]
