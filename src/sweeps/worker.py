"""A worker process of a sweep: `python -m nnzoo.sweeps.worker DESCRIPTOR`, started by `processes.py`.

It receives requests on a socket and answers them. It ends when the main process closes the socket or dies.
"""

import queue
import threading
from functools import partial
from multiprocessing.connection import Connection
from typing import Any

from ..errors import UserError
from ..runs.child import connect, receive_all

DESCRIBE, RUN = "describe", "run"
REPORT, ANSWER, ERROR = "report", "answer", "error"


def main() -> None:
    """Answer requests until the socket is closed."""
    connection = connect()
    received: queue.SimpleQueue[Any] = queue.SimpleQueue()
    threading.Thread(target=receive_all, args=(connection, received), daemon=True).start()
    executor = start(received.get())
    while True:
        kind, content = received.get()
        try:
            if isinstance(executor, UserError):
                raise executor
            if kind == RUN:
                found: Any = executor.execute(content, partial(report, connection, received))
            else:
                found = executor.describe(content)
            connection.send((ANSWER, found))
        except UserError as error:
            connection.send((ERROR, str(error)))


def start(setup: Any) -> Any:
    """Return what executes the jobs of a setup, or the error if the setup could not be read."""
    from .execute import Executor

    if isinstance(setup, Exception):
        return UserError(f"the data cannot be read in a worker process ({setup}); set sweep.workers=0")
    return Executor(setup)


def report(connection: "Connection[Any, Any]", received: "queue.SimpleQueue[Any]", epoch: int, value: float) -> bool:
    """Report the metric of the running job; return whether it should stop."""
    connection.send((REPORT, (epoch, value)))
    return bool(received.get())


if __name__ == "__main__":
    main()
