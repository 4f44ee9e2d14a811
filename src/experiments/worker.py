"""A worker process of an experiment: `python -m nnzoo.experiments.worker DESCRIPTOR`, started by `runs.py`.

It receives jobs on a socket and answers with their runs. It ends when the main process closes the socket or dies.
"""

import queue
import threading
from typing import Any

from ..errors import UserError
from ..runs.child import connect, receive_all
from .runs import ANSWER, ERROR, train


def main() -> None:
    """Train jobs until the socket is closed."""
    connection = connect()
    received: queue.SimpleQueue[Any] = queue.SimpleQueue()
    threading.Thread(target=receive_all, args=(connection, received), daemon=True).start()
    while True:
        try:
            connection.send((ANSWER, train(received.get())))
        except UserError as error:
            connection.send((ERROR, str(error)))


if __name__ == "__main__":
    main()
