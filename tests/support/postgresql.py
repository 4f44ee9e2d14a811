"""A PostgreSQL server for tests, without a network."""

import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

PROGRAMS = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)


def program(name: str) -> str | None:
    """Return the path of a program of the server, None if it is not installed."""
    return shutil.which(name) or next((str(folder / name) for folder in PROGRAMS if (folder / name).exists()), None)


@contextmanager
def server() -> Iterator[str]:
    """Start a server that listens on a socket in a temporary folder; yield the URL of its database."""
    initdb, postgres = program("initdb"), program("postgres")
    assert initdb is not None
    assert postgres is not None
    user: dict[str, Any] = {"user": "nobody"} if os.getuid() == 0 else {}  # the server refuses to run as root
    with tempfile.TemporaryDirectory(prefix="pg-") as folder:
        if user:
            shutil.chown(folder, "nobody")
        data = Path(folder) / "data"
        settings = {"cwd": folder, "capture_output": True, "check": True, **user}
        subprocess.run([initdb, "-D", data, "-U", "postgres", "-A", "trust", "--no-sync"], **settings)
        command = [postgres, "-D", data, "-k", folder, "-c", "listen_addresses=", "-F"]
        running = subprocess.Popen(
            command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **user
        )
        try:
            assert running.stdout is not None
            lines: list[str] = []
            for line in running.stdout:
                lines.append(line)
                if "ready to accept connections" in line:
                    break
            else:
                raise RuntimeError("".join(lines))
            yield f"postgresql+psycopg://postgres@/postgres?host={folder}"
        finally:
            running.send_signal(signal.SIGINT)  # does not wait for connections to be closed
            running.communicate()
