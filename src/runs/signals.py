"""Signals to stop a process: they end a run cleanly and are then forwarded to the previous handler."""

import logging
import signal
import threading
from collections.abc import Callable
from types import FrameType
from typing import Any, TypeVar, cast

STOP_SIGNALS = ("SIGINT", "SIGTERM")
SCHEDULER_SIGNALS = ("SIGHUP", "SIGUSR1", "SIGUSR2", "SIGXCPU")  # sent by cluster schedulers and closed terminals

T = TypeVar("T")
log = logging.getLogger("nnzoo")


class Interrupted(BaseException):
    """A signal stopped the run. number: signal number; result: `Result` of the run, None before training."""

    def __init__(self, number: int) -> None:
        super().__init__(signal.Signals(number).name)
        self.number = number
        self.result: Any = None


class Signals:
    """Context manager in which signals to stop raise Interrupted.

    deferred: store the first signal in `received`, to be checked between steps, and raise only for a further Ctrl-C,
    since schedulers often send several signals. Ignored signals stay ignored, as with nohup. Handlers that are not set
    from Python stay, since they could not be restored. Handlers of the calling program stay for signals other than
    SIGINT and SIGTERM. Has no effect outside the main thread.
    """

    def __init__(self, *, deferred: bool) -> None:
        self.deferred = deferred
        self.received: int | None = None
        self.previous: dict[int, Any] = {}

    def __enter__(self) -> "Signals":
        if threading.current_thread() is threading.main_thread():
            for number in filter(is_handled, stop_signals()):
                self.previous[number] = signal.signal(number, self.handle)
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self.previous.items():
            signal.signal(number, handler)
        self.previous = {}

    def handle(self, number: int, _: FrameType | None) -> None:
        """Handle a signal."""
        if not self.deferred or (self.received is not None and number == signal.SIGINT):
            raise Interrupted(number)
        self.received = self.received or number


def stop_signals() -> list[signal.Signals]:
    """Return the signals to stop that exist on this system."""
    return [signal.Signals[name] for name in (*STOP_SIGNALS, *SCHEDULER_SIGNALS) if name in signal.Signals.__members__]


def is_handled(number: signal.Signals) -> bool:
    """Return whether a signal is handled during a run."""
    handler = signal.getsignal(number)
    if handler in (None, signal.SIG_IGN):
        return False
    ours = isinstance(getattr(handler, "__self__", None), Signals)
    return number.name in STOP_SIGNALS or handler == signal.SIG_DFL or ours


def forward_signal(call: Callable[[], T]) -> T:
    """Return the result of a call, and forward the signal if one ends the run in it.

    Ctrl-C is raised as KeyboardInterrupt. Other signals are sent to the previous handler: without one, the process
    ends; if the handler returns, the result of the interrupted run is returned.
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
