"""Signals that ask a process to stop end a run cleanly, and are then passed on to whom they were meant for."""

import logging
import signal
import threading
from collections.abc import Callable
from types import FrameType
from typing import Any, TypeVar, cast

STOPPING = ("SIGINT", "SIGTERM")
SCHEDULERS = ("SIGHUP", "SIGUSR1", "SIGUSR2", "SIGXCPU")  # of clusters that take a job down, of a terminal that closes

T = TypeVar("T")
log = logging.getLogger("nnzoo")


class Interrupted(BaseException):
    """The run was asked to stop; `number` is the signal's, `result` what became of the run, None if there is none."""

    def __init__(self, number: int) -> None:
        super().__init__(signal.Signals(number).name)
        self.number = number
        self.result: Any = None


class Signals:
    """Inside, signals to stop raise Interrupted: at once, or, if `deferred`, only a further Ctrl-C.

    The first one is then in `received`, to be looked at between steps. Schedulers often send several. A signal that is
    ignored stays so, as with nohup; a handler that is not Python's stays, since it could not be put back; one of the
    program around the run stays for signals other than SIGINT and SIGTERM. Outside the main thread nothing happens.
    """

    def __init__(self, *, deferred: bool) -> None:
        self.deferred = deferred
        self.received: int | None = None
        self.previous: dict[int, Any] = {}

    def __enter__(self) -> "Signals":
        if threading.current_thread() is threading.main_thread():
            for number in filter(taken, signals()):
                self.previous[number] = signal.signal(number, self.note)
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self.previous.items():
            signal.signal(number, handler)
        self.previous = {}

    def note(self, number: int, _: FrameType | None) -> None:
        """Handle a signal."""
        if not self.deferred or (self.received is not None and number == signal.SIGINT):
            raise Interrupted(number)
        self.received = self.received or number


def signals() -> list[signal.Signals]:
    """Return the signals to stop that there are on this system."""
    return [signal.Signals[name] for name in (*STOPPING, *SCHEDULERS) if name in signal.Signals.__members__]


def taken(number: signal.Signals) -> bool:
    """Return whether a signal is taken over while a run goes on."""
    handler = signal.getsignal(number)
    if handler in (None, signal.SIG_IGN):
        return False
    ours = isinstance(getattr(handler, "__self__", None), Signals)
    return number.name in STOPPING or handler == signal.SIG_DFL or ours


def handed_on(call: Callable[[], T]) -> T:
    """Return what a call returns; pass on the signal that ends a run in it.

    Ctrl-C is raised as KeyboardInterrupt. Every other signal is handed to the handler that was there before: without
    one, the process ends; if it returns, what became of the run is returned.
    """
    try:
        return call()
    except Interrupted as error:
        stopped = error
    message = f"the run was {stopped.result.message}" if stopped.result else f"stopped by {stopped} before the run"
    if signal.getsignal(stopped.number) is not signal.default_int_handler:
        log.warning(message)
        signal.raise_signal(stopped.number)
        if stopped.result is not None:
            return cast(T, stopped.result)
    raise KeyboardInterrupt(message)
