"""A Python process of a module of nnzoo and the connection to it."""

import os
import pickle
import queue
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

GRACE = 30.0  # seconds that a process has to end after its connection was closed by an error


class Child:
    """A process `python -m MODULE DESCRIPTOR` and the connection to it.

    It does not receive Ctrl-C of the terminal, and ends when this process closes the connection or dies, if it reads
    with `receive`. log: file to which its output is appended, None = that of this process; environment: further
    variables; descriptors: further file descriptors that it inherits.
    """

    def __init__(
        self,
        module: str,
        *,
        log: Path | None,
        environment: Mapping[str, str],
        descriptors: Sequence[int] = (),
    ) -> None:
        ours, theirs = socket.socketpair()
        self.log = log
        output = None if log is None else log.open("ab")
        try:
            self.process = subprocess.Popen(
                [sys.executable, "-P", "-m", module, str(theirs.fileno())],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                env=os.environ | environment,
                pass_fds=(theirs.fileno(), *descriptors),
                start_new_session=True,  # Ctrl-C in the terminal reaches the main process alone, which forwards it
            )
        finally:
            theirs.close()
            if output is not None:
                output.close()
        self.connection: Connection[Any, Any] = Connection(ours.detach())
        self.send(sys.path)

    def send(self, message: Any) -> None:
        """Send a message; a dead process is noticed when its answer is awaited. Raises what pickling it raises."""
        content = pickle.dumps(message)  # that of the connection would share the memory of tensors
        with suppress(OSError):
            self.connection.send_bytes(content)

    def receive(self) -> Any:
        """Wait for a message and return it. Raises EOFError if the process has ended without another one."""
        # a process that a killed child has started may keep its socket open
        if self.process.poll() is not None and not self.connection.poll():
            raise EOFError
        try:
            return self.connection.recv()
        except OSError as error:
            raise EOFError from error

    def death(self, name: str) -> str:
        """Wait for the end of the process and return how it ended. name: what it is called."""
        try:
            code = self.process.wait(timeout=GRACE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            code = self.process.wait()
        if code < 0:
            return f"{name} was killed by {signal.Signals(-code).name}"
        return f"{name} ended with exit code {code}{f'; see {self.log}' if self.log else ''}"

    def terminate(self) -> None:
        """Send SIGTERM."""
        with suppress(ProcessLookupError):
            self.process.terminate()

    def close(self) -> None:
        """End the process."""
        self.connection.close()  # it then exits by itself
        try:
            self.process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def connect() -> "Connection[Any, Any]":
    """Return the connection to the parent, in a process that is a `Child`."""
    connection: Connection[Any, Any] = Connection(int(sys.argv[1]))
    sys.path[:] = connection.recv()  # that of the parent, so that the same modules can be imported
    return connection


def receive_all(connection: "Connection[Any, Any]", received: "queue.SimpleQueue[Any]") -> None:
    """Put what arrives into a queue. Ends the process at once if the parent is gone."""
    while True:
        try:
            received.put(connection.recv())
        except (EOFError, OSError):
            os._exit(0)
        except Exception as error:  # data of a class that cannot be imported here
            received.put(error)
