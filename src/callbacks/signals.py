"""SIGINT and SIGTERM end a run cleanly."""

import signal
import threading
from types import FrameType
from typing import Any


class Interrupted(BaseException):
    """The run was asked to stop; `number` is the signal's."""

    def __init__(self, number: int) -> None:
        super().__init__(signal.Signals(number).name)
        self.number = number


class Signals:
    """Inside, SIGINT and SIGTERM raise Interrupted: at once, or, if `deferred`, only the second one.

    The first one is then in `received`, to be looked at between steps. Outside the main thread nothing happens.
    """

    def __init__(self, *, deferred: bool) -> None:
        self.deferred = deferred
        self.received: int | None = None
        self.previous: dict[int, Any] = {}

    def __enter__(self) -> "Signals":
        if threading.current_thread() is threading.main_thread():
            for number in (signal.SIGINT, signal.SIGTERM):
                self.previous[number] = signal.signal(number, self.note)
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self.previous.items():
            signal.signal(number, handler)
        self.previous = {}

    def note(self, number: int, _: FrameType | None) -> None:
        """Handle a signal."""
        if not self.deferred or self.received is not None:
            raise Interrupted(number)
        self.received = number
