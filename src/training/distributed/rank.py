"""A process of a run on several devices: `python -m nnzoo.training.distributed.rank DESCRIPTOR`, see `launch.py`."""

import logging
import queue
import signal
import threading
import traceback
import warnings
from multiprocessing.connection import Connection
from typing import Any

import torch
from torch import distributed as dist

from ...errors import UserError
from ...runs.child import connect, receive_all
from ...runs.signals import Interrupted, stop_signals
from ...tasks.ranks import Ranks
from ..comparison import Comparison
from ..run import run
from .messages import CRASH, DIRECTORY, INTERRUPTED, LOG, REPORT, RESULT, USER_ERROR, WARNING, Request


def main() -> None:
    """Train as one of the processes of a run, and send the result or the error."""
    connection = connect()
    received: queue.SimpleQueue[Any] = queue.SimpleQueue()
    threading.Thread(target=receive_all, args=(connection, received), daemon=True).start()
    request = received.get()
    try:
        if isinstance(request, Exception):
            raise UserError(f"the data cannot be read in another process ({request}); set trainer.devices=1")
        connection.send((RESULT, train(request, connection, received)))
    except UserError as error:
        connection.send((USER_ERROR, error))
    except Interrupted as error:
        connection.send((INTERRUPTED, (error.number, error.result)))
    except Exception as error:
        connection.send((CRASH, (f"{type(error).__name__}: {' '.join(str(error).split())}", traceback.format_exc())))
    received.get()  # until the main process closes the connection: others may still communicate with this one


def train(request: Request, connection: "Connection[Any, Any]", received: "queue.SimpleQueue[Any]") -> Any:
    """Return the result of the run."""
    if request.rank:
        for number in stop_signals():  # the first process ends the run for all
            signal.signal(number, signal.SIG_IGN)
    else:
        pass_on_messages(connection)
    device = None
    if request.device != "cpu":
        device = torch.device("cuda", request.rank)
        torch.cuda.set_device(device)
    backend = "gloo" if device is None else "nccl"
    dist.init_process_group(
        backend, init_method=f"file://{request.store}", rank=request.rank, world_size=request.size, device_id=device
    )
    ranks = Ranks()

    def report(epoch: int, value: float) -> bool:
        """Return whether the sweep wants to stop the run, which the first process asks."""
        answer = False
        if not request.rank:
            connection.send((REPORT, (epoch, value)))
            answer = bool(received.get())
        return ranks.broadcast(answer)

    comparison = None
    if request.metric is not None:
        comparison = Comparison(request.metric, report if request.prunes else None)

    def on_directory(directory: Any) -> None:
        if not request.rank:
            connection.send((DIRECTORY, directory))

    return run(**request.arguments, comparison=comparison, ranks=ranks, on_directory=on_directory)


def pass_on_messages(connection: "Connection[Any, Any]") -> None:
    """Send warnings and log records of nnzoo to the main process, which shows them."""

    def show(message: Warning | str, category: type[Warning], *_: Any, **__: Any) -> None:
        connection.send((WARNING, message if isinstance(message, Warning) else category(message)))

    handler = logging.Handler()
    handler.emit = lambda record: connection.send((LOG, (record.name, record.levelno, record.getMessage())))  # type: ignore[method-assign]
    logging.getLogger("nnzoo").addHandler(handler)
    warnings.showwarning = show


if __name__ == "__main__":
    main()
