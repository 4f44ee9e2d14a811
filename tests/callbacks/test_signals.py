import os
import signal
import threading

import pytest
from nnzoo.callbacks.signals import Interrupted, Signals


@pytest.fixture(autouse=True)
def given_back():
    before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    yield
    assert [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)] == before


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_at_once(number: signal.Signals) -> None:
    with pytest.raises(Interrupted, match=number.name) as caught, Signals(deferred=False):
        os.kill(os.getpid(), number)
    assert caught.value.number == number
    assert not isinstance(caught.value, Exception)  # nobody catches it by accident


def test_deferred_but_not_twice() -> None:
    with Signals(deferred=True) as signals:
        assert signals.received is None
        os.kill(os.getpid(), signal.SIGTERM)
        assert signals.received == signal.SIGTERM
        with pytest.raises(Interrupted, match="SIGINT"):
            os.kill(os.getpid(), signal.SIGINT)


def test_nothing_happens_outside_the_main_thread() -> None:
    before = signal.getsignal(signal.SIGINT)
    found = []

    def inside() -> None:
        with Signals(deferred=False):
            found.append(signal.getsignal(signal.SIGINT))

    thread = threading.Thread(target=inside)
    thread.start()
    thread.join()
    assert found == [before]
